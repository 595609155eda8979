"""The composition root of the command line: which store, which backend, which controller."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tunesmith.backends.local_process import LocalProcess
    from tunesmith.backends.run_folder import RunFolder
    from tunesmith.cli.facts import Facts
    from tunesmith.control.controller import Controller
    from tunesmith.control.savings import Savings
    from tunesmith.control.service import Service
    from tunesmith.store.records import TrialRecord, TuningJobRecord
    from tunesmith.store.store import Store

DEFAULT_FOLDER = Path(".tunesmith")
FOLDER_VARIABLE = "TUNESMITH_DATA"


@dataclass(frozen=True)
class Session:
    """A data folder and what works on it; each part is made when it is first used."""

    folder: Path  # as the user gave it
    cpus: int | None = None  # how many of the machine's CPUs may be used; None: all
    gpus: tuple[str, ...] | None = None  # which GPUs may be used; None: all

    @cached_property
    def store(self) -> Store:
        """The store, which is created if the folder has none yet."""
        from tunesmith.store.store import Store  # noqa: PLC0415 - SQLAlchemy is heavy

        self.folder.mkdir(parents=True, exist_ok=True)
        return Store(f"sqlite:///{self._database}")

    @cached_property
    def backend(self) -> LocalProcess:
        """Where training jobs run."""
        from tunesmith.backends.local_process import LocalProcess  # noqa: PLC0415 - only some commands need it

        return LocalProcess(self.folder.absolute(), cpus=self.cpus, gpus=self.gpus)

    @cached_property
    def controller(self) -> Controller:
        """What drives tuning jobs."""
        from tunesmith.control.controller import Controller  # noqa: PLC0415 - loads numpy

        return Controller(self.store, self.backend)

    @cached_property
    def service(self) -> Service:
        """What people may ask of tuning jobs that others drive."""
        from tunesmith.control.service import Service  # noqa: PLC0415 - loads numpy

        return Service(self.store)

    def existing(self, name: str | None) -> TuningJobRecord:
        """The tuning job of a name, or the newest. Raises NotFound, or ClickException if there is none at all."""
        jobs = self.jobs() if name is None else []
        if name is None and jobs:
            return jobs[0]
        if name is None or not self._database.exists():
            raise click.ClickException(self.nothing_here())
        return self.store.tuning_job(name)

    def jobs(self) -> list[TuningJobRecord]:
        """All tuning jobs, the newest first; looking creates nothing."""
        return self.store.tuning_jobs() if self._database.exists() else []

    def nothing_here(self) -> str:
        """Say that there are no tuning jobs, and where they were looked for."""
        where = self.folder.absolute()
        return f"there are no tuning jobs in {where}; `tunesmith tune FILE.yaml` starts one, --data looks elsewhere"

    def run_folder(self, trial: TrialRecord) -> RunFolder:
        """The files of a training job."""
        from tunesmith.backends.run_folder import RunFolder  # noqa: PLC0415 - only some commands need it

        return RunFolder.of(self.folder, trial.handle or trial.name)

    def model(self, trial: TrialRecord) -> Path | None:
        """The archive of the model that a training job left, or None if it left none."""
        from tunesmith.training.layout import Layout  # noqa: PLC0415 - only some commands need it

        (_, archive), _ = Layout(self.run_folder(trial).base).archives
        return archive if archive.exists() else None

    def facts(self, record: TuningJobRecord) -> Facts:
        """What there is to know of a tuning job, for JSON."""
        from tunesmith.cli.facts import job_facts  # noqa: PLC0415 - loads numpy
        from tunesmith.control.comparison import compare  # noqa: PLC0415 - as above
        from tunesmith.control.recommendation import recommended  # noqa: PLC0415 - as above

        name = record.job.name
        trials = self.store.trials(name)
        to_use, saved = recommended(record.job, trials), self.savings(record, trials)
        counts, best, compared = (
            self.store.counts(name),
            self.store.best_trial(name),
            compare(record.job, trials),
        )
        return job_facts(record, counts, best, to_use, saved, compared, self.spent(record, trials))

    def spent(self, record: TuningJobRecord, trials: list[TrialRecord]) -> float | None:
        """What a tuning job has cost so far, if that is known."""
        from tunesmith.control.budget import spent_until  # noqa: PLC0415 - loads numpy
        from tunesmith.control.clock import utc_now  # noqa: PLC0415 - as above

        return None if record.job.price is None else spent_until(record.job, trials, utc_now())

    def savings(self, record: TuningJobRecord, trials: list[TrialRecord]) -> Savings | None:
        """What early stopping has saved of the training jobs of a tuning job, if it has stopped any."""
        from tunesmith.control.objective_points import objective_points  # noqa: PLC0415 - loads numpy
        from tunesmith.control.savings import is_early, savings  # noqa: PLC0415 - as above

        if not any(map(is_early, trials)):
            return None  # the reports need not be read
        points = objective_points(self.store, record.job, trials)
        return savings(trials, Counter(point.trial for point in points))

    def command(self, *words: str) -> str:
        """A command line for the user to type, which works on the same data folder."""
        usual = Path(os.environ.get(FOLDER_VARIABLE, DEFAULT_FOLDER))
        data = [] if self.folder == usual else ["--data", str(self.folder)]
        return shlex.join(["tunesmith", *words, *data])

    @property
    def _database(self) -> Path:
        return self.folder.absolute() / "tunesmith.db"
