"""How a tuning job goes, at a glance."""

from __future__ import annotations

from nicegui import ui

from tunesmith.analysis.finding import Kind
from tunesmith.web.panels.best_panel import BestPanel
from tunesmith.web.panels.curves_panel import CurvesPanel
from tunesmith.web.panels.detail import DetailPanel
from tunesmith.web.panels.findings_panel import FindingsPanel
from tunesmith.web.panels.history_panel import HistoryPanel
from tunesmith.web.panels.panel import Tab
from tunesmith.web.panels.timeline_panel import TimelinePanel

_MOST = 5  # findings
_KINDS = frozenset(Kind) - {Kind.SUGGESTION}


class Overview(Tab):
    """The first tab."""

    def build(self) -> None:
        """Make room for the charts and the sentences."""
        detail = DetailPanel(self._shown)
        history = HistoryPanel(self._shown, self._address, detail.show)
        with ui.element("div").classes("grid"):
            best = BestPanel(self._shown)
            findings = FindingsPanel(self._shown, kinds=_KINDS, most=_MOST)
        curves = CurvesPanel(self._shown, detail.show)
        timeline = TimelinePanel(self._shown, detail.show)
        self.panels = (history, best, curves, timeline)
        self.students = (best, findings, history)
