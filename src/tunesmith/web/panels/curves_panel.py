"""The learning curves of all training jobs, live."""

from __future__ import annotations

from collections.abc import Iterable

from anyio import to_thread

from tunesmith.web.charts.learning_curves import best_series, curve_items, end_items, learning_curves_chart
from tunesmith.web.panels.detail import OnNumber, number_clicked
from tunesmith.web.panels.panel import Shown, card, say, text
from tunesmith.web.parts import fields
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views.best import best_row
from tunesmith.web.views.learning_curves import CURVES, LearningCurve, LearningCurves, learning_curves
from tunesmith.web.views.objective_history import Kind

_GROWTH = 1.2
_STOPS = (Kind.STOPPED, Kind.FAILED)
_STOPPED = (
    "",
    "One was stopped, at the diamond: point at it for the reason. ",
    "{:,} were stopped, at the diamonds: point at one for the reason. ",
)


class CurvesPanel:
    """The chart as one visitor sees it."""

    def __init__(self, shown: Shown, on_number: OnNumber) -> None:
        """Make room for it; `on_number` is called with the number of a training job that was clicked."""
        self._shown = shown
        self._serial = -1
        self._scale, self._x = "typical", "report"
        self._best: int | None = None
        self._right = 0.0  # where the curves end
        self._drawn: set[int] = set()  # numbers of training jobs
        self._stopped: set[int] = set()
        self._has_lines = False
        self._whole = 0  # training jobs of the last whole picture
        with card("Learning curves", wide=True) as tools:
            with tools:
                fields.choice("Along", {"report": "By report", "seconds": "By time"}, self._x, self._turn)
                scales = {"typical": "Typical values", "all": "All values", "log": "Logarithmic"}
                fields.choice("Values of curves", scales, self._scale, self._rescale)
            self._sentence = text("Reading the training jobs …")
            self._chart = Chart("The objective as each training job has reported it", {}, "360px")
        number_clicked(self._chart, on_number)

    async def load(self) -> None:
        """Read the curves and draw them."""
        found = await to_thread.run_sync(self._read)
        metric = self._shown.board.job.objective.metric
        options = learning_curves_chart(
            metric,
            found.curves,
            self._best,
            typical=found.typical,
            scale=self._scale,
            seconds=self._x == "seconds",
        )
        self._whole = len(self._drawn)
        self._chart.set_visibility(self._has_lines)
        self._chart.merge(options)
        say(self._sentence, self._told(found))

    async def news(self) -> None:
        """Send the curves that have changed, those that run are few; or all, in axes that fit, if there are many more."""
        best = self._best
        found = await to_thread.run_sync(self._read, self._serial)
        if self._best != best or len(self._drawn) > _GROWTH * self._whole:
            await self.load()
            return
        seconds = self._x == "seconds"
        self._chart.set_visibility(self._has_lines)
        for kind in Kind:
            own = [curve for curve in found.curves if curve.kind is kind]
            items = curve_items(own, seconds=seconds)
            if kind.may_change:
                self._chart.merge({"series": [{"id": f"lines {kind.value}", "data": items}]})
            elif items:
                self._chart.extend(f"lines {kind.value}", items)
            if kind in _STOPS and own:
                self._chart.extend(f"ends {kind.value}", end_items(own, seconds=seconds))
        if any(curve.number == self._best for curve in found.curves):
            self._chart.merge({"series": [best_series(found.curves, self._best, seconds=seconds)]})
        right = max(_ends(found.curves, seconds=seconds), default=0.0)
        if right > self._right:
            self._right = right
            self._chart.merge({"xAxis": {"max": right}})
        say(self._sentence, self._told(found))

    def _read(self, since: int = -1) -> LearningCurves:
        board = self._shown.board
        with board.lock:
            serial, row = board.serial, best_row(board)
            self._best = None if row is None else int(board.number[row])
        found = learning_curves(self._shown.site.service.store, board, since)
        self._serial = serial
        if since < 0:
            self._right = max(_ends(found.curves, seconds=self._x == "seconds"), default=0.0)
            self._drawn, self._stopped, self._has_lines = set(), set(), False
        self._drawn |= {curve.number for curve in found.curves}
        self._stopped |= {curve.number for curve in found.curves if curve.kind is Kind.STOPPED}
        self._has_lines |= any(len(curve.points) > 1 for curve in found.curves)
        return found

    def _told(self, found: LearningCurves) -> str:
        """What is in the picture, of which `found` may be the latest part."""
        if not self._drawn:
            return "No training job has reported the objective yet. Those that report it more than once show how they learn."
        if not self._has_lines:
            return "Each training job has reported the objective once: those that report it more often show how they learn."
        told = _STOPPED[min(len(self._stopped), 2)].format(len(self._stopped))
        if self._best in self._drawn:
            told += f"The best, training job {self._best}, stands out. "
        if found.total > CURVES:
            told += f"The best, the latest and others evenly: {len(self._drawn):,} of {found.total:,}."
        return told.strip() or "Each line is a training job."

    async def _turn(self, x: str) -> None:
        self._x = x
        await self.load()

    async def _rescale(self, scale: str) -> None:
        self._scale = scale
        await self.load()


def _ends(curves: Iterable[LearningCurve], *, seconds: bool) -> Iterable[float]:
    return (curve.points[-1][2 if seconds else 0] for curve in curves)
