"""Searching all training jobs by their hyperparameters, metrics and states."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.core.trial import TrialState
from tunesmith.web import addresses, layout
from tunesmith.web.live import News
from tunesmith.web.panels.filters import Filters
from tunesmith.web.parts import fields, states
from tunesmith.web.parts.actions import Cursor, Turns
from tunesmith.web.parts.location import keep_in_address
from tunesmith.web.parts.table import Cell, Column, Row, Table, column
from tunesmith.web.search.expression import ExpressionError
from tunesmith.web.search.find import Hit, Hits, Query, find, names_in
from tunesmith.web.site import Site
from tunesmith.web.views import words

_QUICK_SECONDS = 0.5  # a search that takes longer is not made anew by itself
_EXAMPLES = (
    "objective < 0.2 and status = Completed",
    "learning_rate > 0.01 and learning_rate < 0.1",
    "status = Failed and reason ~ memory",
    "created > 2026-01-31 and time > 5 min",
)


def add(site: Site) -> None:
    """Register the page."""

    @ui.page("/search", response_timeout=layout.PATIENCE)
    async def search(q: str = "", sort: str = "created", order: str = "") -> None:
        with layout.page("Search training jobs", here="search"):
            await _Search(site, Query(text=q, sort=sort, descending=order != "up")).show()


class _Search:
    """The search as one visitor sees it."""

    def __init__(self, site: Site, query: Query) -> None:
        self._site = site
        self._query = query
        self._seconds = 0.0
        self._names: tuple[str, ...] | None = None  # of the columns in the table

    async def show(self) -> None:
        """Build the page, and make the search that the address asks for."""
        names = await to_thread.run_sync(names_in, self._site.service.store)
        ui.html("Search training jobs", tag="h1")
        with ui.element("div").classes("card panel"):
            self._field = fields.search(
                "Such as objective < 0.2 and learning_rate > 0.01", self._query.text, self._type
            )
            self._field.classes("wide").props("aria-describedby=search-error")
            self._error = ui.html("", sanitize=False)
            self._error.props["id"] = "search-error"
            self._error.props["role"] = "status"
            self._filters = Filters(names, self._filter)
        self._said = ui.html("", sanitize=False)
        self._said.props["role"] = "status"
        self._box = ui.element("div")
        self._loading = states.loading("Looking through the training jobs …")
        self._empty = ui.element("div")
        self._turns = Turns(self._turn)
        self._site.live.follow(ui.context.client, self._news)
        ui.timer(0.01, self._load, once=True)  # it may take a while

    async def _load(self) -> None:
        """Search, and show what was found or what is wrong."""
        started = time.monotonic()
        try:
            hits = await to_thread.run_sync(partial(find, self._site.service.store, self._query))
        except ExpressionError as error:
            self._error.set_content(_pointed(self._query.text, error))
            return
        finally:
            self._loading.set_visibility(False)
        if self._box.is_deleted:  # the page was closed meanwhile
            return
        self._seconds = time.monotonic() - started
        self._error.set_content("")
        self._filters.show(self._query.text)
        self._said.set_content(f'<p class="quiet">{_told(hits)}</p>')
        self._fill(hits)
        self._turns.show(hits.next)

    def _fill(self, hits: Hits) -> None:
        if hits.names != self._names:
            self._names = hits.names
            self._box.clear()
            with self._box:
                self._table = Table("Training jobs that fit", _columns(hits.names), self._sort)
        self._table.show(
            [_row(hit, hits.names) for hit in hits.hits], self._query.sort, descending=self._query.descending
        )
        self._box.set_visibility(bool(hits.hits))
        self._empty.clear()
        if not hits.hits:
            with self._empty:
                _nothing(hits, self._query)

    async def _news(self, news: News) -> None:
        if self._turns.is_first and self._seconds < _QUICK_SECONDS and (news.names or news.has_new):
            await self._load()

    async def _type(self, text: str) -> None:
        await self._ask(replace(self._query, text=text, after=None))

    async def _filter(self, text: str) -> None:
        """Take over an expression that the filters have made."""
        self._field.put(text)
        await self._type(text)

    async def _sort(self, key: str) -> None:
        descending = not self._query.descending if key == self._query.sort else key not in {"name", "status"}
        await self._ask(replace(self._query, sort=key, descending=descending, after=None))

    async def _ask(self, query: Query) -> None:
        """Make another search, from its beginning."""
        self._query = query
        self._turns.restart()
        address = addresses.with_query(
            addresses.SEARCH,
            q=query.text,
            sort=None if query.sort == "created" else query.sort,
            order=None if query.descending else "up",
        )
        keep_in_address(address)
        await self._load()

    async def _turn(self, after: Cursor) -> None:
        self._query = replace(self._query, after=after)
        await self._load()


def _pointed(text: str, error: ExpressionError) -> str:
    """Say what is wrong, and point at the place."""
    mark = " " * error.at + "^"
    return (
        f'<p class="notice bad">{escape(str(error))}, at character {error.at + 1}.</p>'
        f'<pre class="pointed" aria-hidden="true">{escape(text)}\n{mark}</pre>'
    )


def _told(hits: Hits) -> str:
    looked = words.count(hits.seen, "training job")
    return f"<b>{hits.count:,}</b> of {looked} fit." if hits.count != 1 else f"<b>1</b> of {looked} fits."


def _columns(names: Sequence[str]) -> list[Column]:
    return [
        column("name", "Training job", "link", sortable=True),
        column("job", "Tuning job", "link"),
        column("status", "Status", "status", sortable=True),
        column("objective", "Objective", sortable=True, align="right"),
        *(column(name, name, sortable=True, align="right") for name in names),
        column("rest", "Configuration"),
        column("time", "Run time", sortable=True, align="right"),
        column("created", "Created", sortable=True),
    ]


def _row(hit: Hit, names: Sequence[str]) -> Row:
    trial, job = hit.job.trial, hit.job.tuning.job
    part = job.parts[trial.definition]
    rest = ", ".join(
        f"{name} {words.setting(value)}" for name, value in trial.config.items() if name not in names
    )
    cells: dict[str, Cell] = {
        "name": {"text": trial.name, "href": addresses.training_job(trial.name)},
        "job": {"text": words.NONE}
        if job.alone
        else {"text": job.name, "href": addresses.tuning_job(job.name)},
        "status": {"text": words.state(trial.state), "tone": words.tone(trial.state)},
        "objective": {"text": words.number(trial.value), "note": "" if job.alone else part.objective.metric},
        "rest": {"text": _short(rest), "title": rest},
        "time": words.duration(trial.run_seconds) if trial.ended_at else words.NONE,
        "created": words.moment(trial.created_at),
    }
    if trial.state is TrialState.FAILED and trial.reason:
        cells["status"] = {
            "text": words.state(trial.state),
            "tone": words.tone(trial.state),
            "title": trial.reason,
        }
    for name, value in zip(names, hit.values, strict=True):
        cells[name] = (
            words.NONE
            if value is None
            else words.setting(value)
            if not hasattr(value, "year")
            else str(value)
        )
    return {"id": trial.name.lower(), "cells": cells}


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _nothing(hits: Hits, query: Query) -> None:
    if not query.text:
        states.empty(
            "No training job yet",
            "Those of tuning jobs and those by themselves are found here.",
            action=("Set up a tuning job", addresses.NEW),
        )
        return
    looked = words.count(hits.seen, "training job")
    examples = "; ".join(_EXAMPLES)
    states.empty(
        "No training job fits",
        f"{looked} were looked at. Loosen a condition, or write for example: {examples}.",
        action=("Show all", addresses.SEARCH),
    )
