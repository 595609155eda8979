"""Looking for oneself: all hyperparameters at once, one by one, and two together."""

from __future__ import annotations

from nicegui import ui

from tunesmith.web.panels.algorithm_choice import AlgorithmTab
from tunesmith.web.panels.contour_panel import ContourPanel
from tunesmith.web.panels.detail import DetailPanel
from tunesmith.web.panels.parallel_panel import Brush, ParallelPanel
from tunesmith.web.panels.slices_panel import SlicesPanel
from tunesmith.web.panels.training_jobs_panel import TrainingJobsPanel
from tunesmith.web.views.training_jobs import TrainingJobs

_ROWS = 12  # of the table


class Explore(AlgorithmTab):
    """The tab with the charts to choose in, and the table of what was chosen."""

    def build_for(self, definition: str | None) -> None:
        """Make room for the charts of an algorithm."""
        detail = DetailPanel(self._shown, self._lessons)

        async def found(jobs: TrainingJobs) -> None:
            is_part = jobs.found < jobs.total
            await self._parallel.only(jobs.numbers if is_part else None)

        self._parallel = ParallelPanel(self._shown, definition, self._brushed, detail.show)
        with ui.element("section").classes("card panel wide"):
            ui.html("Training jobs", tag="h2", sanitize=False)
            self._table = TrainingJobsPanel(self._shown, found, definition, limit=_ROWS)
        slices = SlicesPanel(self._shown, definition, detail.show)
        contour = ContourPanel(self._shown, self._lessons, definition, detail.show)
        self.panels = (self._parallel, self._table, slices)
        self.students = (contour,)

    async def _brushed(self, brush: Brush) -> None:
        await self._table.choose(brush)
