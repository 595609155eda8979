"""What was found, in plain sentences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

from nicegui import ui

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.web import addresses
from tunesmith.web.panels.panel import Shown, card
from tunesmith.web.views import words
from tunesmith.web.views.lessons import Known

_TONES = {
    Severity.ALARM: ("bad", "Change this"),
    Severity.NOTE: ("warn", "Note"),
    Severity.FINE: ("good", "Fine"),
}
_FEWEST = 5  # training jobs, before which there is nothing to say


class FindingsPanel:
    """The sentences as one visitor sees them."""

    def __init__(
        self,
        shown: Shown,
        title: str = "Findings",
        *,
        kinds: Collection[Kind] | None = None,
        algorithm: str | None = None,
        most: int = 99,
    ) -> None:
        """Make room for findings of some kinds, or of all, at most so many; of several algorithms, about one or the best."""
        self._shown, self._kinds, self._algorithm, self._most = shown, kinds, algorithm, most
        with card(title):
            self._content = ui.html(
                '<p class="quiet" role="status">Looking at the results …</p>', sanitize=False
            )

    async def learn(self, known: Known) -> None:
        """Show the findings."""
        about = {None, self._algorithm or known.lesson.ahead}
        found = [
            each
            for each in known.lesson.findings
            if each.algorithm in about and (self._kinds is None or each.kind in self._kinds)
        ]
        self._content.set_content(_list(found, self._most, known, self._shown.name))


def _list(findings: Sequence[Finding], most: int, known: Known, name: str) -> str:
    if known.ended < _FEWEST and not findings:
        return '<p class="quiet">Nothing yet: too few training jobs have ended.</p>'
    items = "".join(finding_html(each) for each in findings[:most])
    more = len(findings) - most
    rest = (
        f'<a href="{addresses.tuning_job(name, "understand")}">{words.count(more, "more finding")}</a>'
        if more > 0
        else ""
    )
    of = f"From {words.count(known.ended, 'training job')} that ended."
    if known.analysed < known.ended:
        of = f"From {known.analysed:,} of {words.count(known.ended, 'training job')} that ended."
    return f'<ul class="findings">{items}</ul><p class="note">{of} {rest}</p>'


def finding_html(finding: Finding) -> str:
    """A finding with what to do."""
    tone, label = _TONES[finding.severity]
    of = "" if finding.algorithm is None else f"<b>{escape(finding.algorithm)}</b>: "
    advice = f'<p class="advice">{escape(finding.advice)}</p>' if finding.advice else ""
    return f'<li><span class="tag {tone}">{label}</span><div><p>{of}{escape(finding.sentence)}</p>{advice}</div></li>'
