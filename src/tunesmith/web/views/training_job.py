"""One training job: how it stands, what it was run with, and what has happened to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tunesmith.api.responses.transitions import transitions
from tunesmith.control.budget import rate
from tunesmith.control.service import Service
from tunesmith.control.work_in_words import what_runs
from tunesmith.core.space import Config, Continuous, Integer, Parameter, Value
from tunesmith.core.training_job import Ending
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob, TuningStatus
from tunesmith.store.errors import NotFound
from tunesmith.store.records import TrainingJobRecord, TrialRecord
from tunesmith.store.store import Store
from tunesmith.web.views import words
from tunesmith.web.views.ranges import range_in_words


@dataclass(frozen=True)
class Setting:
    """A hyperparameter beside that of the best training job."""

    name: str
    value: str
    best: str | None  # None if there is nothing to compare with
    span: str  # between which values it is tuned; empty if it is fixed
    place: float | None  # of the value in its range, 0 to 1

    @property
    def differs(self) -> bool:
        """Whether the best training job has another value."""
        return self.best is not None and self.best != self.value


@dataclass(frozen=True)
class Stage:
    """A step of its life, in SageMaker's words."""

    status: str
    message: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class Run:
    """An attempt to run it."""

    number: int
    start: datetime | None
    end: datetime | None
    outcome: str  # why it ended, in words


@dataclass(frozen=True, kw_only=True)
class TrainingJobView:
    """What the page tells."""

    record: TrainingJobRecord
    metric: str | None  # the objective; None for one by itself
    settings: tuple[Setting, ...]
    best: TrialRecord | None  # of the tuning job, if it is another one of the same algorithm
    is_best: bool
    stages: tuple[Stage, ...]
    runs: tuple[Run, ...]  # only if there were several
    facts: tuple[tuple[str, str], ...]
    earlier: str | None  # names of its neighbours in the tuning job
    later: str | None

    @property
    def trial(self) -> TrialRecord:
        """The training job."""
        return self.record.trial

    @property
    def tuning_job(self) -> str | None:
        """The name of the tuning job that it belongs to, if that is still there."""
        tuning = self.record.tuning
        return None if tuning.job.alone or tuning.former_name is not None else tuning.job.name

    @property
    def can_stop(self) -> bool:
        """Whether it can be asked to stop."""
        return not self.trial.state.is_final and self.trial.state is not TrialState.STOPPING

    @property
    def can_repeat(self) -> bool:
        """Whether its tuning job can try the same configuration again."""
        return self.tuning_job is not None and self.record.tuning.status is TuningStatus.IN_PROGRESS

    @property
    def configuration(self) -> str:
        """All hyperparameters as JSON."""
        return json.dumps(_all_settings(self.record), indent=2)


def training_job_view(store: Store, name: str) -> TrainingJobView:
    """Read a training job. Raises NotFound."""
    record = store.training_job(name)
    tuning, trial = record.tuning, record.trial
    best = None if tuning.job.alone else store.best_trial(tuning.job.name)
    is_best = best is not None and best.number == trial.number
    if best is not None and (is_best or best.definition != trial.definition):
        best = None
    part = tuning.job.parts[trial.definition]
    return TrainingJobView(
        record=record,
        metric=None if tuning.job.alone else part.objective.metric,
        settings=tuple(_settings(part, record, best)),
        best=best,
        is_best=is_best,
        stages=tuple(_stages(trial)),
        runs=tuple(_runs(trial)) if trial.earlier else (),
        facts=tuple(_facts(part, trial)),
        earlier=_neighbour(store, record, -1),
        later=_neighbour(store, record, 1),
    )


def repeat(service: Service, view: TrainingJobView, by: str | None) -> None:
    """Have the tuning job try the configuration again; raises as `Service.suggest` does."""
    trial = view.trial
    service.suggest(view.record.tuning.job.name, trial.config, trial.definition, by=by)


def _neighbour(store: Store, record: TrainingJobRecord, step: int) -> str | None:
    try:
        return store.trial(record.tuning.job.name, record.trial.number + step).name
    except NotFound:
        return None


def _all_settings(record: TrainingJobRecord) -> Config:
    """The tuned hyperparameters, if there are some, and then the fixed ones."""
    part = record.tuning.job.parts[record.trial.definition]
    return {**record.trial.config, **part.hyperparameters}


def _settings(part: TuningJob, record: TrainingJobRecord, best: TrialRecord | None) -> Iterator[Setting]:
    parameters = {each.name: each for each in part.space.parameters}
    for name, value in _all_settings(record).items():
        parameter = parameters.get(name) if name in record.trial.config else None
        other = None if best is None else value if parameter is None else best.config.get(name)
        yield Setting(
            name,
            words.setting(value),
            None if other is None else words.setting(other),
            "" if parameter is None else range_in_words(parameter),
            _place(parameter, value),
        )


def _place(parameter: Parameter | None, value: Value) -> float | None:
    if isinstance(parameter, Continuous | Integer):
        return float(parameter.to_unit([value])[0])
    return None


def _stages(trial: TrialRecord) -> Iterator[Stage]:
    for each in transitions(trial):
        yield Stage(each["Status"], each["StatusMessage"], each["StartTime"], each.get("EndTime"))


def _runs(trial: TrialRecord) -> Iterator[Run]:
    for number, run in enumerate(trial.earlier, 1):
        yield Run(
            number, run.started_at, run.ended_at, run.reason or _ENDINGS.get(run.ending, run.ending.value)
        )
    outcome = "it is paused" if trial.state is TrialState.PAUSED else words.state(trial.state)
    yield Run(trial.attempt, trial.started_at, trial.ended_at, outcome)


_ENDINGS = {
    Ending.LOST: "it was lost by no fault of its own",
    Ending.INTERRUPTED: "it was interrupted from outside",
    Ending.PAUSED: "it was paused",
}


def _facts(part: TuningJob, trial: TrialRecord) -> Iterator[tuple[str, str]]:
    if trial.definition is not None:
        yield "Algorithm", trial.definition
    yield "Runs", what_runs(part.work)
    slots = words.count(part.resources.cpus, "CPU")
    if part.resources.gpus:
        slots += f", {words.count(part.resources.gpus, 'GPU')}"
    yield "Resources", slots
    longest = part.max_seconds if trial.max_seconds is None else trial.max_seconds
    if longest is not None:
        yield "Longest run time", words.duration(longest)
    if part.price is not None and trial.run_seconds:
        yield "Cost", part.price.show(rate(part) * trial.run_seconds)
    if part.channels:
        located = {name: c if isinstance(c, str) else c.location for name, c in part.channels.items()}
        yield from ((f"Channel {name}", location) for name, location in located.items())
    yield "Created", words.moment(trial.created_at)
    if trial.exit_code is not None:
        yield "Exit code", str(trial.exit_code)
    if trial.suggestion is not None:
        yield "Suggested", "by hand"
