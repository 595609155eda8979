"""The training jobs of a tuning job."""

from __future__ import annotations

from tunesmith.web.panels.panel import Tab
from tunesmith.web.panels.training_jobs_panel import TrainingJobsPanel


class JobTable(Tab):
    """The tab with all training jobs."""

    key = "training-jobs"

    def build(self) -> None:
        """Make room for the table."""
        self.panels = (TrainingJobsPanel(self._shown, self._address),)
