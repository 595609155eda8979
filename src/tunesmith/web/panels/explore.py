"""Looking for oneself: all hyperparameters at once, one by one, and two together."""

from __future__ import annotations

from nicegui import ui

from tunesmith.web.panels.algorithm_choice import AlgorithmTab
from tunesmith.web.panels.contour_panel import ContourPanel
from tunesmith.web.panels.detail import DetailPanel
from tunesmith.web.panels.parallel_panel import ParallelPanel
from tunesmith.web.panels.slices_panel import SlicesPanel
from tunesmith.web.panels.training_jobs_panel import TrainingJobsPanel
from tunesmith.web.views.board import Rows
from tunesmith.web.views.query_address import Brush

_ROWS = 12  # of the table


class Explore(AlgorithmTab):
    """The tab with the charts to choose in, and the table of what was chosen."""

    key = "explore"

    def build_for(self, definition: str | None) -> None:
        """Make room for the charts of an algorithm."""
        detail = DetailPanel(self._shown)

        async def brushed(brush: Brush) -> None:
            await table.choose(brush)

        async def filtered(numbers: Rows | None) -> None:
            await parallel.only(numbers)

        parallel = ParallelPanel(self._shown, definition, brushed, detail.show)
        with ui.element("section").classes("card panel wide"):
            ui.html("Training jobs", tag="h2", sanitize=False)
            table = TrainingJobsPanel(self._shown, self._address, filtered, definition, limit=_ROWS)
        parallel.begin_with(table.brush)
        slices = SlicesPanel(self._shown, definition, detail.show)
        contour = ContourPanel(self._shown, self._address, definition, detail.show)
        self.panels = (parallel, table, slices)
        self.students = (contour,)
