"""The map of the objective over two hyperparameters."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from tunesmith.web.charts.contour import contour_chart
from tunesmith.web.panels.detail import OnNumber, number_clicked
from tunesmith.web.panels.panel import Shown, card, say, text
from tunesmith.web.panels.tab_address import TabAddress
from tunesmith.web.parts import fields
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views.contour import contour
from tunesmith.web.views.lesson import ParameterShare
from tunesmith.web.views.lessons import Known
from tunesmith.web.views.query_address import pair_asked, pair_parts

_SENTENCE = "What the results make expect over two hyperparameters, averaged over all others. The strong colour is good."


class ContourPanel:
    """The map as one visitor sees it."""

    def __init__(
        self, shown: Shown, address: TabAddress, definition: str | None, on_number: OnNumber
    ) -> None:
        """Make room for it; a space of one hyperparameter has none."""
        self._shown, self._address = shown, address
        self._definition, self._on_number = definition, on_number
        self._names = shown.board.job.parts[definition].space.names
        asked = pair_asked(address.given, self._names)
        self._pair = list(asked or self._names[:2])
        self._has_chosen = asked is not None
        with card("Two hyperparameters together", _SENTENCE, wide=True) as tools:
            self._tools = tools
            self._sentence = text(
                "Looking at the results …" if len(self._names) > 1 else "There is only one hyperparameter."
            )
            self._room = ui.element("div")

    async def learn(self, known: Known) -> None:
        """Draw the map, at first of the two that matter the most together."""
        if len(self._names) < 2:
            return
        shares = known.lesson.of(self._definition).shares
        if not self._has_chosen and shares is not None:
            self._pair = _strongest(shares.ranked, self._names)
        self._tools.clear()
        with self._tools:
            options = {name: name for name in self._names}
            fields.choice("Across", options, self._pair[0], partial(self._choose, 0))
            fields.choice("Up", options, self._pair[1], partial(self._choose, 1))
        await self._draw()

    async def _choose(self, place: int, name: str) -> None:
        self._pair[place] = name
        self._has_chosen = True
        self._address.keep(**pair_parts(*self._pair))
        await self._draw()

    async def _draw(self) -> None:
        first, second = self._pair
        if first == second:
            self._room.clear()
            say(self._sentence, "Choose two different hyperparameters.")
            return
        say(self._sentence, "Looking at the results …")
        lessons = self._shown.site.lessons
        found = await lessons.waiting_for(
            contour, lessons, self._shown.board, self._definition, first, second
        )
        if self._pair != [first, second]:
            return  # another one was chosen meanwhile, and draws itself
        self._room.clear()
        if found is None:
            say(self._sentence, "Nothing to see yet: too few training jobs have a value.")
            return
        say(self._sentence, f"The points are {len(found.points):,} training jobs.")
        with self._room:
            chart = Chart(f"{found.metric} over {first} and {second}", {}, "420px")
        chart.merge(contour_chart(found))
        number_clicked(chart, self._on_number, place=3)


def _strongest(ranked: tuple[ParameterShare, ...], names: tuple[str, ...]) -> list[str]:
    first = [share.name for share in ranked][:2]
    return [*first, *(name for name in names if name not in first)][:2]
