"""What the results make believe of the losses: a mixture of Gaussian processes, and functions drawn from it.

A third of the findings ask where the lowest loss may lie, or how low it may be. They share these draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tunesmith.numerics.axes import Axis, snap
from tunesmith.numerics.blas import single_threaded
from tunesmith.numerics.sobol import scrambled_sobol
from tunesmith.strategies._parents import listening
from tunesmith.strategies._surrogate import Prefix, axes_of, posterior_of, probable_thetas

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Points, Space
    from tunesmith.numerics.gaussian_process import Posterior

Array = NDArray[np.float64]

FEWEST = 8
"""Results that are needed before anything is believed."""

_EVERYWHERE = 512  # points all over the space
_NEARBY, _ANCHORS, _SCALES = 12, 8, (0.2, 0.07, 0.02)  # points about each of the best, at each distance
_REACH = 2.0  # standard deviations below the mean that a promising point may turn out to be


@dataclass(frozen=True, eq=False)
class Belief:
    """The losses as one transformation of them shows them: equally likely posteriors, in units of the model."""

    axes: tuple[Axis, ...]
    prefix: Prefix
    posteriors: tuple[Posterior, ...]
    unit: float  # losses for a unit of the model, from the best loss to the median
    best: float  # the lowest of the results, in units of the model

    @property
    def rise(self) -> float:
        """From the best result to the median, in units of the model."""
        return float(np.median(self.prefix.values)) - self.best

    def functions(self, posterior: Posterior, points: Points, count: int, rng: np.random.Generator) -> Array:
        """Functions drawn from a posterior, at points; shape (count, points)."""
        home = self.prefix.at_home(points)
        mean, _ = posterior.predict(home)
        values, vectors = np.linalg.eigh(posterior.covariance(home))
        roots = vectors * np.sqrt(np.maximum(values, 0.0))  # near points make it singular
        return np.asarray(mean + rng.standard_normal((count, len(points))) @ roots.T)

    @cached_property
    def pool(self) -> Points:
        """Where the lowest loss may lie: points all over the space, and about the best results."""
        rng = np.random.default_rng(0)
        anchors = self.prefix.points[np.argsort(self.prefix.values, kind="stable")[:_ANCHORS]]
        shape = (len(_SCALES), _NEARBY, 1, len(self.axes))
        steps = rng.standard_normal(shape) * np.array(_SCALES)[:, None, None, None]
        nearby = np.clip(anchors + steps, 0.0, 1.0).reshape(-1, len(self.axes))
        everywhere = scrambled_sobol(_EVERYWHERE, len(self.axes), 0)
        return snap(self.axes, np.concatenate([anchors, nearby, everywhere]))

    def promising(self, posterior: Posterior, points: Points, count: int) -> NDArray[np.intp]:
        """Indices of those points that are the likeliest to be low."""
        mean, variance = posterior.predict(self.prefix.at_home(points))
        return np.argsort(mean - _REACH * np.sqrt(variance), kind="stable")[:count]


@dataclass(frozen=True, eq=False)
class Beliefs:
    """What the results make believe of the losses, with the worse half compressed and without."""

    space: Space
    history: History
    each: tuple[Belief, ...]

    @classmethod
    def after(cls, space: Space, history: History) -> Beliefs | None:
        """What to believe after a history; None if its results are too few, or too much alike, to say anything."""
        known = history.losses[np.isfinite(history.losses)]
        if len(known) < FEWEST or len(np.unique(known)) < 3 or all(axis.is_fixed for axis in axes_of(space)):
            return None
        axes = axes_of(space)
        with single_threaded():
            believing = listening(axes, history)
            each = [_belief(axes, Prefix.of(axes, believing, compressed=c)) for c in (True, False)]
        return (
            cls(space, history, tuple(belief for belief in each if belief is not None)) if any(each) else None
        )

    def posteriors(self) -> Iterator[tuple[Belief, Posterior]]:
        """All posteriors, each equally likely."""
        return ((belief, posterior) for belief in self.each for posterior in belief.posteriors)


def _belief(axes: tuple[Axis, ...], prefix: Prefix) -> Belief | None:
    usable = np.flatnonzero(np.isfinite(prefix.losses))
    order = usable[np.argsort(prefix.losses[usable], kind="stable")]
    best, middle = order[0], order[len(order) // 2]
    rise = float(prefix.values[middle] - prefix.values[best])
    unit = float(prefix.losses[middle] - prefix.losses[best]) / rise if rise > 0.0 else 0.0
    if not 0.0 < unit < np.inf:  # half of the results are equally good
        return None
    thetas = probable_thetas(prefix)
    posteriors = tuple(posterior_of(prefix, theta, prefix.points[:0]) for theta in thetas)
    return Belief(axes, prefix, posteriors, unit, float(prefix.values[best]))
