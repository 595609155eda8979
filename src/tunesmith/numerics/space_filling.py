"""Choosing few of many points so that they cover what the many cover."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunesmith.numerics.axes import Axis, snap

Array = NDArray[np.float64]

_COMPARE = 300  # points whose neighbours are looked for
_THIN_TO = 4000  # points that are compared one by one


def spread_out(x: Array, nominal: Sequence[bool], most: int) -> NDArray[np.intp]:
    """Indices of at most `most` rows of x (n, p): first the one in the middle, then always the farthest from the rest.

    So every beginning of the answer is spread out as well. Coordinates of nominal columns differ by one or not at
    all. Of very many rows every k-th is looked at.
    """
    rows = np.arange(0, len(x), max(1, len(x) // _THIN_TO))
    parts = [
        np.unique(x[rows, j], return_inverse=True)[1] if is_nominal else x[rows, j]
        for j, is_nominal in enumerate(nominal)
    ]
    points, unordered = np.column_stack(parts).astype(np.float64), np.asarray(nominal)

    def distances(to: Array) -> Array:
        apart = np.abs(points - to)
        apart[:, unordered] = apart[:, unordered] > 0.0
        return np.asarray(np.square(apart).sum(axis=1))

    chosen = [int(np.argmin(distances(np.median(points, axis=0))))]
    nearest = distances(points[chosen[0]])
    nearest[chosen[0]] = -1.0
    while len(chosen) < min(most, len(rows)):
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, distances(points[chosen[-1]]))
        nearest[chosen[-1]] = -1.0
    return rows[chosen]


def crowding(x: Array, axes: Sequence[Axis]) -> float:
    """The share of points (n, p) with another within half the distance that is usual of random ones; 0 to 1.

    Random points have a few hundredths of it, those of a search that converges more than half.
    """
    rows = np.linspace(0, len(x) - 1, min(len(x), _COMPARE)).astype(int)
    nominal = [axis.nominal for axis in axes]
    random = snap(axes, np.random.default_rng(0).random((len(rows), len(axes))))
    usual = np.median(_nearest(random, nominal))
    return float(np.mean(_nearest(x[rows], nominal) < 0.5 * usual))


def _nearest(x: Array, nominal: Sequence[bool]) -> Array:
    """The distance of each point from the nearest other one."""
    squares = np.zeros((len(x), len(x)))
    for j, is_nominal in enumerate(nominal):
        apart = np.abs(x[:, None, j] - x[:, j])
        squares += (apart > 0.0) if is_nominal else apart * apart
    np.fill_diagonal(squares, np.inf)
    return np.asarray(np.sqrt(squares.min(axis=1)))
