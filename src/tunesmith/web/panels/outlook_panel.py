"""What more training jobs would bring, and how sure the best is the best."""

from __future__ import annotations

from html import escape

from nicegui import ui

from tunesmith.analysis.finding import Finding
from tunesmith.analysis.words import chance as chance_in_words
from tunesmith.web.charts.outlook import outlook_chart
from tunesmith.web.panels.findings_panel import finding_html
from tunesmith.web.panels.panel import Shown, card
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views.lesson import Sureness
from tunesmith.web.views.lessons import Known

_WAIT = '<p class="quiet">Looking at the results …</p>'
_NOTHING = '<p class="quiet">Nothing to say yet: too few training jobs have a value.</p>'


class OutlookPanel:
    """Two cards: what is left to find, and what is found."""

    def __init__(self, shown: Shown, definition: str | None) -> None:
        """Make room for both."""
        self._shown, self._definition = shown, definition
        with ui.element("div").classes("grid"):
            with card("What more training jobs would bring"):
                self._outlook = ui.html(_WAIT, sanitize=False)
                self._room = ui.element("div")
            with card("How sure the best is the best"):
                self._certainty = ui.html(_WAIT, sanitize=False)
                self._meters = ui.html("", sanitize=False)

    async def learn(self, known: Known) -> None:
        """Show both."""
        taught = known.lesson.of(self._definition)
        self._outlook.set_content(_said(taught.outlook))
        self._room.clear()
        if taught.future is not None and taught.future.improvement:
            with self._room:
                chart = Chart("The best value after more training jobs", {}, "260px")
            objective = self._shown.board.job.parts[self._definition].objective
            chart.merge(outlook_chart(objective, taught.future))
        self._certainty.set_content(_said(taught.certainty))
        self._meters.set_content("" if taught.sureness is None else _chances(taught.sureness))


def _said(finding: Finding | None) -> str:
    return _NOTHING if finding is None else f'<ul class="findings">{finding_html(finding)}</ul>'


def _chances(sureness: Sureness) -> str:
    """The probabilities as bars."""
    rows = (
        ("best of all that were tried", "is_best"),
        ("better than the next best", "better_than_runner_up"),
        ("better than the first", "better_than_first"),
    )
    known = [(label, getattr(sureness, field)) for label, field in rows]
    bars = "".join(
        f'<div class="figure"><span class="quiet">{escape(label)}</span><b class="number">{chance_in_words(chance)}</b>'
        f'<span class="meter" aria-hidden="true"><span style="width: {chance:.0%}"></span></span></div>'
        for label, chance in known
        if chance is not None
    )
    return f'<div class="strip">{bars}</div>' if bars else ""
