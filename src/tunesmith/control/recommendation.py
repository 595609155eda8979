"""The configuration to use, allowing for noise: what `recommend` says of a stored tuning job, in the metric's units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tunesmith.control.savings import is_early
from tunesmith.core.history import History
from tunesmith.core.objective import Goal
from tunesmith.core.space import Config
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import TrialRecord
from tunesmith.strategies.recommend import recommend

LEVEL = 0.9
"""The probability with which the value without noise lies in the interval."""


@dataclass(frozen=True, kw_only=True)
class Recommended:
    """A configuration that was tried, and the value that it would have on average over many repetitions."""

    number: int  # of the trial
    config: Config
    value: float
    low: float  # the value without noise is believed to lie in [low, high] with probability `LEVEL`
    high: float
    better_than_runner_up: float | None  # probability; None if no other configuration has a value
    better_than_default: float | None  # than the first trial; None if this is the first, or that has no value


def recommended(job: TuningJob, trials: Iterable[TrialRecord]) -> Recommended | None:
    """Say which of the trials to use; None if none has a value."""
    job, trials = _of_the_best(job, list(trials))
    found = recommend(job.space, _history(job, trials), LEVEL)
    if found is None:
        return None
    value = job.objective.value
    ends = value(found.low), value(found.high)
    low, high = ends if job.objective.goal is Goal.MINIMIZE else ends[::-1]
    return Recommended(
        number=found.number,
        config=found.config,
        value=value(found.mean),
        low=low,
        high=high,
        better_than_runner_up=found.better_than_runner_up,
        better_than_default=found.better_than_default,
    )


def _of_the_best(job: TuningJob, trials: list[TrialRecord]) -> tuple[TuningJob, list[TrialRecord]]:
    """The tuning job and the trials of the definition that has the best value, if there are several."""
    usable = [trial for trial in trials if trial.value is not None and trial.state.is_usable]
    if not job.definitions or not usable:
        return next(iter(job.parts.values())), trials
    name = min(usable, key=lambda trial: (job.objective.loss(trial.value or 0.0), trial.rank)).definition
    return job.parts[name], [trial for trial in trials if trial.definition == name]


def _history(job: TuningJob, trials: Iterable[TrialRecord]) -> History:
    """The finished trials in the order in which they ended, each with its last value alone."""
    ended = sorted((trial for trial in trials if trial.state.is_final), key=lambda trial: trial.rank or 0)
    return History.of(job.space, (with_last_value(job, trial) for trial in ended))


def with_last_value(job: TuningJob, trial: TrialRecord) -> Trial:
    """A trial as it is to be judged by its last value; stopped is one that was given up before it had a final one."""
    reports = () if trial.value is None else (job.objective.loss(trial.value),)
    # one that was stopped for another reason has, for instance, made as many reports as it may
    is_final = trial.state is TrialState.STOPPED and not is_early(trial)
    return Trial(trial.number, trial.config, TrialState.COMPLETED if is_final else trial.state, reports)
