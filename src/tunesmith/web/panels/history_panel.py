"""The objective of every training job over the course of the tuning job, live."""

from __future__ import annotations

from collections.abc import Mapping

from anyio import to_thread

from tunesmith.web.charts.objective_history import (
    band_news,
    expectations_news,
    history_news,
    objective_history_chart,
)
from tunesmith.web.panels.detail import OnNumber, number_clicked
from tunesmith.web.panels.panel import Shown, card, say, text
from tunesmith.web.panels.tab_address import TabAddress
from tunesmith.web.parts import fields
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views import expectations, words
from tunesmith.web.views.expectations import NOTHING, Expectations
from tunesmith.web.views.lesson import Beliefs
from tunesmith.web.views.lessons import Known
from tunesmith.web.views.objective_history import MOST, Kind, ObjectiveHistory, objective_history
from tunesmith.web.views.query_address import TYPICAL, scale_asked

_ON = "on"


class HistoryPanel:
    """The chart as one visitor sees it. What the model expects is asked for only if somebody wants to see it."""

    def __init__(self, shown: Shown, address: TabAddress, on_number: OnNumber) -> None:
        """Make room for it; `on_number` is called with the number of a training job that was clicked."""
        self._shown, self._address = shown, address
        self._serial = -1
        self._scale = TYPICAL
        self._is_expecting = address.given.get("model") == _ON
        self._beliefs: Beliefs | None = None
        with card("Objective history", wide=True) as tools:
            self._tools = tools
            self._sentence = text("Reading the training jobs …")
            self._expected = text("")
            self._chart = Chart("The objective of each training job, and the best so far", {}, "340px")
        self._expected.props("role=status")
        self._expected.set_visibility(False)
        number_clicked(self._chart, on_number)

    async def load(self) -> None:
        """Read the history and draw it."""
        history = await to_thread.run_sync(self._read)
        if not self._tools.default_slot.children:
            self._offer(_scales(history))
        shown = self._expectations()
        self._chart.merge(
            objective_history_chart(self._shown.board.job.objective, history, self._scale, shown)
        )
        say(self._sentence, _told(self._shown, history))

    async def news(self) -> None:
        """Send what has changed since."""
        before = self._serial
        history = await to_thread.run_sync(self._read, before)
        for kind in Kind:
            if not kind.may_change and history.points[kind]:
                self._chart.extend(kind.value, history.points[kind])
        self._chart.merge(history_news(history))
        if self._beliefs is not None:
            self._chart.merge(band_news(self._expectations(), self._scale))
        say(self._sentence, _told(self._shown, history))

    async def learn(self, _: Known) -> None:
        """Ask anew what is expected, if it is shown: enough has happened."""
        if self._is_expecting:
            await self._ask()

    def _offer(self, scales: Mapping[str, str]) -> None:
        """Offer what there is to choose, which depends on the values; begin with what the address asks for."""
        self._scale = scale_asked(self._address.given, scales)
        with self._tools:
            fields.switch("Show what the model expects", self._turn, is_on=self._is_expecting)
            fields.choice("Values", scales, self._scale, self._rescale)

    def _read(self, since: int = -1) -> ObjectiveHistory:
        board = self._shown.board
        with board.lock:
            history, self._serial = objective_history(board, since), board.serial
        return history

    async def _rescale(self, scale: str) -> None:
        self._scale = scale
        self._address.keep(scale=None if scale == TYPICAL else scale)
        await self.load()

    async def _turn(self, is_on: bool) -> None:
        self._is_expecting = is_on
        self._beliefs = None
        self._address.keep(model=_ON if is_on else None)
        self._show()
        if is_on:
            await self._ask()

    async def _ask(self) -> None:
        lessons, board = self._shown.site.lessons, self._shown.board
        if self._beliefs is None:
            self._say("Looking at the results …")
        try:
            found = await lessons.waiting_for(expectations.ask, lessons, board)
        except (RuntimeError, OSError, EOFError) as error:
            self._say(f"What the model expects cannot be shown: {error}")
            return
        if self._is_expecting and not self._chart.is_deleted:
            self._beliefs = found
            self._show()

    def _expectations(self) -> Expectations:
        return (
            NOTHING if self._beliefs is None else expectations.expectations(self._shown.board, self._beliefs)
        )

    def _show(self) -> None:
        shown = self._expectations()
        self._chart.merge(expectations_news(shown, self._scale))
        self._say(shown.sentence)

    def _say(self, sentence: str) -> None:
        say(self._expected, sentence)
        self._expected.set_visibility(bool(sentence))


def _scales(history: ObjectiveHistory) -> dict[str, str]:
    found = {TYPICAL: "Typical values"} if history.typical else {}
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
