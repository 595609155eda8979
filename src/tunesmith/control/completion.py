"""What ends a tuning job before its limits do: a target reached, no improvement, convergence.

The training jobs that run then are stopped. Should one of them turn out to be an improvement, so that a criterion does
not hold any more, the tuning job goes on.

A tuning job that had ended and goes on measures all criteria anew: what was reached or stood still before does not
end it again. Where training jobs are paused, those that were judged count as if they had ended with what they have
shown, because most of them end only with the tuning job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from tunesmith.control import allocation
from tunesmith.core.history import History
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import Completion, TuningJob
from tunesmith.strategies import registry

WORTHWHILE = 0.01
"""An improvement by a smaller part of the best value counts as none."""

_TINY = 1e-12  # the best value counts as this large at the least
_NO_CRITERIA = Completion()
_NO_PARTS: Mapping[str, History] = MappingProxyType({})

# trials without a worthwhile improvement that make another one unlikely, whatever the strategy
_PATIENCE, _PATIENCE_PER_WORKER, _PATIENCE_SHARE = 20, 5, 0.1

# what a model must have before its word is taken: results, and trials without a worthwhile improvement
_RESULTS, _STILL = 20, 5


def completion_reason(
    job: TuningJob, history: History, parts: Mapping[str, History] = _NO_PARTS
) -> str | None:
    """Why a tuning job is complete, by one of the criteria that it was given; None if it is not.

    `parts` are the trials of each definition, if the tuning job has definitions.
    """
    wanted = job.completion
    if wanted == _NO_CRITERIA:
        return None
    history = judged(job, history)
    best = history.best
    if best is None or best.loss is None:
        return None
    if wanted.target is not None and _reaches(job, best, wanted.target) and not _had_reached(job, history):
        value, target = job.objective.show(best.loss), f"{wanted.target:.6g}"
        return f"training job {best.number} reached the target: {value}, where {target} was wanted"
    still = not_improving(history, wanted.since)
    if wanted.not_improving is not None and still >= wanted.not_improving:
        return f"{_stood_still(still)}, and the limit is {wanted.not_improving}"
    return convergence(job, history, parts) if wanted.converged else None


def judged(job: TuningJob, history: History) -> History:
    """The history in which the open trials that were judged at a rung, and go on or may, have ended."""
    leasts = [part.resource.least for part in job.parts.values() if part.resource and part.resource.pause]
    if not leasts:
        return history
    told = [
        replace(trial, state=TrialState.STOPPED)
        for trial in history.open
        if len(trial.reports) >= min(leasts)
    ]
    return History.of(history.space, [*history.finished, *told], history.prior, history.known)


def not_improving(history: History, since: int = 0) -> int:
    """The number of trials that have ended since the last one that was a worthwhile improvement on the best.

    It is counted from the time on when `since` trials had ended.
    """
    losses = history.losses
    if not len(losses):
        return 0
    lowest = np.fmin.accumulate(np.where(np.isnan(losses), np.inf, losses))
    wanted = np.concatenate([[np.inf], lowest[:-1]])
    known = np.isfinite(wanted)
    wanted[known] -= WORTHWHILE * np.maximum(np.abs(wanted[known]), _TINY)
    improved = np.flatnonzero(losses < wanted)  # NaN, a failure, is no improvement
    return len(losses) - max(since, int(improved[-1]) + 1 if len(improved) else 0)


def convergence(job: TuningJob, history: History, parts: Mapping[str, History] = _NO_PARTS) -> str | None:
    """Why a worthwhile improvement has become unlikely; None if it has not.

    It is detected after many trials without one. Where Bayesian search is to end by it, its model is asked as well:
    that of each definition which may get more trials.
    """
    still = not_improving(history, job.completion.since)
    if history.best is not None and still >= _patience(job):
        return f"it has converged: {_stood_still(still)}"
    if not job.completion.converged or still < _STILL or np.isfinite(history.losses).sum() < _RESULTS:
        return None
    from tunesmith.strategies.bayesian import Bayesian  # noqa: PLC0415 - loads scipy
    from tunesmith.strategies.convergence import LEVEL, remaining_improvement  # noqa: PLC0415 - the same

    if not isinstance(registry.get(job.strategy), Bayesian):
        return None
    modelled = allocation.hopeful(parts).values() if job.definitions else [history]
    left, best = remaining_improvement(*modelled), float(np.fmin.reduce(history.losses))
    if left is None or left > WORTHWHILE * max(abs(best), _TINY):
        return None
    return (
        f"it has converged: the best can be improved by {left:.2g} at the most, with probability {LEVEL:.0%}"
    )


def _reaches(job: TuningJob, trial: Trial, target: float) -> bool:
    return trial.loss is not None and trial.loss <= job.objective.loss(target)


def _had_reached(job: TuningJob, history: History) -> bool:
    """Whether the target had been reached before the tuning job went on."""
    before, target = history.prefix(job.completion.since).best, job.completion.target
    return before is not None and target is not None and _reaches(job, before, target)


def _patience(job: TuningJob) -> float:
    limits = job.limits
    return max(_PATIENCE, _PATIENCE_PER_WORKER * limits.parallel, _PATIENCE_SHARE * (limits.trials or 0))


def _stood_still(still: int) -> str:
    return f"{still} training jobs have ended since the best was improved by more than {WORTHWHILE:.0%}"
