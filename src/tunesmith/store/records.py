"""What the store keeps, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tunesmith.core.space import Config
from tunesmith.core.training_job import Cursor, Handle
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob, TuningStatus


@dataclass(frozen=True, kw_only=True)
class TuningJobRecord:
    """A tuning job and what has become of it."""

    job: TuningJob
    status: TuningStatus = TuningStatus.IN_PROGRESS
    reason: str | None = None  # why it ended or failed
    modified_at: datetime
    ended_at: datetime | None = None


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
    exit_code: int | None = None
    rank: int | None = None  # 1, 2, ... in order of ending; None while open
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None


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
