"""What the store keeps, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tunesmith.core.space import Config
from tunesmith.core.training_job import Cursor, Ending, Handle
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob, TuningStatus

STOPPED_BY_USER = "stopped by the user"
"""The reason of what has ended because a person asked for it."""


@dataclass(frozen=True, kw_only=True)
class TuningJobRecord:
    """A tuning job and what has become of it."""

    job: TuningJob
    status: TuningStatus = TuningStatus.IN_PROGRESS
    reason: str | None = None  # why it ended or failed
    modified_at: datetime  # when it, or one of its trials, changed last
    ended_at: datetime | None = None
    request: Mapping[str, Any] | None = None  # what the caller asked for, in the caller's words
    token: str | None = None  # the caller's id of that request
    former_name: str | None = None  # of a forgotten one, which has an anonymous name now


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """A trial, the training job that runs it, and what has become of it."""

    number: int  # 1, 2, ... in the tuning job
    name: str  # of the training job
    config: Config
    state: TrialState = TrialState.PENDING
    handle: Handle | None = None  # None until the backend has started it
    cursor: Cursor = Cursor()  # how far its output is recorded in `metrics`
    value: float | None = None  # the latest objective value, in the user's units
    reason: str | None = None
    ending: Ending | None = None  # what ended it; None while open, and where nobody noted it
    exit_code: int | None = None
    rank: int | None = None  # 1, 2, ... in order of ending; None while open
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class TrainingJobRecord:
    """A training job: a trial, and the tuning job that it belongs to.

    `tuning.job.alone` tells that it was asked for by itself.
    """

    tuning: TuningJobRecord
    trial: TrialRecord

    @property
    def modified_at(self) -> datetime:
        """When it was created, started or ended, whichever was last."""
        return self.trial.ended_at or self.trial.started_at or self.trial.created_at


@dataclass(frozen=True, kw_only=True)
class ObjectiveCounts:
    """How many trials have a value that counts, will have one perhaps, and have none for ever."""

    succeeded: int = 0
    pending: int = 0
    failed: int = 0


@dataclass(frozen=True, kw_only=True)
class TuningJobSummary:
    """A tuning job in a list."""

    name: str
    strategy: str
    status: TuningStatus
    limits: Limits
    created_at: datetime
    modified_at: datetime
    ended_at: datetime | None
    counts: Mapping[TrialState, int]  # every state is present
    objective_counts: ObjectiveCounts
    retryable: int  # of the failed trials, those that were lost by no fault of their own


@dataclass(frozen=True)
class Standing:
    """What people have asked of a tuning job."""

    status: TuningStatus
    asked_to_stop: frozenset[int] = frozenset()  # the numbers of open trials


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One emission of a metric by a training job."""

    trial: int  # the trial's number
    metric: str
    value: float  # finite
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one tick of the controller writes, in one transaction."""

    trials: tuple[TrialRecord, ...] = ()  # new ones are inserted, known ones replaced, by number
    metrics: tuple[MetricPoint, ...] = ()  # appended in this order
    status: TuningStatus | None = None
    reason: str | None = None  # goes with a status
    at: datetime  # the time of the change
