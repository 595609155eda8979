"""The first page: all tuning jobs, what they have found, and how much of the machine they use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.core.objective import Goal
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.listing import Sort
from tunesmith.web import addresses, layout
from tunesmith.web.charts.sparkline import sparkline
from tunesmith.web.live import News
from tunesmith.web.parts import fields, states
from tunesmith.web.parts.actions import Cursor, Turns, tabs
from tunesmith.web.parts.location import keep_in_address
from tunesmith.web.parts.table import Cell, Row, Table, column
from tunesmith.web.site import Site
from tunesmith.web.views import jobs, slots, words

_COLUMNS = (
    column("name", "Name", "link", sortable=True),
    column("status", "Status", "status", sortable=True),
    column("best", "Best value", align="right"),
    column("course", "Best so far", "spark"),
    column("progress", "Progress", "progress"),
    column("time", "Time", "clock"),
    column("spent", "Training time"),
    column("created", "Created", sortable=True),
    column("alarms", "", "tags"),
)
_EVERY = ""
KINDS = (("Tuning jobs", addresses.home()), ("Training jobs by themselves", addresses.LONE))
"""The lists of jobs."""


def add(site: Site) -> None:
    """Register the page."""

    @ui.page("/", response_timeout=layout.PATIENCE)
    async def home(q: str = "", status: str = "", sort: str = "", order: str = "") -> None:
        query = jobs.Query(
            contains=q,
            status=TuningStatus(status) if status in set(TuningStatus) else None,
            sort=Sort(sort) if sort in _sorts() else Sort.CREATED,
            descending=order != "up",
        )
        with layout.page("Tuning jobs", here="jobs"):
            await _JobList(site, query).show()


class _JobList:
    """The list as one visitor looks at it."""

    def __init__(self, site: Site, query: jobs.Query) -> None:
        self._site = site
        self._query = query

    async def show(self) -> None:
        """Build the page and fill it."""
        with ui.element("div").classes("bar"):
            ui.html("Tuning jobs", tag="h1")
            self._slots = ui.html("", sanitize=False).classes("slots push")
            if self._site.drives:
                ui.html(
                    f'<a class="button primary" href="{addresses.NEW}">New tuning job</a>', sanitize=False
                )
        if not self._site.drives:
            ui.html(states.ONLY_SHOWS, sanitize=False, tag="p").classes("quiet")
        tabs("Kinds of jobs", KINDS, addresses.home())
        with ui.element("div").classes("bar"):
            fields.search("Search by name", self._query.contains, self._search)
            choices = {_EVERY: "Any status", **{each.value: words.state(each.value) for each in TuningStatus}}
            fields.choice("Status", choices, (self._query.status or _EVERY), self._filter)
        self._table = Table("Tuning jobs", _COLUMNS, self._sort)
        self._empty = ui.element("div")
        self._turns = Turns(self._turn)
        self._site.live.follow(ui.context.client, self._news)
        await self._load()
        await self._load_slots()

    async def _load(self) -> None:
        """Read the page of the list anew, and show it."""
        now = self._site.now()
        query = self._query
        page = await to_thread.run_sync(jobs.page, self._site.service.store, query, now)
        if self._empty.is_deleted or query is not self._query:  # closed, or outdated
            return
        self._table.show(
            [_row(row, now) for row in page.rows], self._query.sort, descending=self._query.descending
        )
        self._table.set_visibility(bool(page.rows))
        self._show_empty(is_empty=not page.rows)
        self._turns.show(page.next)

    async def _load_slots(self) -> None:
        occupations = await to_thread.run_sync(self._site.service.store.occupations)
        self._slots.set_content(_meters(slots.slots(occupations, self._site.cpus, self._site.gpus)))

    async def _news(self, news: News) -> None:
        await self._load_slots()
        if news.has_new and self._turns.is_first:
            await self._load()
            return
        shown = self._table.ids & news.names
        if shown:
            now = self._site.now()
            rows = await to_thread.run_sync(jobs.named, self._site.service.store, shown, now)
            self._table.patch([_row(row, now) for row in rows])

    async def _search(self, text: str) -> None:
        await self._ask(replace(self._query, contains=text.strip(), after=None))

    async def _filter(self, status: str) -> None:
        await self._ask(replace(self._query, status=TuningStatus(status) if status else None, after=None))

    async def _sort(self, key: str) -> None:
        sort = Sort(key)
        other = sort is not Sort.NAME if sort is not self._query.sort else not self._query.descending
        await self._ask(replace(self._query, sort=sort, descending=other, after=None))

    async def _ask(self, query: jobs.Query) -> None:
        """Show another list, from its beginning."""
        self._query = query
        self._turns.restart()
        await self._load()
        address = addresses.home(
            q=query.contains,
            status=query.status,
            sort=None if query.sort is Sort.CREATED else query.sort,
            order=None if query.descending else "up",
        )
        keep_in_address(address)

    async def _turn(self, after: Cursor) -> None:
        self._query = replace(self._query, after=after)
        await self._load()

    def _show_empty(self, *, is_empty: bool) -> None:
        self._empty.clear()
        if not is_empty:
            return
        with self._empty:
            if self._query.contains or self._query.status:
                states.empty(
                    "No tuning job fits",
                    "No name and status is as the filter says.",
                    action=("Show all", addresses.home()),
                )
            else:
                states.empty(
                    "No tuning job yet",
                    "A tuning job trains a model again and again and finds the hyperparameters that make it best.",
                    action=("Set up the first one", addresses.NEW) if self._site.drives else None,
                )


def _row(row: jobs.JobRow, now: datetime) -> Row:
    said = jobs.facts(row, now)
    cells: dict[str, Cell] = {
        "name": {"text": row.name, "href": addresses.tuning_job(row.name), "note": row.summary.strategy},
        "status": {"text": words.state(row.status), "tone": words.tone(row.status)},
        "best": {"text": words.number(row.best), "note": f"{_arrow(row)} {row.objective.metric}"},
        "course": _spark(row),
        "progress": {
            "share": round(row.progress(now), 4),
            "tone": "calm" if row.summary.status.is_final else "live",
            "text": said["trials"],
            "note": f"{row.running} running" if row.running else "",
        },
        "time": {"text": said["elapsed"], "note": said["limit"]},
        "spent": {"text": said["spent"], "note": said["money"]},
        "created": words.moment(row.summary.created_at),
        "alarms": {"items": [{"tone": each.tone, "text": each.text} for each in row.alarms]},
    }
    if row.summary.ended_at is None:
        cells["time"] = {"since": words.millis(row.summary.created_at), "note": said["limit"]}
    return {"id": row.name.lower(), "cells": cells}


def _arrow(row: jobs.JobRow) -> str:
    return "max" if row.objective.goal is Goal.MAXIMIZE else "min"


def _spark(row: jobs.JobRow) -> Cell:
    line = sparkline(row.course.improvements, row.course.ended)
    if line is None:
        return ""
    first, last = row.course.improvements[0][1], row.course.improvements[-1][1]
    label = f"from {words.number(first)} to {words.number(last)} in {words.count(row.course.ended, 'training job')}"
    return {"path": line.path, "x": line.x, "y": line.y, "label": label}


def _meters(shown: Sequence[slots.Slots]) -> str:
    return "".join(
        f'<div><span class="name"><span>{escape(each.kind)} in use</span>'
        f'<span class="number">{each.used} of {each.total}</span></span>'
        f'<span class="meter" aria-hidden="true"><span style="width: {each.share:.0%}"></span></span></div>'
        for each in shown
    )


def _sorts() -> set[str]:
    return {Sort.NAME.value, Sort.CREATED.value, Sort.STATUS.value}
