"""What more training jobs would probably bring: the search goes on, many times, in functions drawn from the model.

Each function agrees with the results so far. Where the search uses a model, it is played as expected improvement on the
points that may be the lowest; any other search is played as random points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.interval import Interval
from tunesmith.analysis.words import count, figure, percent, rough
from tunesmith.core.objective import Goal, Objective
from tunesmith.numerics.acquisition import log_expected_improvement
from tunesmith.numerics.blas import single_threaded

if TYPE_CHECKING:
    from tunesmith.analysis.beliefs import Belief, Beliefs
    from tunesmith.core.history import History
    from tunesmith.core.space import Space
    from tunesmith.numerics.gaussian_process import Posterior

Array = NDArray[np.float64]

STEPS = 20
"""Further training jobs that are foretold, at the most."""

WORTHWHILE = 0.01
"""An improvement by a smaller part of the best value counts as none."""

_FUNCTIONS = 16  # drawn from each posterior
_POINTS = 120  # where they are played

# Functions drawn from the model have more and deeper basins far from the results than most objectives do, and a search
# by the model looks for those: of the improvement foretold, so much comes true on average, and in 19 of 20 cases
_REALISED, _REALISED_AT_MOST = 0.12, 0.4  # benchmarks/findings
_LUCK = 0.01  # the probability that the least value is farther off than `_reach` says
_TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """By how much the best value would improve, in units of the metric and never negative."""

    best: float  # the best value so far
    improvement: tuple[Interval, ...]  # by 1, 2, ... more training jobs
    untried: int | None  # configurations that are left; None if there is no end of them

    @property
    def steps(self) -> int:
        """The number of further training jobs that are foretold."""
        return len(self.improvement)


def outlook(
    objective: Objective, beliefs: Beliefs, *, modelled: bool, ended: bool, left: int | None
) -> Finding:
    """Say what more training jobs would bring.

    Args:
        objective: What the losses mean.
        beliefs: What the results make believe.
        modelled: Whether the search asks a model where to look next.
        ended: Whether the tuning job has ended.
        left: Training jobs that are left in its limits; None if that is not limited.
    """
    untried = _untried(beliefs.space, beliefs.history)
    steps = min(STEPS, *(each for each in (left or None, untried) if each is not None), STEPS)
    best = float(np.nanmin(beliefs.history.losses))
    improvement = _improvement(beliefs, steps, modelled=modelled) if steps else ()
    facts = Outlook(best=objective.value(best), improvement=improvement, untried=untried)
    worth = bool(steps) and improvement[-1].value > WORTHWHILE * max(abs(best), _TINY)
    return Finding(
        kind=Kind.OUTLOOK,
        severity=Severity.NOTE if worth else Severity.FINE,
        sentence=_sentence(facts, objective),
        facts=facts,
        advice=_advice(facts, worth=worth, ended=ended),
    )


def _sentence(facts: Outlook, objective: Objective) -> str:
    if not facts.steps:
        return "Every configuration of the space has been tried: more training jobs can only repeat one."
    last, sign = facts.improvement[-1], 1.0 if objective.goal is Goal.MAXIMIZE else -1.0
    jobs = count(facts.steps, "more training job")
    share = f", {percent(last.value / abs(facts.best))}" if abs(facts.best) > _TINY else ""
    if last.high < _TINY + 1e-6 * abs(facts.best):
        return f"{jobs} would hardly improve the best {objective.metric}, {figure(facts.best)}, any more."
    return (
        f"{jobs} would improve the best {objective.metric} by about {rough(last.value)}{share}, to "
        f"{figure(facts.best + sign * last.value)} (with a probability of 90 % by {rough(last.low)} to {rough(last.high)})."
    )


def _advice(facts: Outlook, *, worth: bool, ended: bool) -> str | None:
    if worth:
        return f"It is worth {'resuming with a higher limit' if ended else 'letting it go on'}."
    if ended or not facts.steps:
        return None
    return "Unless small improvements matter, it may be stopped."


def _untried(space: Space, history: History) -> int | None:
    if space.cardinality is None:
        return None
    return max(0, space.cardinality - len({space.key(trial.config) for trial in history.finished}))


def _improvement(beliefs: Beliefs, steps: int, *, modelled: bool) -> tuple[Interval, ...]:
    """The improvement of the best by each number of further training jobs: its mean, and 90 % of the cases."""
    rng = np.random.default_rng(0)
    play = _searched if modelled else _random
    with single_threaded():
        runs = np.concatenate(
            [
                belief.unit * np.maximum(belief.best - play(belief, posterior, steps, rng), 0.0)
                for belief, posterior in beliefs.posteriors()
            ]
        )
    low, high = np.quantile(runs, [0.05, 0.95], axis=0)
    mean = runs.mean(axis=0)
    if modelled:
        low, mean, high = 0.0 * low, _REALISED * mean, _REALISED_AT_MOST * high
    free = sum(not axis.is_fixed for axis in beliefs.each[0].axes)
    low, mean, high = np.minimum((low, np.clip(mean, low, high), high), _reach(beliefs.history.losses, free))
    return tuple(Interval(*map(float, each)) for each in zip(low, mean, high, strict=True))


def _reach(losses: Array, free: int) -> float:
    """How far below the best result the least value can be, as the best quarter of the results shows.

    The model is stationary, and expects lower values beyond a plateau of equally good results. Above a minimum, the
    share of the space with less than some loss grows as that to the power of half the number of free hyperparameters,
    which bounds the minimum by the spread of the lowest results: L. de Haan (1981), Estimation of the minimum of a
    function using order statistics. If these are equal, it is one step of the metric.
    """
    known = np.sort(losses[np.isfinite(losses)])
    last = max(2, len(known) // 4 - 1)
    step = np.diff(np.unique(known)).min(initial=np.inf)
    share = (1.0 - _LUCK ** (1.0 / last)) ** (
        2.0 / free
    )  # of what the last is above the minimum, that of the best
    return float(max(share / (1.0 - share) * (known[last] - known[0]), step))


def _random(belief: Belief, posterior: Posterior, steps: int, rng: np.random.Generator) -> Array:
    """The lowest value seen after 1, 2, ... random points, for each function; shape (functions, steps)."""
    points = belief.pool[rng.permutation(np.arange(len(belief.pool) - _POINTS, len(belief.pool)))]
    functions = belief.functions(posterior, points, _FUNCTIONS, rng)
    seen = functions + np.sqrt(posterior.noise) * rng.standard_normal(functions.shape)
    chosen = rng.permuted(np.tile(np.arange(len(points)), (_FUNCTIONS, 1)), axis=1)[:, :steps]
    return np.minimum.accumulate(np.take_along_axis(seen, chosen, axis=1), axis=1)


def _searched(belief: Belief, posterior: Posterior, steps: int, rng: np.random.Generator) -> Array:
    """The same by expected improvement: each function's model is updated with what was seen of it."""
    points = belief.pool[belief.promising(posterior, belief.pool, _POINTS)]
    home = belief.prefix.at_home(points)
    functions = belief.functions(posterior, points, _FUNCTIONS, rng)
    means = np.tile(posterior.predict(home)[0], (_FUNCTIONS, 1))
    covariances = np.tile(posterior.covariance(home), (_FUNCTIONS, 1, 1))
    rows, lowest = np.arange(_FUNCTIONS), np.full(_FUNCTIONS, belief.best)
    seen = np.empty((_FUNCTIONS, steps))
    for step in range(steps):
        variances = np.maximum(np.diagonal(covariances, axis1=1, axis2=2), 1e-12)
        wanted = log_expected_improvement((means - lowest[:, None]).ravel(), variances.ravel(), 0.0).reshape(
            variances.shape
        )
        at = wanted.argmax(axis=1)
        value = functions[rows, at] + np.sqrt(posterior.noise) * rng.standard_normal(_FUNCTIONS)
        column = covariances[rows, :, at]
        gain = column / (variances[rows, at] + posterior.noise)[:, None]
        means += gain * (value - means[rows, at])[:, None]
        covariances -= gain[:, :, None] * column[:, None, :]
        lowest = np.minimum(lowest, value)
        seen[:, step] = lowest
    return seen
