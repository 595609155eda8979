"""The objective of every training job over the course of the tuning job, live."""

from __future__ import annotations

from anyio import to_thread

from tunesmith.web.charts.base import Options
from tunesmith.web.charts.objective_history import history_news, objective_history_chart
from tunesmith.web.panels.detail import OnNumber, number_clicked
from tunesmith.web.panels.panel import Shown, card, say, text
from tunesmith.web.parts import fields
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views import words
from tunesmith.web.views.objective_history import MOST, Kind, ObjectiveHistory, objective_history


class HistoryPanel:
    """The chart as one visitor sees it."""

    def __init__(self, shown: Shown, on_number: OnNumber) -> None:
        """Make room for it; `on_number` is called with the number of a training job that was clicked."""
        self._shown = shown
        self._serial = -1
        self._scale = "typical"
        with card("Objective history", wide=True) as tools:
            self._tools = tools
            self._sentence = text("Reading the training jobs …")
            self._chart = Chart("The objective of each training job, and the best so far", {}, "340px")
        number_clicked(self._chart, on_number)

    async def load(self) -> None:
        """Read the history and draw it."""
        history = await to_thread.run_sync(self._read)
        if not self._tools.default_slot.children:
            with self._tools:
                fields.choice("Values", _scales(history), self._scale, self._rescale)
        self._chart.merge(objective_history_chart(self._shown.board.job.objective, history, self._scale))
        say(self._sentence, _told(self._shown, history))

    async def news(self) -> None:
        """Send what has changed since."""
        before = self._serial
        history = await to_thread.run_sync(self._read, before)
        for kind in Kind:
            if not kind.may_change and history.points[kind]:
                self._chart.extend(kind.value, history.points[kind])
        news: Options = history_news(history)
        self._chart.merge(news)
        say(self._sentence, _told(self._shown, history))

    def _read(self, since: int = -1) -> ObjectiveHistory:
        board = self._shown.board
        with board.lock:
            history, self._serial = objective_history(board, since), board.serial
        return history

    async def _rescale(self, scale: str) -> None:
        self._scale = scale
        await self.load()


def _scales(history: ObjectiveHistory) -> dict[str, str]:
    found = {"typical": "Typical values"} if history.typical else {}
    found["all"] = "All values"
    return found | ({"log": "Logarithmic"} if history.is_positive else {})


def _told(shown: Shown, history: ObjectiveHistory) -> str:
    if not history.best:
        return "No training job has a value yet. Each appears here as soon as it reports one."
    better = len(history.best) - 2  # without the first value, and where it is now
    value = words.number(history.best[-1][1])
    told = f"The best {shown.board.job.objective.metric} is {value}{_after(better)}."
    if history.total > MOST:
        told += f" A picture of {history.total:,} training jobs, thinned."
    if history.beyond:
        told += f" Outliers not shown: {history.beyond:,}."
    return told


def _after(improvements: int) -> str:
    return f", after {words.count(improvements, 'improvement')} on the first" if improvements > 0 else ""
