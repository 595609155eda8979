"""Why the search asked for a training job: the latest one, or any other by its number."""

from __future__ import annotations

from html import escape

from nicegui import ui

from tunesmith.web.charts.why import why_chart
from tunesmith.web.panels.panel import Shown, card
from tunesmith.web.parts.actions import button
from tunesmith.web.parts.chart import Chart
from tunesmith.web.parts.dialog import Entry
from tunesmith.web.views.lesson import Expectation
from tunesmith.web.views.lessons import Known


class WhyPanel:
    """A sentence, a picture, and a field for the number of another training job."""

    def __init__(self, shown: Shown) -> None:
        """Make room for them."""
        self._shown = shown
        with card("Why this suggestion") as tools:
            self._tools = tools
            self._sentence = ui.html('<p class="quiet">Looking at the results …</p>', sanitize=False)
            self._room = ui.element("div")
        self._is_asked = False

    async def learn(self, _: Known) -> None:
        """Tell of the latest training job, unless another one was asked for."""
        if not self._is_asked and self._shown.board.count:
            number = int(self._shown.board.number[-1])
            if not self._tools.default_slot.children:
                with self._tools:
                    self._number = Entry("Training job", str(number), numeric=True)
                    button("Tell", self._ask)
            await self._tell(number)

    async def _ask(self) -> None:
        self._is_asked = True
        text = self._number.value.strip()
        if not text.isdecimal() or not 1 <= int(text) <= self._shown.board.count:
            self._say(
                f"There is no training job {text!r}: give a number from 1 to {self._shown.board.count}."
            )
            return
        await self._tell(int(text))

    async def _tell(self, number: int) -> None:
        lessons = self._shown.site.lessons
        found = await lessons.waiting_for(lessons.why, self._shown.board, number)
        if found is None:
            self._say(f"There is no training job {number}.")
            return
        self._say(found.sentence)
        if found.expectation is not None:
            self._draw(found.expectation)

    def _say(self, sentence: str) -> None:
        self._room.clear()
        self._sentence.set_content(f'<p role="status">{escape(sentence)}</p>')

    def _draw(self, found: Expectation) -> None:
        with self._room:
            chart = Chart("What was expected of it, beside its nearest neighbours", {}, "200px")
        chart.merge(why_chart(self._shown.board.job.objective, found))
