"""`Tuner`: tune a training script or any command from Python, as `tunesmith tune` does from the shell."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path

from tunesmith.backends.local_process import LocalProcess
from tunesmith.backends.slots import usable_cpus
from tunesmith.control.clock import utc_now
from tunesmith.control.plan import Pause
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Config, Value
from tunesmith.core.training_job import Command, Resources, Script
from tunesmith.core.tuning_job import MetricPattern, Transfer, TuningJob
from tunesmith.sdk.arguments import (
    checkpoints_of,
    completion_of,
    configs_of,
    draw_seed,
    fresh_name,
    plain,
    resource_of,
    warm_start_of,
)
from tunesmith.sdk.chosen import SpaceLike, searched
from tunesmith.sdk.drive import Drive
from tunesmith.sdk.progress_lines import Watch, watch_of
from tunesmith.sdk.result import Result
from tunesmith.store.store import Store
from tunesmith.training.layout import check_channels
from tunesmith.training.source import frozen


@dataclass(frozen=True)
class Tuner:
    """Finds good hyperparameters for a training script or command, each run a process of its own.

    Give one of `script` (a Python file, alone or inside the folder or tarball `source`) and `command` (a list, in
    which `{name}` stands for a hyperparameter). The training jobs outlive this process: `run` again with the
    same `name` and `directory` goes on where it was, and so does `tunesmith resume` in the shell. A Ctrl-C stops
    the running training jobs, a second one leaves them alone.
    """

    script: str | os.PathLike[str] | None = None
    _: KW_ONLY
    space: SpaceLike  # or example values by name, by which ranges are chosen
    objective: str  # the metric to optimise
    goal: str = "Maximize"  # or "Minimize"
    metrics: Mapping[str, str] = field(default_factory=dict)  # name -> regular expression with one group
    trials: int | None = None  # training jobs in all, failed ones included
    parallel: int = 1
    strategy: str | None = None  # "Bayesian", or with example values the one that fits
    seed: int | None = None
    source: str | os.PathLike[str] | None = None
    command: Sequence[str] | None = None
    name: str | None = None  # of the tuning job; one that exists is gone on with
    hyperparameters: Mapping[str, Value] = field(default_factory=dict)  # the same in every training job
    channels: Mapping[str, str | os.PathLike[str]] = field(default_factory=dict)  # channel -> its data
    checkpoints: str | os.PathLike[str] | None = None  # where they are kept: a folder or s3://
    environment: Mapping[str, str] = field(default_factory=dict)
    cpus: int | None = None  # of one training job; by default, all there are shared by the parallel ones
    gpus: int = 0  # of one training job
    initial: Sequence[Config] = ()  # configurations to try first
    seconds: float | None = None  # when to end at the latest, from the creation on
    max_seconds: float | None = None  # run time of one training job
    grace_seconds: float = 120.0  # from SIGTERM to SIGKILL
    budget: float | None = None  # money for all training jobs, by the price: it is never overrun
    price: Price | None = None  # of CPUs and GPUs
    retries: int = 0  # times that a training job is started again which the machine has lost
    wait_seconds: float | None = None  # of training jobs that may be interrupted: their time in all
    isolation: str = "none"  # or "bubblewrap"
    parents: Sequence[str] = ()  # names of earlier tuning jobs in the same directory to learn from
    transfer: str = Transfer.RELATED  # or "IdenticalDataAndAlgorithm": see `minimize`
    stopping: str | None = None  # the rule that gives up hopeless training jobs: "median" or "gain"
    target: float | None = None  # a value that is good enough: it ends the tuning job
    not_improving: int | None = (
        None  # so many training jobs in a row without an improvement by more than 1 % do, too
    )
    converged: bool = False  # whether it ends when such an improvement has become unlikely
    resource: tuple[int, int] | None = (
        None  # of Hyperband: a training job's reports, at the least and at the most
    )
    pause: bool = (
        False  # whether those that fall behind are paused, to go on later perhaps; needs checkpoints
    )
    directory: str | os.PathLike[str] = ".tunesmith"  # where everything is kept

    def run(self, progress: bool | Watch = False) -> Result:
        """Run the tuning job, or go on with it, and return what it has found.

        Args:
            progress: True to print each new best, or a function to call with each `Progress`.

        Raises:
            ValueError: A field is wrong, or does not agree with the stored tuning job of this name.
            TuningError: The tuning job has ended and no training job has a value.
            TuningInterrupted: Ctrl-C was pressed.
            StoreError: Another process is driving this tuning job.
        """
        job, root = self._job(), Path(self.directory).absolute()
        root.mkdir(parents=True, exist_ok=True)
        backend = LocalProcess(root)
        if isinstance(job.work, Script):
            job = replace(job, work=frozen(job.work, backend.cache))
        with Store(f"sqlite:///{root / 'tunesmith.db'}") as store:
            drive = Drive(job, store, backend)
            given = {"seed": self.seed, "resources": self.cpus}
            drive.prepare(left_open=[name for name, value in given.items() if value is None])
            try:
                return drive.run(watch_of(progress))
            except KeyboardInterrupt:
                _stop_running(drive)
                how = f"To go on, run a Tuner with the same fields and name={job.name!r}."
                raise drive.interrupted(how) from None

    def _job(self) -> TuningJob:
        now, work, found = utc_now(), self._work(), searched(self.space)
        limits = found.limits(self.trials, self.parallel, self.seconds, self.budget)
        stem = Path(work.entry if isinstance(work, Script) else work.arguments[0]).stem
        return TuningJob(
            name=fresh_name(stem, now) if self.name is None else self.name,
            work=work,
            space=found.space,
            objective=Objective(self.objective, self._goal()),
            limits=limits,
            price=self.price,
            strategy=found.strategy(self.strategy, limits),
            seed=draw_seed() if self.seed is None else plain(self.seed),
            metrics=tuple(MetricPattern(name, regex) for name, regex in self.metrics.items()),
            initial=configs_of(self.initial),
            hyperparameters={
                **found.fixed,
                **{name: plain(value) for name, value in self.hyperparameters.items()},
            },
            channels=self._channels(),
            checkpoints=checkpoints_of(self.checkpoints),
            environment={name: str(value) for name, value in self.environment.items()},  # also of a number
            resources=Resources(self._cpus(), self.gpus),
            max_seconds=plain(self.max_seconds),
            grace_seconds=plain(self.grace_seconds),
            retries=plain(self.retries),
            max_wait_seconds=plain(self.wait_seconds),
            isolation=self.isolation,
            **warm_start_of(self.parents, self.transfer),
            stopping=found.stopping(self.stopping, is_staged=self.resource is not None),
            completion=completion_of(self.target, self.not_improving, self.converged),
            resource=resource_of(self.resource, pause=self.pause),
            created_at=now,
        )

    def _work(self) -> Script | Command:
        if (self.script is None) == (self.command is None):
            msg = "give either script or command to a Tuner"
            raise ValueError(msg)
        if self.script is not None:
            return _script(Path(self.script), None if self.source is None else Path(self.source))
        if isinstance(self.command, str):
            msg = f"command: must be a list of a program and its arguments, got the text {self.command!r}"
            raise TypeError(msg)
        if not self.command:
            msg = "command: it is empty"
            raise ValueError(msg)
        if self.source is not None:
            msg = "source: it is the folder of a script; a command runs in the current folder"
            raise ValueError(msg)
        return Command(tuple(self.command), directory=str(Path.cwd()))

    def _channels(self) -> dict[str, str]:
        paths = check_channels({name: os.fspath(path) for name, path in self.channels.items()})
        return {name: str(path) for name, path in paths.items()}

    def _cpus(self) -> int:
        return max(1, usable_cpus() // self.parallel) if self.cpus is None else self.cpus

    def _goal(self) -> Goal:
        if self.goal not in set(Goal):
            msg = f"goal: must be Maximize or Minimize, got {self.goal!r}"
            raise ValueError(msg)
        return Goal(self.goal)


def _script(script: Path, source: Path | None) -> Script:
    if source is None:
        source, script = script.absolute().parent, Path(script.name)
    if not source.exists():
        msg = f"source: there is no folder or tarball {source}"
        raise ValueError(msg)
    if source.is_dir() and not (source / script).is_file():
        msg = f"script: there is no file {script} in {source}"
        raise ValueError(msg)
    return Script(str(source.absolute()), str(script))


def _stop_running(drive: Drive) -> None:
    """Stop the training jobs that run; another Ctrl-C leaves them to themselves."""
    message = "Stopping the training jobs that run; press Ctrl-C again to leave them running."
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - somebody is at the keys
    with suppress(KeyboardInterrupt):
        drive.controller.run(drive.job.name, pause=lambda: Pause.STOP)
