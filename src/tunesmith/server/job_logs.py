"""Where the output of training jobs is found: in the run folders of the local backend."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tunesmith.api.log_events import LogFile
from tunesmith.backends.run_folder import RunFolder
from tunesmith.store.errors import NotFound
from tunesmith.store.store import Store


@dataclass(frozen=True)
class RunFolderLogs:
    """The logs of the training jobs of a store whose backend works in a folder."""

    store: Store
    root: Path

    def find(self, job: str) -> LogFile | None:
        """The output of a training job; None if there is no such job, or if it has not begun to run."""
        try:
            trial = self.store.training_job(job).trial
        except NotFound:
            return None
        if trial.first_started_at is None:
            return None
        path = RunFolder.of(self.root, trial.handle or trial.name).log
        return LogFile(trial.name, path, trial.first_started_at, complete=trial.state.is_final)
