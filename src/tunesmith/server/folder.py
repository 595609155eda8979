"""The data folder of a server: where each thing is, and what works on it."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tunesmith.backends.local_process import LocalProcess, attempts
from tunesmith.backends.run_folder import RunFolder
from tunesmith.core.training_job import Handle, Script, Work
from tunesmith.core.tuning_job import TuningJob
from tunesmith.storage.transfer import Places
from tunesmith.store.store import Store
from tunesmith.training.source import frozen

DEFAULT_BUCKET = "tunesmith-default"
"""The bucket that `tunesmith env` makes SageMaker's SDKs use."""


@dataclass(frozen=True)
class Folder:
    """A data folder. Several processes may work on it at the same time."""

    path: Path  # absolute
    database: str | None = None  # the URL of a store elsewhere; None: an SQLite file in the folder
    s3_endpoint: str | None = None  # a real S3 or a compatible store; None: the one in the folder

    def create(self) -> None:
        """Make the folder; what is in it may hold secrets, so it is for its owner alone."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def objects(self) -> Path:
        """The buckets of the embedded S3."""
        return self.path / "s3"

    @property
    def keys(self) -> Path:
        """The access keys."""
        return self.path / "keys.json"

    @property
    def settings(self) -> Path:
        """The settings, if there are any."""
        return self.path / "settings.yaml"

    @property
    def places(self) -> Places:
        """Where s3:// is."""
        if self.s3_endpoint is not None:
            return Places(endpoint=self.s3_endpoint)
        return Places(objects=self.objects)

    def store(self) -> Store:
        """Open the store, which is created if there is none yet."""
        return Store(self.database or f"sqlite:///{self.path / 'tunesmith.db'}")

    def backend(self, cpus: int | None = None, gpus: tuple[str, ...] | None = None) -> LocalProcess:
        """Where training jobs run."""
        return LocalProcess(self.path, cpus=cpus, gpus=gpus, places=self.places)

    def freeze(self, job: TuningJob) -> TuningJob:
        """The same job with its script's source in a snapshot, which later changes do not touch. Raises ValueError."""
        return job.with_work(self._frozen)

    def _frozen(self, work: Work) -> Work:
        return frozen(work, self.path / "cache", self.places) if isinstance(work, Script) else work

    def discard(self, handle: Handle) -> None:
        """Remove what is kept of a training job that has ended, so that its name is free."""
        for each in attempts(handle):
            with suppress(FileNotFoundError):
                shutil.rmtree(RunFolder.of(self.path, each).path)
