"""What now? The one decision of a tuning job, as a pure function of everything known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from threading import Lock
from types import MappingProxyType
from typing import TypeAlias

from tunesmith.control import allocation
from tunesmith.control.completion import completion_reason
from tunesmith.control.early_stop import early_stops, strategy_of
from tunesmith.core.history import History
from tunesmith.core.space import Config
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import TuningJob, TuningStatus
from tunesmith.store.records import STOPPED_BY_USER

MAX_FAILURES = 5
"""A tuning job fails when this many trials have ended and not one of them has a value; see `max_failures`."""

_ONE_AT_A_TIME = Lock()
"""Suggestions set how many threads linear algebra has, for the whole process, and those of two jobs would mix."""

_NO_NEWS: Mapping[int, int] = MappingProxyType({})
_NO_PARTS: Mapping[str, History] = MappingProxyType({})


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
    definition: str | None = None


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


def max_failures(job: TuningJob) -> int:
    """After how many trials without a value a tuning job fails: each of its definitions has been tried then."""
    return max(MAX_FAILURES, 2 * len(job.definitions))


def plan(
    job: TuningJob,
    history: History,
    now: datetime,
    *,
    parts: Mapping[str, History] = _NO_PARTS,
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
        parts: The trials of each definition, if the tuning job has definitions.
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
    if pause is Pause.STOP:
        return stops + [Stop(trial.number, "interrupted by the user") for trial in others]
    if ending is not None and not history.open:
        return [Finish(ending.status, ending.reason)]
    if ending is not None and ending.stops_running:
        return stops + [Stop(trial.number, ending.reason) for trial in others]
    numbers = {trial.number for trial in others}
    stops += [Stop(number, why) for number, why in _given_up(job, history, parts, news) if number in numbers]
    return stops + _starts(job, history, parts, room) if ending is None and pause is Pause.GO else stops


def _ending(job: TuningJob, history: History, now: datetime, status: TuningStatus) -> _Ending | None:
    limits = job.limits
    if status is TuningStatus.STOPPING:
        return _Ending(TuningStatus.STOPPED, STOPPED_BY_USER, stops_running=True)
    if job.alone and history.created:
        return _Ending(TuningStatus.COMPLETED, "its training job has ended")
    if len(history) >= max_failures(job) and history.best is None:
        return _Ending(TuningStatus.FAILED, f"no training job succeeded after {max_failures(job)} attempts")
    over = _time_is_up(job, now) or completion_reason(job, history)
    if over is not None:
        return _completed(history, over, stops_running=True)
    if limits.trials is not None and history.created >= limits.trials:
        return _completed(history, f"the limit of {limits.trials} training jobs was reached")
    return None


def _time_is_up(job: TuningJob, now: datetime) -> str | None:
    seconds = job.limits.seconds
    if seconds is None or now < job.created_at + timedelta(seconds=seconds):
        return None
    return f"the limit of {seconds:g} seconds was reached"


def _completed(history: History, reason: str, *, stops_running: bool = False) -> _Ending:
    """The regular ending, unless there is not one value to show for it."""
    if len(history) and history.best is None and not history.open:
        return _Ending(TuningStatus.FAILED, f"no training job succeeded, and {reason}")
    return _Ending(TuningStatus.COMPLETED, reason, stops_running)


def _stoppable(history: History) -> list[Trial]:
    return [trial for trial in history.open if trial.state is not TrialState.STOPPING]


def _given_up(
    job: TuningJob, history: History, parts: Mapping[str, History], news: Mapping[int, int]
) -> Iterator[tuple[int, str]]:
    """The open trials that hopeless curves belong to, as compared with those of the same definition."""
    for name, part in parts.items() if job.definitions else [(None, history)]:
        for trial, reason in early_stops(job.parts[name], part, news):
            yield trial.number, reason


def _starts(job: TuningJob, history: History, parts: Mapping[str, History], room: int | None) -> list[Action]:
    count = job.limits.parallel - len(history.open)
    if job.limits.trials is not None:
        count = min(count, job.limits.trials - history.created)
    if room is not None:
        count = min(count, room)
    if count <= 0:
        return []
    if job.definitions:
        starts = list(_shared_out(job, history.created, parts, count))
    else:
        starts = [Start(config) for config in _configs(job, history, count)]
    if not starts and not history.open:
        return [Finish(TuningStatus.COMPLETED, "every configuration that the strategy offers was tried")]
    return [*starts]


def _shared_out(job: TuningJob, created: int, parts: Mapping[str, History], count: int) -> Iterator[Start]:
    """Give each of `count` new trials to a definition that has a configuration left to try."""
    left = dict(parts)
    while count and left:
        name = allocation.choose(left)
        config = next(iter(_configs(job.parts[name], left[name], 1)), None)
        if config is None:
            del left[name]
            continue
        yield Start(config, name)
        created, count = created + 1, count - 1
        left[name] = left[name].with_open((*left[name].open, Trial(created, config)))


def _configs(job: TuningJob, history: History, count: int) -> list[Config]:
    """The configurations of the next trials, less than `count` if there are no more."""
    configs = list(job.initial[history.created : history.created + count])
    if len(configs) < count:
        configs += _suggest(job, history, configs, count - len(configs))
    return configs


def _suggest(job: TuningJob, history: History, starting: list[Config], count: int) -> list[Config]:
    """Ask the strategy, to which the configurations that start anyway are open trials like the others."""
    number = history.created + 1
    pending = (Trial(number + i, config) for i, config in enumerate(starting))
    history = history.with_open((*history.open, *pending))
    with _ONE_AT_A_TIME:
        return strategy_of(job).suggest(job.space, history.pooled, count, job.seed)
