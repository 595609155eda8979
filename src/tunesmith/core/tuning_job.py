"""A tuning job: what to run, what to vary, what to optimise, and when to end."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from tunesmith.core.objective import Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Config, Space, Value
from tunesmith.core.training_job import Channel, Resources, Work

MOST_REPORTS = 20_000
"""Reports that a trial may be given at the most, as in SageMaker."""

MOST_DEFINITIONS = 10
"""Definitions that a tuning job may have at the most, as in SageMaker."""

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}")
_DEFINITION_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}")


class TuningStatus(StrEnum):
    """Where a tuning job is. The last three are final."""

    IN_PROGRESS = "InProgress"
    STOPPING = "Stopping"
    COMPLETED = "Completed"
    STOPPED = "Stopped"
    FAILED = "Failed"

    @property
    def is_final(self) -> bool:
        """Whether the tuning job has ended."""
        return self in _FINAL


_FINAL = frozenset({TuningStatus.COMPLETED, TuningStatus.STOPPED, TuningStatus.FAILED})


@dataclass(frozen=True)
class MetricPattern:
    """A metric read from a training job's output: the first group of the regular expression is its value."""

    name: str
    regex: str


@dataclass(frozen=True)
class Limits:
    """When a tuning job ends at the latest. At least one of `trials`, `seconds` and `budget` bounds it."""

    trials: int | None = None  # training jobs in all, failed ones included
    parallel: int = 1  # training jobs at a time
    seconds: float | None = None  # wall clock from the tuning job's creation
    budget: float | None = None  # money for all training jobs together, by the tuning job's price

    def __post_init__(self) -> None:
        if self.trials is None and self.seconds is None and self.budget is None:
            msg = "limits: give trials, seconds or both, or a budget, or the tuning job would never end"
            raise ValueError(msg)
        for name, value in (("trials", self.trials), ("parallel", self.parallel)):
            if value is not None and (value < 1 or value != int(value)):
                msg = f"limits: {name} must be a whole number >= 1, got {value!r}"
                raise ValueError(msg)
        for name, amount in (("seconds", self.seconds), ("budget", self.budget)):
            if amount is not None and not (amount > 0 and math.isfinite(amount)):
                msg = f"limits: {name} must be a number > 0, got {amount!r}"
                raise ValueError(msg)


@dataclass(frozen=True)
class Completion:
    """What ends a tuning job before its limits do."""

    target: float | None = None  # a value of the objective, in its units, that is good enough
    not_improving: int | None = None  # finished training jobs since the best was improved by more than 1 %
    converged: bool = False  # when an improvement by more than 1 % has become unlikely
    since: int = 0  # all of it is measured anew from so many ended trials on: it had ended, and goes on

    def __post_init__(self) -> None:
        if self.target is not None and not math.isfinite(self.target):
            msg = f"completion: target must be a finite number, got {self.target!r}"
            raise ValueError(msg)
        if self.not_improving is not None and self.not_improving < 3:
            msg = f"completion: not_improving must be a whole number >= 3, got {self.not_improving!r}"
            raise ValueError(msg)


@dataclass(frozen=True)
class ReportRange:
    """How many reports of the objective a trial may make: what Hyperband hands out. SageMaker's Min/MaxResource."""

    most: int  # a trial is stopped when it has made so many
    least: int = 1  # no trial is stopped before
    pause: bool = False  # whether those that fall behind are paused, to go on later perhaps, and not stopped

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most <= MOST_REPORTS:
            msg = (
                f"resource: must be whole numbers with 1 <= least <= most <= {MOST_REPORTS}, "
                f"got least={self.least}, most={self.most}"
            )
            raise ValueError(msg)


class Transfer(StrEnum):
    """What a tuning job has in common with its parents."""

    IDENTICAL = "IdenticalDataAndAlgorithm"
    RELATED = "TransferLearning"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One of several algorithms that a tuning job compares; each field is as the `TuningJob`'s of its name."""

    name: str  # of the algorithm
    work: Work
    space: Space
    objective: Objective
    metrics: tuple[MetricPattern, ...] = ()
    initial: tuple[Config, ...] = ()
    hyperparameters: Mapping[str, Value] = field(default_factory=dict)
    channels: Mapping[str, str | Channel] = field(default_factory=dict)
    output: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    resources: Resources = Resources()
    max_seconds: float | None = None
    resource: ReportRange | None = None
    retries: int = 0
    max_wait_seconds: float | None = None
    checkpoints: str | None = None

    def __post_init__(self) -> None:
        if not _DEFINITION_NAME.fullmatch(self.name):
            msg = f"definitions: the name {self.name!r} must be 1 to 64 letters, digits and inner hyphens"
            raise ValueError(msg)

    @property
    def shared(self) -> dict[str, Any]:
        """The fields that a tuning job has, too."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "name"}


@dataclass(frozen=True, kw_only=True)
class TuningJob:
    """The description of a tuning job. It never changes; what happens to it is in the store."""

    name: str
    work: Work
    space: Space
    objective: Objective
    limits: Limits
    price: Price | None = None  # of the slots; goes with a budget, and is of use without one
    strategy: str = "Bayesian"
    seed: int = 0
    metrics: tuple[MetricPattern, ...] = ()
    initial: tuple[Config, ...] = ()  # configurations to try first
    hyperparameters: Mapping[str, Value] = field(default_factory=dict)  # the same for every training job
    channels: Mapping[str, str | Channel] = field(default_factory=dict)
    output: str | None = None  # where the training jobs' artifacts are delivered; see `TrainingJob.output`
    environment: Mapping[str, str] = field(default_factory=dict)
    resources: Resources = Resources()
    max_seconds: float | None = None  # run time of one training job
    grace_seconds: float = 120.0
    isolation: str = "none"
    stopping: str | None = None  # the rule that gives up hopeless training jobs; None: none is given up
    completion: Completion = Completion()
    resource: ReportRange | None = None  # of strategies that hand out reports, such as Hyperband
    parents: tuple[str, ...] = ()  # names of earlier tuning jobs to learn from
    transfer: Transfer | None = None  # goes with parents
    retries: int = 0  # times that a training job is started again when it was lost by no fault of its own
    max_wait_seconds: float | None = None  # of training jobs that may be interrupted: their time in all
    checkpoints: str | None = None  # where each training job's checkpoints are kept, in a folder of its name
    alone: bool = False  # it stands for one training job that somebody asked for, and has nothing to search
    definitions: tuple[
        Definition, ...
    ] = ()  # if it compares algorithms; the first is repeated in the fields above
    created_at: datetime

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            msg = f"name: {self.name!r} must be 1 to 32 letters, digits and inner hyphens"
            raise ValueError(msg)
        if bool(self.parents) != (self.transfer is not None):
            msg = f"transfer: goes with parents; got {self.transfer!r} with {len(self.parents)} parents"
            raise ValueError(msg)
        if self.limits.budget is not None and self.price is None:
            msg = f"price: must be known to keep the budget of {self.limits.budget:g}"
            raise ValueError(msg)
        if self.retries < 0:
            msg = f"retries: must be >= 0, got {self.retries}"
            raise ValueError(msg)
        if self.seed < 0:
            msg = f"seed: must be >= 0, got {self.seed}"
            raise ValueError(msg)
        both = sorted(set(self.space.names) & set(self.hyperparameters))
        if both:
            msg = f"hyperparameters: {', '.join(both)} cannot be both tuned and fixed"
            raise ValueError(msg)
        for name in ("max_seconds", "grace_seconds", "max_wait_seconds"):
            value = getattr(self, name)
            if value is not None and not (value >= 0 and math.isfinite(value)):
                msg = f"{name}: must be a number >= 0, got {value!r}"
                raise ValueError(msg)
        object.__setattr__(self, "initial", tuple(self._initial()))
        self._check_definitions()

    @classmethod
    def comparing(cls, definitions: tuple[Definition, ...], **others: Any) -> TuningJob:
        """Make a tuning job of at least one definition; `others` are the fields that a definition has not."""
        return cls(definitions=definitions, **definitions[0].shared, **others)

    @cached_property
    def parts(self) -> Mapping[str | None, TuningJob]:
        """This tuning job as the training jobs of each definition see it; itself under None if it has no definitions.

        Each part searches with a seed of its own.
        """
        if not self.definitions:
            return {None: self}
        return {each.name: self._part(index, each) for index, each in enumerate(self.definitions)}

    def _part(self, index: int, definition: Definition) -> TuningJob:
        try:
            return replace(self, definitions=(), seed=self.seed + index, **definition.shared)
        except ValueError as error:
            msg = f"definitions: {definition.name}: {error}"
            raise ValueError(msg) from error

    @property
    def tuned(self) -> tuple[str, ...]:
        """The names of the hyperparameters that are tuned, by whichever definition."""
        return tuple(dict.fromkeys(name for part in self.parts.values() for name in part.space.names))

    def with_work(self, change: Callable[[Work], Work]) -> TuningJob:
        """This tuning job with its work, and that of each definition, replaced by what `change` makes of it."""
        changed = tuple(replace(each, work=change(each.work)) for each in self.definitions)
        return replace(self, definitions=changed, work=changed[0].work if changed else change(self.work))

    def _check_definitions(self) -> None:
        if not self.definitions:
            return
        if len(self.definitions) > MOST_DEFINITIONS:
            msg = f"definitions: at most {MOST_DEFINITIONS} are allowed, got {len(self.definitions)}"
            raise ValueError(msg)
        if len(self.parts) < len(self.definitions):
            msg = f"definitions: each needs a name of its own, got {', '.join(d.name for d in self.definitions)}"
            raise ValueError(msg)
        if len({definition.objective.goal for definition in self.definitions}) > 1:
            msg = "definitions: all must maximize or all minimize, because their values are compared"
            raise ValueError(msg)
        if self.parents:
            msg = "parents: a tuning job with definitions cannot learn from earlier ones"
            raise ValueError(msg)

    def _initial(self) -> Iterator[Config]:
        for index, config in enumerate(self.initial):
            try:
                yield self.space.canonical(config)
            except ValueError as error:
                msg = f"initial[{index}]: {error}"
                raise ValueError(msg) from error
