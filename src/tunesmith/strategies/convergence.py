"""How much better it can still get: what a Gaussian process believes of the lowest point that is left to find.

After Makarova et al., "Automatic termination for hyperparameter optimization" (2022), who bound the regret of the best
configuration by the gap between two confidence limits. Here the gap has a distribution instead, that of the lowest
value that could yet be observed of functions drawn from the model, so that a probability can be stated, and checked.
Noise is part of it: where values are noisy, luck goes on to improve the best one.

Where several algorithms are compared, each has a model of its own, and the best of all is what may be improved. One that
is behind has to make up for that first. As the models know nothing of each other, the probability that none of the
algorithms gets below a value is the product of theirs.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tunesmith.numerics.axes import Axis, snap
from tunesmith.numerics.blas import single_threaded
from tunesmith.numerics.sobol import scrambled_sobol
from tunesmith.strategies._parents import listening
from tunesmith.strategies._surrogate import Prefix, axes_of, posterior_of, sample_thetas

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Points
    from tunesmith.numerics.gaussian_process import Posterior

Array = NDArray[np.float64]

LEVEL = 0.9
"""The probability with which the improvement that is left is smaller than said."""

_ENOUGH = 20  # results of which the model is taken at its word
_EVERYWHERE = 512  # points all over the space at which a lowest one is sought
_NEARBY, _ANCHORS, _SCALES = 16, 8, (0.1, 0.03, 0.01)  # points about each of the best, at each distance
_CANDIDATES = 128  # of all these points, those that may be the lowest
_FUNCTIONS = 64  # drawn for each of the model's parameters
_REACH = 3.0  # standard deviations below the mean that a point may turn out to be


@dataclass(frozen=True, eq=False)
class Improvements:
    """By how much a best loss may be improved: possible amounts in ascending order, and the weight up to each."""

    best: float
    amounts: Array
    weights: Array

    def on(self, best: float) -> Improvements:
        """The same as improvements on a loss that is at least as low: what is between them is made up for first."""
        return replace(self, best=best, amounts=self.amounts - (self.best - best))

    def weight_up_to(self, amount: float) -> float:
        """The weight of all improvements by no more than an amount."""
        count = int(np.searchsorted(self.amounts, amount, side="right"))
        return float(self.weights[count - 1]) if count else 0.0


def remaining_improvement(*histories: History) -> float | None:
    """The loss by which the best one of all can still be improved at the most, with probability `LEVEL`.

    Each history is that of one algorithm in a space of its own. None if the losses of any say nothing of it, because
    fewer than three differ.
    """
    drawn = [improvements(history) for history in histories]
    known = [each for each in drawn if each is not None]
    if not known or len(known) < len(drawn):
        return None
    best = min(each.best for each in known)
    return largest([each.on(best) for each in known])


def largest(independent: Sequence[Improvements]) -> float:
    """What the largest of several improvements, which know nothing of each other, is at the most: see `LEVEL`."""
    wanted = LEVEL * math.prod(float(each.weights[-1]) for each in independent)
    amounts = np.unique(np.concatenate([each.amounts for each in independent]))

    def weight_up_to(amount: float) -> float:
        return math.prod(each.weight_up_to(amount) for each in independent)

    return max(0.0, float(amounts[bisect_left(amounts, wanted, key=weight_up_to)]))


def improvements(history: History) -> Improvements | None:
    """By how much the best loss of a history may be improved; None if that cannot be told.

    A model of few results knows its own parameters badly: so more may be left than it says, by a factor that falls as
    errors do, with the root of their number.
    """
    losses = history.losses[np.isfinite(history.losses)]
    if len(np.unique(losses)) < 3:  # a best one, and what sets the scale
        return None
    axes = axes_of(history.space)
    with single_threaded():
        prefix = Prefix.of(axes, listening(axes, history), compressed=False)
        gaps, weights = _gaps(prefix, axes)
    amounts = _in_losses(prefix, gaps)
    if amounts is None:
        return None
    doubt = max(1.0, math.sqrt(_ENOUGH / len(losses)))
    return Improvements(float(losses.min()), doubt * amounts, weights)


@lru_cache(maxsize=128)  # a tick of the controller asks the same again until another trial has ended
def _gaps(prefix: Prefix, axes: tuple[Axis, ...]) -> tuple[Array, Array]:
    """The same amounts and weights in the model's units, of functions drawn from a mixture of models."""
    rng = np.random.default_rng(len(prefix.losses))
    thetas, logs = sample_thetas(prefix, rng)
    best, points = float(prefix.values.min()), _points(prefix, axes, rng)
    gaps = np.array(
        [
            best - _minima(posterior_of(prefix, theta, prefix.points[:0]), prefix.at_home(points), rng)
            for theta in thetas
        ]
    )
    weights = np.repeat(np.exp(logs - logs.max()), _FUNCTIONS)
    order = np.argsort(gaps, axis=None)
    return gaps.ravel()[order], np.cumsum(weights[order])


def _points(prefix: Prefix, axes: tuple[Axis, ...], rng: np.random.Generator) -> Points:
    """Where the lowest point may be: anywhere, and about the best that are known."""
    everywhere = scrambled_sobol(_EVERYWHERE, len(axes), 0)
    anchors = prefix.points[np.argsort(prefix.values, kind="stable")[:_ANCHORS]]
    steps = (
        rng.standard_normal((len(_SCALES), _NEARBY, 1, len(axes))) * np.array(_SCALES)[:, None, None, None]
    )
    nearby = np.clip(anchors + steps, 0.0, 1.0).reshape(-1, len(axes))
    return snap(axes, np.concatenate([everywhere, nearby]))


def _minima(posterior: Posterior, points: Points, rng: np.random.Generator) -> Array:
    """The lowest values observed of functions drawn from a model, at those points that may hold the lowest."""
    mean, variance = posterior.predict(points)
    noise = np.exp(0.5 * posterior.theta[posterior.data.features.count + 1])
    likely = np.argsort(mean - _REACH * np.sqrt(variance), kind="stable")[:_CANDIDATES]
    values, vectors = np.linalg.eigh(posterior.covariance(points[likely]))
    roots = vectors * np.sqrt(np.maximum(values, 0.0))  # near points make it singular
    shape = _FUNCTIONS, len(likely)
    functions = mean[likely] + rng.standard_normal(shape) @ roots.T
    return np.asarray((functions + noise * rng.standard_normal(shape)).min(axis=1))


def _in_losses(prefix: Prefix, gaps: Array) -> Array | None:
    """Differences of the model's values as such of losses: both are proportional up to the median and beyond."""
    usable = np.flatnonzero(np.isfinite(prefix.losses))
    order = usable[np.argsort(prefix.losses[usable], kind="stable")]
    best = order[0]
    for other in (order[len(order) // 2], order[-1]):
        rise = float(prefix.values[other] - prefix.values[best])
        if rise > 0.0:
            amounts = gaps / rise * float(prefix.losses[other] - prefix.losses[best])
            return amounts if np.isfinite(amounts).all() else None
    return None
