"""What the results teach: what matters, how, what is left to find, and how sure all that is."""

from __future__ import annotations

from html import escape

from nicegui import ui

from tunesmith.analysis.finding import Kind
from tunesmith.web import addresses
from tunesmith.web.panels.algorithm_choice import AlgorithmTab
from tunesmith.web.panels.algorithms_panel import AlgorithmsPanel
from tunesmith.web.panels.effects_panel import EffectsPanel
from tunesmith.web.panels.findings_panel import FindingsPanel
from tunesmith.web.panels.importance_panel import ImportancePanel
from tunesmith.web.panels.outlook_panel import OutlookPanel
from tunesmith.web.panels.panel import Panel, Student
from tunesmith.web.panels.why_panel import WhyPanel

_FORMATS = (("html", "HTML"), ("md", "Markdown"), ("json", "JSON"))
_KINDS = frozenset(Kind) - {Kind.SUGGESTION, Kind.OUTLOOK, Kind.CERTAINTY, Kind.ALGORITHMS}


class Understand(AlgorithmTab):
    """The tab of what was learned."""

    key = "understand"

    def build(self) -> None:
        """Offer the report, and make room for the rest."""
        links = "".join(
            f'<a class="button" href="{escape(addresses.report(self._shown.name, suffix))}" download>{label}</a>'
            for suffix, label in _FORMATS
        )
        ui.html(f'<span class="quiet">The report as a file</span>{links}', sanitize=False).classes("bar")
        super().build()

    def build_for(self, definition: str | None) -> None:
        """Make room for what was learned of an algorithm."""
        panels: tuple[Panel, ...] = ()
        students: tuple[Student, ...] = ()
        if definition is not None:
            compared = AlgorithmsPanel(self._shown)
            panels, students = (compared,), (compared,)
        findings = FindingsPanel(self._shown, "What was found", kinds=_KINDS, algorithm=definition)
        importance = ImportancePanel(self._shown, definition)
        effects = EffectsPanel(self._shown, definition)
        outlook = OutlookPanel(self._shown, definition)
        why = WhyPanel(self._shown)
        self.panels = panels
        self.students = (*students, findings, importance, effects, outlook, why)
