"""What now? The one decision of a tuning job, as a pure function of everything known."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from threading import Lock
from types import MappingProxyType
from typing import TypeAlias

from tunesmith.core.history import History
from tunesmith.core.space import Config
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import TuningJob, TuningStatus
from tunesmith.store.records import STOPPED_BY_USER
from tunesmith.strategies import registry

MAX_FAILURES = 5
"""A tuning job fails when this many trials have ended and not one of them has a value."""

_ONE_AT_A_TIME = Lock()
"""Suggestions set how many threads linear algebra has, for the whole process, and those of two jobs would mix."""

_NO_NEWS: Mapping[int, int] = MappingProxyType({})


class Pause(Enum):
    """What the person at the controls asks for, without ending the tuning job."""

    GO = "go on"
    DRAIN = "start nothing new"
    STOP = "start nothing new, and stop what runs"
    LEAVE = "leave everything as it is, to whoever drives it next"


@dataclass(frozen=True)
class Start:
    """Start a new trial."""

    config: Config


@dataclass(frozen=True)
class Stop:
    """Stop an open trial before it has ended by itself."""

    number: int
    reason: str


@dataclass(frozen=True)
class Finish:
    """End the tuning job; nothing of it is running any more."""

    status: TuningStatus
    reason: str


Action: TypeAlias = Start | Stop | Finish


@dataclass(frozen=True)
class _Ending:
    """Why nothing new is started, and how the tuning job ends once nothing is open."""

    status: TuningStatus
    reason: str
    stops_running: bool = False


def plan(
    job: TuningJob,
    history: History,
    now: datetime,
    *,
    status: TuningStatus = TuningStatus.IN_PROGRESS,
    asked_to_stop: AbstractSet[int] = frozenset(),
    news: Mapping[int, int] = _NO_NEWS,
    room: int | None = None,
    pause: Pause = Pause.GO,
) -> list[Action]:
    """Decide what to do next. Same arguments, same answer: it may be asked again after any crash.

    Args:
        job: The tuning job.
        history: All its trials so far, open ones included.
        now: The current time, timezone-aware.
        status: `STOPPING` when the user has asked to stop it.
        asked_to_stop: The numbers of the trials that the user has asked to stop.
        news: For each open trial that has reported since the last plan, how many reports it had made before.
        room: How many more training jobs the backend could start now; None for any number.
        pause: Whether to hold back new trials, or to stop the running ones as well.
    """
    asked = [trial for trial in _stoppable(history) if trial.number in asked_to_stop]
    stops: list[Action] = [Stop(trial.number, STOPPED_BY_USER) for trial in asked]
    others = [trial for trial in _stoppable(history) if trial not in asked]
    ending = _ending(job, history, now, status)
    if ending is None and pause is Pause.GO:
        return stops + _starts(job, history, room)
    if pause is Pause.STOP:
        return stops + [Stop(trial.number, "interrupted by the user") for trial in others]
    if ending is None:
        return stops
    if history.open:
        return stops + [Stop(trial.number, ending.reason) for trial in others if ending.stops_running]
    return [Finish(ending.status, ending.reason)]


def _ending(job: TuningJob, history: History, now: datetime, status: TuningStatus) -> _Ending | None:
    limits = job.limits
    if status is TuningStatus.STOPPING:
        return _Ending(TuningStatus.STOPPED, STOPPED_BY_USER, stops_running=True)
    if job.alone and history.created:
        return _Ending(TuningStatus.COMPLETED, "its training job has ended")
    if len(history) >= MAX_FAILURES and history.best is None:
        return _Ending(TuningStatus.FAILED, f"no training job succeeded after {MAX_FAILURES} attempts")
    if limits.seconds is not None and now >= job.created_at + timedelta(seconds=limits.seconds):
        return _completed(history, f"the limit of {limits.seconds:g} seconds was reached", stops_running=True)
    if limits.trials is not None and history.created >= limits.trials:
        return _completed(history, f"the limit of {limits.trials} training jobs was reached")
    return None


def _completed(history: History, reason: str, *, stops_running: bool = False) -> _Ending:
    """The regular ending, unless there is not one value to show for it."""
    if len(history) and history.best is None and not history.open:
        return _Ending(TuningStatus.FAILED, f"no training job succeeded, and {reason}")
    return _Ending(TuningStatus.COMPLETED, reason, stops_running)


def _stoppable(history: History) -> list[Trial]:
    return [trial for trial in history.open if trial.state is not TrialState.STOPPING]


def _starts(job: TuningJob, history: History, room: int | None) -> list[Action]:
    count = job.limits.parallel - len(history.open)
    if job.limits.trials is not None:
        count = min(count, job.limits.trials - history.created)
    if room is not None:
        count = min(count, room)
    if count <= 0:
        return []
    configs = list(job.initial[history.created : history.created + count])
    if len(configs) < count:
        configs += _suggest(job, history, configs, count - len(configs))
    if not configs and not history.open:
        return [Finish(TuningStatus.COMPLETED, "every configuration that the strategy offers was tried")]
    return [Start(config) for config in configs]


def _suggest(job: TuningJob, history: History, starting: list[Config], count: int) -> list[Config]:
    """Ask the strategy, to which the configurations that start anyway are open trials like the others."""
    number = history.created + 1
    pending = (Trial(number + i, config) for i, config in enumerate(starting))
    history = history.with_open((*history.open, *pending))
    with _ONE_AT_A_TIME:
        return registry.get(job.strategy).suggest(job.space, history, count, job.seed)
