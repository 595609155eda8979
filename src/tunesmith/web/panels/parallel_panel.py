"""Parallel coordinates in which ranges can be chosen on every axis, tied to the table below."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from anyio import to_thread
from nicegui.events import GenericEventArguments

from tunesmith.web.charts.parallel import VALUE_AXIS, lines_series, parallel_chart
from tunesmith.web.panels.detail import OnNumber, number_clicked
from tunesmith.web.panels.panel import Shown, card, say, text
from tunesmith.web.parts.actions import button
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views.board import Rows
from tunesmith.web.views.query_address import Brush, Intervals, rounded
from tunesmith.web.views.settings_and_values import MOST, Lines, lines_of
from tunesmith.web.views.training_jobs import VALUE

OnBrush: TypeAlias = Callable[[Brush], Awaitable[None]]

_SENTENCE = "Each line is a training job, the strong ones are good. Draw along an axis to choose a range; click it to let go."


class ParallelPanel:
    """The chart as one visitor sees it."""

    def __init__(self, shown: Shown, definition: str | None, on_brush: OnBrush, on_number: OnNumber) -> None:
        """Make room for it; `on_brush` is called with what was chosen."""
        self._shown, self._definition, self._on_brush = shown, definition, on_brush
        self._brush: dict[str, Intervals] = {}
        self._numbers: Rows | None = None  # None: all
        self._serial = -1
        with card("Parallel coordinates", _SENTENCE, wide=True) as tools:
            with tools:
                button("Clear ranges", self._clear)
            self._sentence = text()
            self._chart = Chart(
                f"Hyperparameters and objective of the training jobs of {shown.name}", {}, "420px"
            )
        emit = "(e) => emit({axis: e.parallelAxisId, intervals: e.intervals ?? []})"
        self._chart.on("chart:axisareaselected", self._brushed, js_handler=emit)
        number_clicked(self._chart, on_number)

    def begin_with(self, brush: Brush) -> None:
        """Have some ranges chosen from the beginning."""
        self._brush = dict(brush)

    async def load(self) -> None:
        """Read the lines and draw them, with the ranges that are chosen."""
        found = await self._read()
        self._chart.merge(parallel_chart(found))
        for name, intervals in self._brush.items():
            self._chart.select(_axis_of(name), intervals)

    async def news(self) -> None:
        """Send the lines of what has ended since, unless only some are shown."""
        if self._numbers is None:
            found = await to_thread.run_sync(self._read_new)
            if found.lines:
                self._chart.extend("lines", lines_series(found)["data"])

    async def only(self, numbers: Rows | None) -> None:
        """Draw only the training jobs of these numbers; None: all."""
        self._numbers = numbers
        await self._redraw()

    async def _redraw(self) -> None:
        found = await self._read()
        self._chart.merge({"series": [lines_series(found)]})

    def _read_new(self) -> Lines:
        board = self._shown.board
        with board.lock:
            numbers = board.number[board.since(self._serial)]
            self._serial = board.serial
            return lines_of(board, self._definition, numbers)

    async def _read(self) -> Lines:
        board = self._shown.board
        self._serial = board.serial
        found = await to_thread.run_sync(lines_of, board, self._definition, self._numbers)
        thinned = (
            f" The best and others evenly: {len(found.lines):,} of {found.total:,}."
            if found.total > MOST
            else ""
        )
        say(self._sentence, f"Training jobs with a value: {found.total:,}.{thinned}")
        return found

    async def _brushed(self, event: GenericEventArguments) -> None:
        """A range was drawn or let go, by the visitor or from here; the latter is no news."""
        axis, intervals = str(event.args["axis"]), rounded(event.args["intervals"])
        name = VALUE if axis == VALUE_AXIS else axis.removeprefix("axis ")
        if intervals != self._brush.get(name, ()):
            self._brush[name] = intervals
            await self._on_brush({key: value for key, value in self._brush.items() if value})

    async def _clear(self) -> None:
        chosen, self._brush = self._brush, {}
        for name in chosen:
            self._chart.select(_axis_of(name), ())
        await self._on_brush({})


def _axis_of(name: str) -> str:
    return VALUE_AXIS if name == VALUE else f"axis {name}"
