"""The table of training jobs, live, of which the server sends a page at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

from anyio import to_thread
from nicegui import ui

from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrialRecord
from tunesmith.web import addresses
from tunesmith.web.panels.panel import Shown, say, text
from tunesmith.web.panels.tab_address import TabAddress
from tunesmith.web.parts import fields
from tunesmith.web.parts.actions import Cursor, Turns
from tunesmith.web.parts.table import Cell, Column, Row, Table, column
from tunesmith.web.views import words
from tunesmith.web.views.board import Rows
from tunesmith.web.views.query_address import Brush, asked, parts
from tunesmith.web.views.training_jobs import PAGE, VALUE, Query, TrainingJobs, numbers_of, training_jobs

OnFiltered: TypeAlias = Callable[[Rows | None], Awaitable[None]]

_EVERY = ""


class TrainingJobsPanel:
    """The table as one visitor looks at it."""

    def __init__(
        self,
        shown: Shown,
        address: TabAddress,
        on_filtered: OnFiltered | None = None,
        definition: str | None = None,
        *,
        limit: int = PAGE,
    ) -> None:
        """Make room for it.

        Args:
            shown: The tuning job.
            address: What was asked for before, and where it is kept.
            on_filtered: Called with the numbers of those that words and state leave; None: all.
            definition: Of several algorithms, the one whose training jobs are shown.
            limit: Training jobs on a page.
        """
        self._shown, self._address, self._on_filtered = shown, address, on_filtered
        self._query = asked(address.given, shown.board.parameters, definition=definition, limit=limit)
        self._serial = -1
        with ui.element("div").classes("bar"):
            fields.search("Search: a word, or max_depth>4", self._query.text, self._search).classes(
                "wide-search"
            )
            states = {_EVERY: "Any state", **{each.value: words.state(each) for each in TrialState}}
            fields.choice("State", states, self._query.state or _EVERY, self._filter)
            self._brush_bar = ui.element("div").classes("bar")
            self._sentence = text("", "span").classes("push")
        self._table = Table(f"Training jobs of {shown.name}", _columns(shown, definition), self._sort)
        self._turns = Turns(self._turn)
        self._show_brush()

    @property
    def brush(self) -> Brush:
        """The intervals in which the training jobs that are shown lie."""
        return self._query.brush

    async def load(self) -> None:
        """Read a page and show it."""
        await self._show()
        if self._is_filtered:
            await self._tell()

    async def news(self) -> None:
        """Send the rows of this page that have changed; on the first page, a row that is new as well."""
        board = self._shown.board
        with board.lock:
            changed = board.number[board.since(self._serial)].tolist()
        if not changed:
            return
        shown = self._table.ids
        if self._query.first == 0 and any(str(number) not in shown for number in changed):
            await self._show()
            return
        numbers = [number for number in changed if str(number) in shown]
        self._serial = board.serial
        if numbers:
            store = self._shown.site.service.store
            records = await to_thread.run_sync(store.trials_after, self._shown.name, 2**31 - 1, numbers)
            self._table.patch([self._row(record) for record in records])

    async def choose(self, brush: Brush) -> None:
        """Show only the training jobs whose values lie in some intervals."""
        self._query = replace(self._query, brush=brush, first=0)
        self._show_brush()
        await self._keep_and_show()

    @property
    def _is_filtered(self) -> bool:
        return bool(self._query.text) or self._query.state is not None

    async def _show(self) -> None:
        self._serial = self._shown.board.serial
        query = self._query
        found = await to_thread.run_sync(
            training_jobs, self._shown.site.service.store, self._shown.board, query
        )
        if query is not self._query:
            return  # something else was asked for meanwhile, and shows itself
        if found.first != query.first:
            self._query = query = replace(query, first=found.first)
        rows = [self._row(each) for each in found.trials]
        self._table.show(rows, query.sort, descending=query.descending)
        begins = [_cursor(first) for first in range(0, found.first + 1, query.limit)]
        end = found.first + query.limit
        self._turns.open(begins, _cursor(end) if end < found.found else None)
        say(self._sentence, _told(query, found))

    async def _keep_and_show(self) -> None:
        self._address.keep(**parts(self._query))
        await self._show()

    def _show_brush(self) -> None:
        self._brush_bar.clear()
        with self._brush_bar:
            for name, intervals in self._query.brush.items():
                if intervals:
                    label = self._shown.board.job.objective.metric if name == VALUE else name
                    text(f"{label} as chosen above", "span", "tag")

    async def _search(self, sought: str) -> None:
        await self._ask(replace(self._query, text=sought, first=0))

    async def _filter(self, state: str) -> None:
        await self._ask(replace(self._query, state=TrialState(state) if state else None, first=0))

    async def _sort(self, key: str) -> None:
        other = not self._query.descending if key == self._query.sort else key == "number"
        await self._ask(replace(self._query, sort=key, descending=other, first=0))

    async def _ask(self, query: Query) -> None:
        was_filtered = self._is_filtered
        self._query = query
        await self._keep_and_show()
        if was_filtered or self._is_filtered:
            await self._tell()

    async def _tell(self) -> None:
        """Say which training jobs words and state leave, whatever their intervals."""
        if self._on_filtered is None:
            return
        if not self._is_filtered:
            await self._on_filtered(None)
            return
        store, query = self._shown.site.service.store, replace(self._query, brush={})
        await self._on_filtered(await to_thread.run_sync(numbers_of, store, self._shown.board, query))

    async def _turn(self, after: Cursor) -> None:
        self._query = replace(self._query, first=0 if after is None else int(after[0]))
        await self._keep_and_show()

    def _row(self, trial: TrialRecord) -> Row:
        time: Cell = words.duration(trial.run_seconds) if trial.ended_at else words.NONE
        if trial.state is TrialState.RUNNING and trial.started_at:
            time = {"since": words.millis(trial.started_at)}
        cells: dict[str, Cell] = {
            "number": {
                "text": f"{trial.number:,}",
                "href": addresses.training_job(trial.name),
                "title": trial.name,
            },
            VALUE: words.number(trial.value),
            "state": {"text": words.state(trial.state), "tone": words.tone(trial.state)},
            "time": time,
            "definition": trial.definition or "",
            "reason": {"text": _short(trial.reason or ""), "title": trial.reason or ""},
        }
        for name in self._shown.board.parameters:
            value = trial.config.get(name)
            cells[f"config {name}"] = words.NONE if value is None else words.setting(value)
        return {"id": str(trial.number), "cells": cells}


def _columns(shown: Shown, definition: str | None) -> list[Column]:
    several = bool(shown.board.job.definitions) and definition is None
    names = (
        tuple(shown.board.parameters) if definition is None else shown.board.job.parts[definition].space.names
    )
    return [
        column("number", "Number", "link", sortable=True),
        column(VALUE, shown.board.job.objective.metric, sortable=True, align="right"),
        *([column("definition", "Algorithm")] if several else []),
        *(column(f"config {name}", name, sortable=True, align="right") for name in names),
        column("state", "State", "status", sortable=True),
        column("time", "Time", "clock", sortable=True, align="right"),
        column("reason", "Reason"),
    ]


def _cursor(first: int) -> Cursor:
    return (first,) if first else None


def _short(reason: str) -> str:
    return reason if len(reason) <= 60 else f"{reason[:57]}…"


def _told(query: Query, found: TrainingJobs) -> str:
    if not found.found:
        return "No training job fits." if found.total else "No training job yet."
    last = min(query.first + query.limit, found.found)
    of = "" if found.found == found.total else f", of {found.total:,} in all"
    return f"{query.first + 1:,} to {last:,} of {found.found:,}{of}"
