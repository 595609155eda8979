"""Each hyperparameter against the objective."""

from __future__ import annotations

from anyio import to_thread
from nicegui import ui

from tunesmith.web.charts.slices import slice_chart, slice_points
from tunesmith.web.panels.detail import OnNumber, number_clicked
from tunesmith.web.panels.panel import Shown, card, text
from tunesmith.web.parts import fields
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views.objective_history import typical_range
from tunesmith.web.views.settings_and_values import Lines, lines_of

_ALL = ""
_MOST = 12  # small charts
_SENTENCE = "Each point is a training job. Where the good ones gather, good values are."


class SlicesPanel:
    """The charts as one visitor sees them."""

    def __init__(self, shown: Shown, definition: str | None, on_number: OnNumber) -> None:
        """Make room for them."""
        self._shown, self._definition, self._on_number = shown, definition, on_number
        self._chosen = _ALL
        self._serial = -1
        self._names = shown.board.job.parts[definition].space.names
        with card("One hyperparameter against the objective", _SENTENCE, wide=True) as tools:
            with tools:
                options = {_ALL: "All", **{name: name for name in self._names}}
                fields.choice("Hyperparameter", options, _ALL, self._choose)
            if len(self._names) > _MOST:
                text(f"The first {_MOST} of {len(self._names)}; choose another one above.")
            self._grid = ui.element("div").classes("small-charts")
        self._charts: dict[int, Chart] = {}

    async def load(self) -> None:
        """Read the points and draw them."""
        self._make()
        await self._draw()

    async def news(self) -> None:
        """Send the points of what has ended since."""
        found = await to_thread.run_sync(self._read_new)
        for place, chart in self._charts.items() if found.lines else ():
            chart.extend("points", slice_points(found, place))

    def _make(self) -> None:
        places = (
            range(min(_MOST, len(self._names))) if self._chosen == _ALL else [self._names.index(self._chosen)]
        )
        self._grid.clear()
        self._charts = {}
        with self._grid:
            for place in places:
                label = f"{self._names[place]} against {self._shown.board.job.objective.metric}"
                self._charts[place] = Chart(label, {}, "230px" if len(places) > 1 else "380px")
                number_clicked(self._charts[place], self._on_number, place=2)

    async def _draw(self) -> None:
        board = self._shown.board
        self._serial = board.serial
        found = await to_thread.run_sync(lines_of, board, self._definition)
        with board.lock:
            typical = typical_range(board)
        for place, chart in self._charts.items():
            chart.merge(slice_chart(found, place, typical))

    def _read_new(self) -> Lines:
        board = self._shown.board
        with board.lock:
            numbers = board.number[board.since(self._serial)]
            self._serial = board.serial
            return lines_of(board, self._definition, numbers)

    async def _choose(self, name: str) -> None:
        self._chosen = name
        await self.load()
