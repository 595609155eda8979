"""How long a tuning job will probably take, before it starts."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from tunesmith.core.training_job import Command, Script, Work
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.store import Store

_JOBS = 50  # earlier tuning jobs that are looked at
_ENOUGH = 500  # run times
_DRAWN = 20_000  # run times, in all imagined courses together
_FEWEST_COURSES, _MOST_COURSES = 10, 200
_GUESS = 2.0  # a person's guess is right up to this factor


@dataclass(frozen=True)
class Estimate:
    """A time in seconds, and the range in which it is in four of five cases."""

    likely: float
    low: float
    high: float
    basis: str  # what it is taken from


def earlier_seconds(store: Store, job: TuningJob) -> list[float]:
    """The run times of the training jobs that did the same before: the same script or command, hyperparameters of the
    same names."""
    found: list[float] = []
    for record in store.tuning_jobs()[:_JOBS]:
        earlier = record.job
        if len(found) < _ENOUGH and not earlier.definitions and _is_alike(earlier, job):
            trials = store.trials(earlier.name, TrialState.COMPLETED)
            found += [trial.run_seconds for trial in trials]
    return found[:_ENOUGH]


def from_earlier(job: TuningJob, seconds: Sequence[float], slots: int) -> Estimate | None:
    """Estimate from the run times of earlier training jobs, of which `slots` run at a time; None without any."""
    if not seconds:
        return None
    told = f"{len(seconds)} earlier training jobs, which took {median(seconds):.3g} s (median)"
    return _estimate(job, seconds, slots, told)


def from_guess(job: TuningJob, seconds: float, slots: int) -> Estimate:
    """Estimate from a person's guess of the run time of a training job."""
    told = f"your guess of {seconds:g} s for a training job, which may be wrong by a factor of {_GUESS:g}"
    middle = _estimate(job, [seconds], slots, told)
    if job.limits.trials is None:
        return middle
    most = job.limits.seconds or float("inf")
    return Estimate(middle.likely, middle.likely / _GUESS, min(middle.likely * _GUESS, most), told)


def _estimate(job: TuningJob, seconds: Sequence[float], slots: int, told: str) -> Estimate:
    trials, most = job.limits.trials, job.limits.seconds
    if trials is None:
        end = most or 0.0
        return Estimate(
            end, 0.0, end, "the limit of the tuning job's time, as the number of training jobs is open"
        )
    capped = [min(each, job.max_seconds or each) for each in seconds]
    draw = random.Random(0)  # noqa: S311 - the same estimate for the same job
    courses = max(_FEWEST_COURSES, min(_MOST_COURSES, _DRAWN // trials))
    parallel = max(1, min(slots, job.limits.parallel))
    ends = [_course(draw.choices(capped, k=trials), parallel) for _ in range(courses)]
    deciles = quantiles(ends, n=10)
    low, likely, high = (min(each, most or each) for each in (deciles[0], median(ends), deciles[-1]))
    return Estimate(likely, low, high, told)


def _course(seconds: Sequence[float], parallel: int) -> float:
    """When the last of some training jobs ends, if each starts as soon as a slot is free."""
    free = [0.0] * parallel
    for each in seconds:
        heapq.heapreplace(free, free[0] + each)
    return max(free)


def _is_alike(one: TuningJob, other: TuningJob) -> bool:
    return _identity(one.work) == _identity(other.work) and set(one.space.names) == set(other.space.names)


def _identity(work: Work) -> object:
    """What stays the same of a script or a command from one tuning job to the next; sources are copied each time."""
    match work:
        case Script():
            return work.entry
        case Command():
            return work.arguments
        case _:
            return work
