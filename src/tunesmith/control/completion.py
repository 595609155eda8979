"""What ends a tuning job before its limits do: a target reached, no improvement, convergence.

The training jobs that run then are stopped. Should one of them turn out to be an improvement, so that a criterion does
not hold any more, the tuning job goes on.
"""

from __future__ import annotations

import numpy as np

from tunesmith.core.history import History
from tunesmith.core.tuning_job import Completion, TuningJob
from tunesmith.strategies import registry
from tunesmith.strategies.bayesian import Bayesian
from tunesmith.strategies.convergence import LEVEL, remaining_improvement

WORTHWHILE = 0.01
"""An improvement by a smaller part of the best value counts as none."""

_TINY = 1e-12  # the best value counts as this large at the least
_NO_CRITERIA = Completion()

# trials without a worthwhile improvement that make another one unlikely, whatever the strategy
_PATIENCE, _PATIENCE_PER_WORKER, _PATIENCE_SHARE = 20, 5, 0.1

# what a model must have before its word is taken: results, and trials without a worthwhile improvement
_RESULTS, _STILL = 20, 5


def completion_reason(job: TuningJob, history: History) -> str | None:
    """Why a tuning job is complete, by one of the criteria that it was given; None if it is not."""
    wanted, best = job.completion, history.best
    if wanted == _NO_CRITERIA or best is None or best.loss is None:
        return None
    if wanted.target is not None and best.loss <= job.objective.loss(wanted.target):
        value, target = job.objective.show(best.loss), f"{wanted.target:.6g}"
        return f"training job {best.number} reached the target: {value}, where {target} was wanted"
    still = not_improving(history)
    if wanted.not_improving is not None and still >= wanted.not_improving:
        return f"{_stood_still(still)}, and the limit is {wanted.not_improving}"
    return convergence(job, history) if wanted.converged else None


def not_improving(history: History) -> int:
    """The number of trials that have ended since the last one that was a worthwhile improvement on the best."""
    losses = history.losses
    if not len(losses):
        return 0
    lowest = np.fmin.accumulate(np.where(np.isnan(losses), np.inf, losses))
    wanted = np.concatenate([[np.inf], lowest[:-1]])
    known = np.isfinite(wanted)
    wanted[known] -= WORTHWHILE * np.maximum(np.abs(wanted[known]), _TINY)
    improved = np.flatnonzero(losses < wanted)  # NaN, a failure, is no improvement
    return len(losses) - (int(improved[-1]) + 1 if len(improved) else 0)


def convergence(job: TuningJob, history: History) -> str | None:
    """Why a worthwhile improvement has become unlikely; None if it has not.

    It is detected after many trials without one. Where Bayesian search is to end by it, its model is asked as well.
    """
    still = not_improving(history)
    if history.best is not None and still >= _patience(job):
        return f"it has converged: {_stood_still(still)}"
    asked = job.completion.converged and not job.definitions  # the model is of one space
    is_modelled = asked and isinstance(registry.get(job.strategy), Bayesian)
    if not is_modelled or still < _STILL or np.isfinite(history.losses).sum() < _RESULTS:
        return None
    left, best = remaining_improvement(job.space, history), float(np.fmin.reduce(history.losses))
    if left is None or left > WORTHWHILE * max(abs(best), _TINY):
        return None
    return (
        f"it has converged: the best can be improved by {left:.2g} at the most, with probability {LEVEL:.0%}"
    )


def _patience(job: TuningJob) -> float:
    limits = job.limits
    return max(_PATIENCE, _PATIENCE_PER_WORKER * limits.parallel, _PATIENCE_SHARE * (limits.trials or 0))


def _stood_still(still: int) -> str:
    return f"{still} training jobs have ended since the best was improved by more than {WORTHWHILE:.0%}"
