"""How much better it can still get: what a Gaussian process believes of the lowest point that is left to find.

After Makarova et al., "Automatic termination for hyperparameter optimization" (2022), who bound the regret of the best
configuration by the gap between two confidence limits. Here the gap has a distribution instead, that of the lowest
value that could yet be observed of functions drawn from the model, so that a probability can be stated, and checked.
Noise is part of it: where values are noisy, luck goes on to improve the best one.
"""

from __future__ import annotations

import math
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
    from tunesmith.core.space import Points, Space
    from tunesmith.numerics.gaussian_process import Posterior

Array = NDArray[np.float64]

LEVEL = 0.9
"""The probability with which the improvement that is left is smaller than said."""

_EVERYWHERE = 512  # points all over the space at which a lowest one is sought
_NEARBY, _ANCHORS, _SCALES = 16, 8, (0.1, 0.03, 0.01)  # points about each of the best, at each distance
_CANDIDATES = 128  # of all these points, those that may be the lowest
_FUNCTIONS = 64  # drawn for each of the model's parameters
_REACH = 3.0  # standard deviations below the mean that a point may turn out to be


def remaining_improvement(space: Space, history: History) -> float | None:
    """The loss by which the best one can still be improved at the most, with probability `LEVEL`.

    None if the losses say nothing of it, because fewer than three differ.
    """
    losses = history.losses[np.isfinite(history.losses)]
    if len(np.unique(losses)) < 3:  # a best one, and what sets the scale
        return None
    axes = axes_of(space)
    with single_threaded():
        prefix = Prefix.of(axes, listening(axes, history), compressed=False)
        return _in_losses(prefix, _gap(prefix, axes))


@lru_cache(maxsize=16)  # a tick of the controller asks the same again until another trial has ended
def _gap(prefix: Prefix, axes: tuple[Axis, ...]) -> float:
    """The same in the model's units: a quantile over functions drawn from a mixture of models."""
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
    below = np.cumsum(weights[order])
    return max(0.0, float(gaps.ravel()[order][np.searchsorted(below, LEVEL * below[-1])]))


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


def _in_losses(prefix: Prefix, gap: float) -> float | None:
    """A difference of the model's values as one of losses: both are proportional up to the median and beyond."""
    usable = np.flatnonzero(np.isfinite(prefix.losses))
    order = usable[np.argsort(prefix.losses[usable], kind="stable")]
    best = order[0]
    for other in (order[len(order) // 2], order[-1]):
        rise = float(prefix.values[other] - prefix.values[best])
        if rise > 0.0:
            improvement = gap / rise * float(prefix.losses[other] - prefix.losses[best])
            return improvement if math.isfinite(improvement) else None
    return None
