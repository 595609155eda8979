"""A tuning job: what to run, what to vary, what to optimise, and when to end."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tunesmith.core.objective import Objective
from tunesmith.core.space import Config, Space, Value
from tunesmith.core.training_job import Resources, Work

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}")


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
    """When a tuning job ends at the latest. At least one of `trials` and `seconds` bounds it."""

    trials: int | None = None  # training jobs in all, failed ones included
    parallel: int = 1  # training jobs at a time
    seconds: float | None = None  # wall clock from the tuning job's creation

    def __post_init__(self) -> None:
        if self.trials is None and self.seconds is None:
            msg = "limits: give trials, seconds or both, or the tuning job would never end"
            raise ValueError(msg)
        for name, value in (("trials", self.trials), ("parallel", self.parallel)):
            if value is not None and (value < 1 or value != int(value)):
                msg = f"limits: {name} must be a whole number >= 1, got {value!r}"
                raise ValueError(msg)
        if self.seconds is not None and not (self.seconds > 0 and math.isfinite(self.seconds)):
            msg = f"limits: seconds must be a number > 0, got {self.seconds!r}"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class TuningJob:
    """The description of a tuning job. It never changes; what happens to it is in the store."""

    name: str
    work: Work
    space: Space
    objective: Objective
    limits: Limits
    strategy: str = "Bayesian"
    seed: int = 0
    metrics: tuple[MetricPattern, ...] = ()
    initial: tuple[Config, ...] = ()  # configurations to try first
    hyperparameters: Mapping[str, Value] = field(default_factory=dict)  # the same for every training job
    channels: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    resources: Resources = Resources()
    max_seconds: float | None = None  # run time of one training job
    grace_seconds: float = 120.0
    isolation: str = "none"
    created_at: datetime

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            msg = f"name: {self.name!r} must be 1 to 32 letters, digits and inner hyphens"
            raise ValueError(msg)
        if self.seed < 0:
            msg = f"seed: must be >= 0, got {self.seed}"
            raise ValueError(msg)
        both = sorted(set(self.space.names) & set(self.hyperparameters))
        if both:
            msg = f"hyperparameters: {', '.join(both)} cannot be both tuned and fixed"
            raise ValueError(msg)
        for name in ("max_seconds", "grace_seconds"):
            value = getattr(self, name)
            if value is not None and not (value >= 0 and math.isfinite(value)):
                msg = f"{name}: must be a number >= 0, got {value!r}"
                raise ValueError(msg)
        object.__setattr__(self, "initial", tuple(self._initial()))

    def _initial(self) -> Iterator[Config]:
        for index, config in enumerate(self.initial):
            try:
                yield self.space.canonical(config)
            except ValueError as error:
                msg = f"initial[{index}]: {error}"
                raise ValueError(msg) from error
