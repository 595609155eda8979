"""Draws from a density that is known up to a factor, one coordinate after the other.

Neal, "Slice sampling" (2003): under the density at the present point a height is drawn, and then a point of the slice
in which the density is higher. There is nothing to tune: a bad width costs time, not correctness.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEPS = 8  # of a width by which an interval may grow, at both ends together
_TINY = 1e-12  # an interval shrunk to this has met the present point


def slice_sample(
    log_density: Callable[[Array], float],
    start: Array,
    widths: Array,
    bounds: tuple[Array, Array],
    sweeps: int,
    rng: np.random.Generator,
) -> Array:
    """The points after each of `sweeps` through the coordinates in random order, shape (sweeps, d).

    `widths` are about as long as the density is wide along each coordinate; outside of `bounds` it is zero.
    """
    point, height = start.copy(), log_density(start)
    points = np.empty((sweeps, len(start)))
    for sweep in range(sweeps):
        for j in rng.permutation(len(start)):
            along = _Line(log_density, point, int(j), bounds[0][j], bounds[1][j])
            point[j], height = _draw(along, point[j], height, widths[j], rng)
        points[sweep] = point
    return points


class _Line:
    """The density along one coordinate."""

    def __init__(
        self, log_density: Callable[[Array], float], point: Array, j: int, low: float, high: float
    ) -> None:
        self._log_density, self._point, self._j = log_density, point.copy(), j
        self.low, self.high = low, high

    def __call__(self, at: float) -> float:
        self._point[self._j] = at
        return self._log_density(self._point)


def _draw(
    along: _Line, here: float, height: float, width: float, rng: np.random.Generator
) -> tuple[float, float]:
    """A coordinate of the slice, and the logarithm of the density there."""
    level = height - rng.exponential()
    low, below = here - width * rng.random(), int(rng.integers(_STEPS + 1))
    high = _end(along, low + width, level, width, _STEPS - below)
    low = _end(along, low, level, -width, below)
    while high - low > _TINY:
        drawn = low + (high - low) * rng.random()
        value = along(drawn)
        if value >= level:
            return drawn, value
        low, high = (drawn, high) if drawn < here else (low, drawn)
    return here, height


def _end(along: _Line, end: float, level: float, step: float, most: int) -> float:
    """An end of an interval, moved on by at most that many steps out of the slice, and held within the bounds."""
    for _ in range(most):
        if not along.low < end < along.high or along(end) < level:
            break
        end += step
    return float(np.clip(end, along.low, along.high))
