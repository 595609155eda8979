"""Money: what training jobs cost, and for how long a new one may run so that a budget is never overrun. Pure.

What a training job costs is its run time by the price of its slots. Each one that is started reserves what it costs at
the most: the run time that it is given, its grace period, and a moment to be killed. What was spent and what is
reserved is never more than the budget. As training jobs end sooner than they must, their rest is free again for others.

How long a training job may run is shared out: each that could run at the same time gets the same part of what is
free, unless its own time limit is shorter. One that would have to end before nine in ten of the others have ended is
not started.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import TrialRecord

LEEWAY_SECONDS = 2.0
"""From the end of a training job's grace period until it has been killed."""

LEAST_SECONDS = 60.0
"""The run time that a training job is given at the least as long as none has shown how much it takes."""

_SHARE, _MARGIN = 0.9, 1.25  # of the run times so far, that many are longer than none by so much
_ROUNDING = 1e-9


def rate(job: TuningJob) -> float:
    """What a training job of a tuning job (or of one of its parts) costs in a second; zero without a price."""
    return 0.0 if job.price is None else job.price.per_second(job.resources)


def cost(part: TuningJob, record: TrialRecord) -> float:
    """What a trial has cost, as far as its attempts have ended.

    Whoever looks after an attempt may find its end late; it cannot have run longer than it was allowed to.
    """
    return rate(part) * min(record.run_seconds, _most_seconds(part, record))


def most(part: TuningJob, record: TrialRecord) -> float:
    """What an open trial costs in the end, at the most; infinite if its run time is not limited."""
    if record.state is TrialState.PAUSED:
        return cost(part, record)  # it goes on only if that can be paid for
    return _most_if_run(part, record)


def _most_if_run(part: TuningJob, record: TrialRecord) -> float:
    per_second = rate(part)
    return per_second * _most_seconds(part, record) if per_second else 0.0


def _most_seconds(part: TuningJob, record: TrialRecord) -> float:
    """The run time of all attempts of a trial together: each is given what the earlier ones have left."""
    given = part.max_seconds if record.max_seconds is None else record.max_seconds
    return math.inf if given is None else given + part.grace_seconds + LEEWAY_SECONDS


def spent_until(job: TuningJob, records: Iterable[TrialRecord], now: datetime) -> float:
    """What the trials of a tuning job have cost so far, those that still run included."""
    return math.fsum(_spent_until(job.parts[record.definition], record, now) for record in records)


def _spent_until(part: TuningJob, record: TrialRecord, now: datetime) -> float:
    is_running = record.started_at is not None and record.ended_at is None
    return cost(part, replace(record, ended_at=now) if is_running else record)


def check(job: TuningJob) -> None:
    """Raise ValueError, naming the field, for a budget that cannot be kept, or does not pay for one training job."""
    if job.limits.budget is None or job.price is None:
        return
    for name, part in job.parts.items():
        if not rate(part):
            of = "" if name is None else f" of {name}"
            msg = f"price: a training job{of} has {part.resources.gpus} GPUs and costs nothing; give cpu_hour, too"
            raise ValueError(msg)
    purse = Account().purse(job, ())
    if purse is not None and not purse.room(job):
        cheapest = min(
            rate(part) * (_least(part, LEAST_SECONDS) + _overhead(part)) for part in job.parts.values()
        )
        msg = (
            f"limits: budget {job.price.show(job.limits.budget)} does not pay for one training job, which with its "
            f"grace period of {job.grace_seconds:g} seconds costs up to {job.price.show(cheapest)}"
        )
        raise ValueError(msg)


@dataclass(frozen=True)
class Purse:
    """The money that a tuning job may still give out."""

    free: float  # neither spent nor reserved
    needed: Mapping[str | None, float] = field(
        default_factory=dict
    )  # run time that suffices for most, by definition
    to_go_on: Mapping[int, float] = field(
        default_factory=dict
    )  # what each paused trial reserves if it goes on

    def grant(self, job: TuningJob, definition: str | None = None, places: int = 1) -> float | None:
        """The run time of the next training job, in seconds, if so many may run beside each other.

        None if there is too little money for one that is of use.
        """
        part = job.parts[definition]
        count = min(places, self._count(job, definition))
        if count < 1:
            return None
        share = self.free / count / rate(part) - _overhead(part)
        return min(share, math.inf if part.max_seconds is None else part.max_seconds)

    def after(self, job: TuningJob, definition: str | None, seconds: float) -> Purse:
        """The purse when a training job has been given this run time."""
        part = job.parts[definition]
        return replace(self, free=self.free - rate(part) * (seconds + _overhead(part)))

    def resuming(self, number: int) -> Purse:
        """The purse when a paused trial goes on; its `free` is below zero if there was too little money."""
        return replace(self, free=self.free - self.to_go_on.get(number, 0.0))

    def room(self, job: TuningJob) -> int:
        """How many more training jobs there is enough for, at the most."""
        return max(self._count(job, definition) for definition in job.parts)

    def used_up(self, job: TuningJob) -> str:
        """Why a tuning job is over when there is not enough for another training job."""
        budget, show = job.limits.budget or 0.0, job.price.show if job.price else str
        return (
            f"of the budget of {show(budget)}, {show(max(0.0, budget - self.free))} was spent, and the rest does not "
            "pay for another training job"
        )

    def _count(self, job: TuningJob, definition: str | None) -> int:
        part = job.parts[definition]
        least = _least(part, self.needed.get(definition, LEAST_SECONDS))
        return max(0, math.floor(self.free / (rate(part) * (least + _overhead(part)))))


@dataclass
class Account:
    """What the trials of a tuning job that have ended have used."""

    run_seconds: float = 0.0
    spent: float = 0.0
    _durations: defaultdict[str | None, list[float]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, job: TuningJob, records: Iterable[TrialRecord]) -> Account:
        """The account of these trials, of which the open ones do not count."""
        account = cls()
        for record in records:
            if record.state.is_final:
                account.add(job.parts[record.definition], record)
        return account

    def add(self, part: TuningJob, record: TrialRecord) -> None:
        """Enter a trial that has ended."""
        seconds = min(record.run_seconds, _most_seconds(part, record))
        self.run_seconds += seconds
        self.spent += cost(part, record)
        if record.state.is_usable and seconds > 0:
            self._durations[record.definition].append(seconds)

    def committed(self, job: TuningJob, opened: Iterable[TrialRecord]) -> float:
        """What is spent, and what the open trials may cost at the most."""
        return self.spent + sum(most(job.parts[record.definition], record) for record in opened)

    def purse(self, job: TuningJob, opened: Iterable[TrialRecord]) -> Purse | None:
        """The money that is left to give out; None if the tuning job has no budget."""
        if job.limits.budget is None:
            return None
        opened = list(opened)
        free = job.limits.budget * (1 - _ROUNDING) - self.committed(job, opened)
        to_go_on = {}
        for record in opened:
            if record.state is TrialState.PAUSED:
                part = job.parts[record.definition]
                left = _most_if_run(part, record) - cost(part, record)
                to_go_on[record.number] = left if left > rate(part) * _overhead(part) else math.inf
        needed = {
            name: float(np.quantile(seconds, _SHARE)) * _MARGIN for name, seconds in self._durations.items()
        }
        return Purse(free, needed, to_go_on)


def _least(part: TuningJob, needed: float) -> float:
    return needed if part.max_seconds is None else min(needed, part.max_seconds)


def _overhead(part: TuningJob) -> float:
    return part.grace_seconds + LEEWAY_SECONDS
