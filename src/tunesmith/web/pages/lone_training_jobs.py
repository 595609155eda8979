"""The training jobs that belong to no tuning job."""

from __future__ import annotations

from dataclasses import replace

from anyio import to_thread
from nicegui import ui

from tunesmith.core.trial import TrialState
from tunesmith.store.listing import Listing
from tunesmith.store.records import TrainingJobRecord
from tunesmith.web import addresses, layout
from tunesmith.web.live import News
from tunesmith.web.pages.home import KINDS
from tunesmith.web.parts import fields, states
from tunesmith.web.parts.actions import Cursor, Turns, tabs
from tunesmith.web.parts.table import Cell, Row, Table, column
from tunesmith.web.site import Site
from tunesmith.web.views import jobs, words

_COLUMNS = (
    column("name", "Name", "link"),
    column("status", "Status", "status"),
    column("time", "Time", "clock"),
    column("created", "Created"),
    column("reason", "Reason"),
)


def add(site: Site) -> None:
    """Register the page."""

    @ui.page("/training-jobs", response_timeout=layout.PATIENCE)
    async def lone_training_jobs() -> None:
        with layout.page("Training jobs", here="jobs"):
            await _List(site).show()


class _List:
    """The list as one visitor looks at it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._listing = Listing(descending=True, limit=jobs.PAGE)

    async def show(self) -> None:
        """Build the page and fill it."""
        ui.html("Training jobs by themselves", tag="h1")
        tabs("Kinds of jobs", KINDS, addresses.LONE)
        with ui.element("div").classes("bar"):
            fields.search("Search by name", "", self._search)
        self._table = Table("Training jobs by themselves", _COLUMNS)
        self._empty = ui.element("div")
        self._turns = Turns(self._turn)
        self._site.live.follow(ui.context.client, self._news)
        await self._load()

    async def _load(self) -> None:
        page = await to_thread.run_sync(self._site.service.store.lone_training_jobs, self._listing)
        self._table.show([_row(each) for each in page.items])
        self._table.set_visibility(bool(page.items))
        self._turns.show(page.next)
        self._empty.clear()
        if not page.items:
            with self._empty:
                states.empty(
                    "No such training job", "Those of CreateTrainingJob, SageMaker's `fit`, are listed here."
                )

    async def _news(self, news: News) -> None:
        if self._turns.is_first and (news.has_new or news.names):
            await self._load()

    async def _search(self, text: str) -> None:
        self._turns.restart()
        await self._turn(None, text.strip())

    async def _turn(self, after: Cursor, contains: str | None = None) -> None:
        wanted = self._listing.contains if contains is None else contains or None
        self._listing = replace(self._listing, after=after, contains=wanted)
        await self._load()


def _row(record: TrainingJobRecord) -> Row:
    trial = record.trial
    time: Cell = words.duration(trial.run_seconds) if trial.ended_at else words.NONE
    if trial.state is TrialState.RUNNING and trial.started_at:
        time = {"since": words.millis(trial.started_at)}
    cells: dict[str, Cell] = {
        "name": {"text": trial.name, "href": addresses.training_job(trial.name)},
        "status": {"text": words.state(trial.state), "tone": words.tone(trial.state)},
        "time": time,
        "created": words.moment(trial.created_at),
        "reason": trial.reason or "",
    }
    return {"id": trial.name.lower(), "cells": cells}
