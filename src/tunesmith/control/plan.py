"""What now? The one decision of a tuning job, as a pure function of everything known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from threading import Lock
from types import MappingProxyType
from typing import TypeAlias

from tunesmith.control import allocation
from tunesmith.control.budget import Purse
from tunesmith.control.completion import completion_reason
from tunesmith.control.early_stop import early_stops, strategy_of, to_resume, why_paused
from tunesmith.control.orders import NO_ORDERS, Orders
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
    seconds: float | None = None  # the run time that it is given, where a budget limits it
    suggestion: int | None = None  # of the suggestion by hand that it tries


@dataclass(frozen=True)
class Stop:
    """Stop an open trial before it has ended by itself."""

    number: int
    reason: str


@dataclass(frozen=True)
class PauseTrial:
    """End a trial's training job for now, with its checkpoint kept."""

    number: int
    reason: str


@dataclass(frozen=True)
class ResumeTrial:
    """Let a paused trial's training job go on from its checkpoint."""

    number: int


@dataclass(frozen=True)
class Finish:
    """End the tuning job; nothing of it is running any more."""

    status: TuningStatus
    reason: str


Action: TypeAlias = Start | Stop | PauseTrial | ResumeTrial | Finish


@dataclass(frozen=True)
class _Ending:
    """Why nothing new is started, and how the tuning job ends once nothing is open."""

    status: TuningStatus
    reason: str
    stops_running: bool = False


_EXHAUSTED = _Ending(TuningStatus.COMPLETED, "every configuration that the strategy offers was tried")
_SET_ASIDE = (TrialState.PAUSING, TrialState.PAUSED)


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
    orders: Orders = NO_ORDERS,
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
        orders: What people say about new trials.
    """
    asked = [trial for trial in _stoppable(history) if trial.number in asked_to_stop]
    stops: list[Action] = [Stop(trial.number, STOPPED_BY_USER) for trial in asked]
    others = [trial for trial in _stoppable(history) if trial not in asked]
    ending = _ending(job, history, parts, now, status, orders)
    if pause is Pause.STOP:
        running = [trial for trial in others if trial.state not in _SET_ASIDE]
        return stops + [Stop(trial.number, "interrupted by the user") for trial in running]
    if ending is not None and not history.open:
        return [Finish(ending.status, ending.reason)]
    if ending is not None and ending.stops_running:
        whys = _whys(job, history, parts)
        return stops + [Stop(trial.number, whys.get(trial.number) or ending.reason) for trial in others]
    stops += _given_up(job, history, parts, news, {trial.number: trial for trial in others})
    if pause is not Pause.GO:
        return stops
    gone = {stop.number for stop in stops if isinstance(stop, Stop)}
    if ending is None:
        return stops + _starts(job, history, parts, room, gone, orders)
    return stops + _last_ones(job, history, parts, room, gone, ending, orders)


def _ending(
    job: TuningJob,
    history: History,
    parts: Mapping[str, History],
    now: datetime,
    status: TuningStatus,
    orders: Orders,
) -> _Ending | None:
    if status is TuningStatus.STOPPING:
        return _Ending(TuningStatus.STOPPED, STOPPED_BY_USER, stops_running=True)
    if job.alone and history.created:
        return _Ending(TuningStatus.COMPLETED, "its training job has ended")
    is_any_paused = any(trial.state is TrialState.PAUSED for trial in history.open)  # which has a value
    if len(history) >= max_failures(job) and history.best is None and not is_any_paused:
        return _Ending(TuningStatus.FAILED, f"no training job succeeded after {max_failures(job)} attempts")
    over = _time_is_up(job, now) or completion_reason(job, history, parts)
    if over is not None:
        return _completed(history, over, stops_running=True)
    full = _no_more(job, history, orders)
    return None if full is None else _completed(history, full)


def _no_more(job: TuningJob, history: History, orders: Orders) -> str | None:
    """Why no new trial may be started any more, or for now; None if one may."""
    trials = job.limits.trials
    if trials is not None and history.created >= trials:
        return f"the limit of {trials} training job{'' if trials == 1 else 's'} was reached"
    if orders.purse is not None and not orders.purse.room(job):
        return orders.purse.used_up(job)
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


def _by_part(
    job: TuningJob, history: History, parts: Mapping[str, History]
) -> list[tuple[TuningJob, History]]:
    """What is compared with each other: the trials of each definition."""
    return [(job.parts[name], part) for name, part in parts.items()] if job.definitions else [(job, history)]


def _given_up(
    job: TuningJob,
    history: History,
    parts: Mapping[str, History],
    news: Mapping[int, int],
    others: Mapping[int, Trial],
) -> Iterator[Action]:
    """End, for good or for now, those of the `others` that hopeless curves belong to."""
    for part, own in _by_part(job, history, parts):
        for given_up in early_stops(part, own, news):
            trial = others.get(given_up.trial.number)
            if trial is None:
                continue
            if not given_up.is_paused:
                yield Stop(trial.number, given_up.reason)
            elif trial.state not in _SET_ASIDE:
                yield PauseTrial(trial.number, given_up.reason)


def _whys(job: TuningJob, history: History, parts: Mapping[str, History]) -> dict[int, str | None]:
    """Why each paused trial would not go on now; None for one that would."""
    return {
        trial.number: why_paused(part, trial, own)
        for part, own in _by_part(job, history, parts)
        for trial in own.open
        if trial.state is TrialState.PAUSED
    }


def _places(job: TuningJob, history: History, room: int | None) -> int:
    """How many trials more could run now."""
    free = job.limits.parallel - len(_at_work(history))
    return max(0, free if room is None else min(free, room))


def _at_work(history: History) -> list[Trial]:
    return [trial for trial in history.open if trial.state is not TrialState.PAUSED]


def _resumed(
    job: TuningJob,
    history: History,
    parts: Mapping[str, History],
    gone: AbstractSet[int],
    orders: Orders,
    *,
    last: bool,
) -> list[Action]:
    """The paused trials that are to go on, and can be paid for, the first one first."""
    numbers = (n for part, own in _by_part(job, history, parts) for n in to_resume(part, own, last=last))
    return [ResumeTrial(n) for n in numbers if n not in gone and orders.affords_to_go_on(n)]


def _starts(
    job: TuningJob,
    history: History,
    parts: Mapping[str, History],
    room: int | None,
    gone: AbstractSet[int],
    orders: Orders,
) -> list[Action]:
    """Fill the places that are free: with suggestions, with paused trials that are worth it, and with new ones."""
    places = _places(job, history, room)
    left = places if job.limits.trials is None else min(places, job.limits.trials - history.created)
    by_hand = [
        Start(each.config or {}, each.definition, suggestion=each.id)
        for each in orders.next_by_hand(job, left)
    ]
    resumed = _resumed(job, history, parts, gone, orders, last=False)[: places - len(by_hand)]
    count = orders.most(job, min(left, places - len(resumed)) - len(by_hand))
    starts = [*_new(job, history, parts, orders, by_hand, count)] if count > 0 else []
    if by_hand or starts or resumed:
        return [*_paid_for(job, history, [*by_hand, *resumed, *starts], orders.purse)]
    return _last_ones(job, history, parts, room, gone, _EXHAUSTED, orders) if count > 0 else []


def _paid_for(
    job: TuningJob, history: History, actions: Iterable[Action], purse: Purse | None
) -> Iterator[Action]:
    """Those of the actions that there is money for, with the run time that each is given."""
    places = job.limits.parallel - len(_at_work(history))
    if job.limits.trials is not None:
        places = min(places, max(1, job.limits.trials - history.created))
    for action in actions:
        match action:
            case ResumeTrial(number) if purse is not None:
                if purse.resuming(number).free < 0:
                    continue
                purse = purse.resuming(number)
                yield action
            case Start(definition=definition) if purse is not None:
                seconds = purse.grant(job, definition, max(1, places))
                if seconds is None:
                    continue
                purse = purse.after(job, definition, seconds)
                yield replace(action, seconds=seconds)
            case _:
                yield action
        places -= 1


def _last_ones(
    job: TuningJob,
    history: History,
    parts: Mapping[str, History],
    room: int | None,
    gone: AbstractSet[int],
    ending: _Ending,
    orders: Orders,
) -> list[Action]:
    """Let go on what is worth it, now that nothing new is started; when nothing is, the tuning job is over."""
    if not history.open:
        return [Finish(ending.status, ending.reason)]
    resumed = _resumed(job, history, parts, gone, orders, last=True)
    if resumed or _at_work(history):
        return [*_paid_for(job, history, resumed[: _places(job, history, room)], orders.purse)]
    whys = _whys(job, history, parts)
    return [Stop(number, why or ending.reason) for number, why in whys.items() if number not in gone]


def _new(
    job: TuningJob,
    history: History,
    parts: Mapping[str, History],
    orders: Orders,
    by_hand: Sequence[Start],
    count: int,
) -> Iterator[Start]:
    """New trials, at most `count`, beside those that are begun `by_hand`."""
    begun = dict(orders.by_hand)
    for start in by_hand:
        begun[start.definition] = begun.get(start.definition, 0) + 1
    if not job.definitions:
        pending = [Trial(history.created + i, start.config) for i, start in enumerate(by_hand, 1)]
        history = history.with_open((*history.open, *pending))
        yield from map(Start, _configs(job, history, begun.get(None, 0), count))
        return
    left = {name: part for name, part in parts.items() if orders.affords(job, name)}
    for i, start in enumerate(by_hand, history.created + 1):
        name = str(start.definition)
        left[name] = left[name].with_open((*left[name].open, Trial(i, start.config)))
    yield from _shared_out(job, history.created + len(by_hand), left, begun, count)


def _shared_out(
    job: TuningJob, created: int, left: dict[str, History], by_hand: Mapping[str | None, int], count: int
) -> Iterator[Start]:
    """Give each of `count` new trials to a definition that has a configuration left to try."""
    while count and left:
        name = allocation.choose(left)
        config = next(iter(_configs(job.parts[name], left[name], by_hand.get(name, 0), 1)), None)
        if config is None:
            del left[name]
            continue
        yield Start(config, name)
        created, count = created + 1, count - 1
        left[name] = left[name].with_open((*left[name].open, Trial(created, config)))


def _configs(job: TuningJob, history: History, by_hand: int, count: int) -> list[Config]:
    """The configurations of the next trials, less than `count` if there are no more.

    So many of those so far were suggested `by_hand`; they were no initial ones.
    """
    begun = history.created - by_hand
    configs = list(job.initial[begun : begun + count])
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
