"""In which way each hyperparameter acts."""

from __future__ import annotations

from nicegui import ui

from tunesmith.web.charts.effect import effect_chart
from tunesmith.web.panels.panel import Shown, card, say, text
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views.axes import axis_of
from tunesmith.web.views.lessons import Known

_SENTENCE = "The metric along each hyperparameter, averaged over all others; the truth lies in the band with a probability of 90 %."


class EffectsPanel:
    """A small chart for each of the hyperparameters that matter the most."""

    def __init__(self, shown: Shown, definition: str | None) -> None:
        """Make room for them."""
        self._shown, self._definition = shown, definition
        with card("How they act", _SENTENCE, wide=True):
            self._sentence = text("Looking at the results …")
            self._grid = ui.element("div").classes("small-charts")

    async def learn(self, known: Known) -> None:
        """Draw them, the most important one first."""
        taught = known.lesson.of(self._definition)
        parameters = {
            each.name: each for each in self._shown.board.job.parts[self._definition].space.parameters
        }
        self._grid.clear()
        if not taught.lines:
            say(self._sentence, "Nothing to see yet: too few training jobs have a value.")
            return
        rest = len(parameters) - len(taught.lines)
        say(
            self._sentence,
            f"The most important first; {rest} that {'matters' if rest == 1 else 'matter'} less {'is' if rest == 1 else 'are'} left out."
            if rest
            else "The most important first.",
        )
        with self._grid:
            charts = [Chart(f"{taught.metric} along {each.name}", {}, "240px") for each in taught.lines]
        for chart, each in zip(charts, taught.lines, strict=True):
            chart.merge(effect_chart(each, axis_of(parameters[each.name]), taught.metric))
