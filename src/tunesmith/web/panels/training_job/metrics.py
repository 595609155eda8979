"""A chart of each metric that a training job reports, live."""

from __future__ import annotations

from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.web.charts.metric import POINTS, metric_chart
from tunesmith.web.panels.panel import card
from tunesmith.web.parts import fields
from tunesmith.web.parts.chart import Chart
from tunesmith.web.site import Site
from tunesmith.web.views import words
from tunesmith.web.views.training_job import TrainingJobView
from tunesmith.web.views.training_metrics import MetricReader, Metrics, Point

_HEIGHT = "190px"


class MetricsPanel:
    """The charts as one visitor sees them."""

    def __init__(self, site: Site, view: TrainingJobView) -> None:
        """Make room for them."""
        self._view = view
        self._reader = MetricReader(site.service.store, view.record)
        self._by_time = False
        self._cells: dict[str, _Cell] = {}
        with card("Metrics", wide=True) as tools:
            with tools:
                fields.choice("Along", {"report": "By report", "seconds": "By time"}, "report", self._turn)
            self._empty = ui.html("", sanitize=False)
            self._charts = ui.element("div").classes("small-charts")

    async def load(self) -> None:
        """Show what there is so far."""
        await self.news()
        if not self._cells:
            open_ = "No metric has been reported yet. Each appears here with its first value."
            ended = "It has reported no metric."
            self._say(ended if self._view.trial.state.is_final else open_)

    async def news(self) -> None:
        """Send the new points only."""
        found = await to_thread.run_sync(self._reader.news)
        for name, points in found.points.items():
            if name not in self._cells:
                self._say("")
                with self._charts:
                    is_objective = name == self._view.metric
                    self._cells[name] = _Cell(name, is_objective=is_objective)
            self._cells[name].take(points, found, by_time=self._by_time)

    def _say(self, text: str) -> None:
        self._empty.set_content(f'<p class="quiet">{escape(text)}</p>' if text else "")

    async def _turn(self, along: str) -> None:
        self._by_time = along == "seconds"
        for cell in self._cells.values():
            cell.draw(by_time=self._by_time)


class _Cell:
    """One metric: its last value, its range in words, and its chart."""

    def __init__(self, name: str, *, is_objective: bool) -> None:
        self._name = name
        self._points: list[Point] = []
        self._low, self._high = float("inf"), float("-inf")
        with ui.element("div").classes("metric"):
            tag = ' <span class="tag">objective</span>' if is_objective else ""
            ui.html(f"<h3>{escape(name)}{tag}</h3>", sanitize=False)
            self._said = ui.html("", sanitize=False)
            self._chart = Chart(f"{name} as it was reported", {}, _HEIGHT)

    def take(self, points: list[Point], found: Metrics, *, by_time: bool) -> None:
        is_new = not self._points
        self._points += points
        self._low = min(self._low, found.lows[self._name])
        self._high = max(self._high, found.highs[self._name])
        if is_new or len(self._points) - len(points) == 1:
            self.draw(by_time=by_time)
        else:
            self._chart.extend(POINTS, [list(point) for point in points])
        reports = words.count(found.counts[self._name], "report")
        span = "" if self._low == self._high else f"; {words.number(self._low)} to {words.number(self._high)}"
        last = words.number(self._points[-1][1])
        self._said.set_content(
            f'<p><b class="number">{last}</b> <span class="note">{reports}{span}</span></p>'
        )

    def draw(self, *, by_time: bool) -> None:
        self._chart.merge(metric_chart(self._points, by_time=by_time))
