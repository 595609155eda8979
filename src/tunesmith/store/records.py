"""What the store keeps, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tunesmith.core.price import Price
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
    paused_at: datetime | None = None  # since when nothing new is started; None if it is not paused


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A run of a trial's training job that was lost, whereupon the job was started again."""

    started_at: datetime | None
    ended_at: datetime
    ending: Ending
    reason: str | None = None
    reports: int | None = None  # of the objective that it made; None if nobody counted them
    forgotten: int = (
        0  # of those made until then that counted, the last ones that do not count for later runs
    )


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
    started_at: datetime | None = None  # of the latest attempt
    ended_at: datetime | None = None
    earlier: tuple[Attempt, ...] = ()  # in order
    definition: str | None = None  # of the tuning job's definitions, if it has some
    max_seconds: float | None = None  # run time of all attempts together, where a budget limits it
    suggestion: int | None = None  # of the suggestion by hand that it tries

    @property
    def attempt(self) -> int:
        """The number of the latest attempt to run it: 1, 2, ..."""
        return len(self.earlier) + 1

    @property
    def counts(self) -> bool:
        """Whether its value is one to choose by: it has ended well, or it was paused and has not ended yet."""
        if self.state.is_final:
            return self.state.is_usable
        return self.state is TrialState.PAUSED or any(run.ending is Ending.PAUSED for run in self.earlier)

    @property
    def run_seconds(self) -> float:
        """How long its attempts ran in all, as far as they have ended."""
        runs = [(attempt.started_at, attempt.ended_at) for attempt in self.earlier]
        spans = [end - start for start, end in (*runs, (self.started_at, self.ended_at)) if start and end]
        return sum(max(span.total_seconds(), 0.0) for span in spans)

    @property
    def first_started_at(self) -> datetime | None:
        """When it was started for the first time, None if it was not yet."""
        starts = (*(attempt.started_at for attempt in self.earlier), self.started_at)
        return next((start for start in starts if start is not None), None)


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
        trial = self.trial
        lost = trial.earlier[-1].ended_at if trial.earlier else None
        return trial.ended_at or trial.started_at or lost or trial.created_at


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
    not_improving: int = 0  # trials that have ended since the last worthwhile improvement on the best
    converged_at: datetime | None = None  # when such an improvement was first found to be unlikely
    paused_at: datetime | None = None  # as in TuningJobRecord
    run_seconds: float = 0.0  # of the trials that have ended, together
    spent: float = 0.0  # on them, in money
    price: Price | None = None


@dataclass(frozen=True)
class Standing:
    """What people have asked of a tuning job."""

    status: TuningStatus
    asked_to_stop: frozenset[int] = frozenset()  # the numbers of open trials
    is_paused: bool = False
    revision: int = 0  # how often people have changed something of the tuning job


class Kind(StrEnum):
    """What people do to a tuning job."""

    PAUSE = "Pause"
    RESUME = "Resume"
    LIMITS = "ChangeLimits"
    SUGGEST = "Suggest"
    STOP = "Stop"


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """What a person has done to a tuning job."""

    at: datetime
    kind: Kind
    words: str  # what it was, in a few words
    by: str | None = None  # who; None if that is not known
    config: Config | None = None  # of a suggestion
    definition: str | None = None  # the same
    id: int | None = None  # given by the store


@dataclass(frozen=True)
class Controls:
    """What people have set that a controller goes by."""

    limits: Limits
    suggestions: tuple[Intervention, ...] = ()  # that no trial has tried yet, the first to be tried first
    paused_at: datetime | None = None


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
    not_improving: int | None = None  # as in TuningJobSummary, if it may have changed
    has_converged: bool = False  # the first time that this is said is kept
    run_seconds: float | None = None  # as in TuningJobSummary, if it may have changed
    spent: float | None = None  # the same
    revision: int | None = (
        None  # by which it was decided; it is not written if people have changed something since
    )
    at: datetime  # the time of the change
