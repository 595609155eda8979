"""The axes of a unit cube in which some coordinates take only finitely many values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunesmith.numerics.clamp import clamp

Array = NDArray[np.float64]

_SMALL = 12  # so many levels are tried one by one; more are sampled or relaxed
_SAME = 1e-6  # continuous coordinates that are no further apart count as one
_EXACT = 4 * float(np.finfo(np.float64).eps)  # closer coordinates may be the same level after rounding
_LARGEST_GRID = 100_000  # points that may be listed


@dataclass(frozen=True)
class Axis:
    """One coordinate of the unit cube: continuous, or with finitely many levels 0, ..., levels - 1.

    Level i lies in the middle of its part of [0, 1]. The parts are equal, or, where `first` is given, those of
    the whole numbers first, first + 1, ... on a logarithmic scale that begins and ends half a step outside.
    """

    levels: int | None = None  # None: continuous
    nominal: bool = False  # whether the levels have no order
    first: int | None = None  # None: equal parts

    @property
    def is_fixed(self) -> bool:
        """Whether there is nothing to choose."""
        return self.levels == 1

    @property
    def is_enumerable(self) -> bool:
        """Whether the levels are few, or without order, so that a search tries each."""
        return self.levels is not None and (self.nominal or self.levels <= _SMALL)

    def level(self, units: ArrayLike) -> Array:
        """The levels in whose parts the coordinates `units` (n,) lie, as floats."""
        u, levels = np.asarray(units, dtype=np.float64), self._finite()
        if self.first is None:
            level = np.floor(u * levels)
        else:
            start, end = self._edges(self.first, levels)
            level = np.rint(np.exp(start + u * (end - start))) - self.first
        return clamp(level, 0.0, levels - 1)

    def unit(self, levels: ArrayLike) -> Array:
        """The coordinates of `levels` (n,)."""
        level, count = np.asarray(levels, dtype=np.float64), self._finite()
        if self.first is None:
            return (level + 0.5) / count
        start, end = self._edges(self.first, count)
        return (np.log(self.first + level) - start) / (end - start)

    def snap(self, units: Array) -> Array:
        """The nearest coordinates that the axis has, shape as `units`."""
        return units if self.levels is None else self.unit(self.level(units))

    def tolerance(self, unit: float) -> float:
        """How far from `unit` another coordinate may be to count as the same."""
        if self.levels is None:
            return _SAME
        if self.first is None:
            return max(0.25 / self.levels, _EXACT)
        start, end = self._edges(self.first, self.levels)
        return max(0.25 / ((self.first + float(self.level(unit))) * (end - start)), _EXACT)

    def neighbours(self, units: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Coordinates one change away from each of `units` (n,), shape (n, c), and which of them are a change.

        Every level, or on long ordered axes a few steps up and down; a continuous axis has none.
        """
        if self.levels is None:
            return np.empty((len(units), 0)), np.empty((len(units), 0), dtype=bool)
        here = self.level(units)[:, None]
        if self.is_enumerable:
            levels = np.broadcast_to(np.arange(self.levels, dtype=np.float64), (len(units), self.levels))
        else:
            leap = max(3, self.levels // 8)
            levels = np.clip(here + np.array([-leap, -2, -1, 1, 2, leap]), 0, self.levels - 1)
        return self.unit(levels), levels != here

    def _finite(self) -> int:
        if self.levels is None:
            msg = "a continuous axis has no levels"
            raise ValueError(msg)
        return self.levels

    @staticmethod
    def _edges(first: int, levels: int) -> tuple[float, float]:
        return math.log(first - 0.5), math.log(first + levels - 0.5)


def snap(axes: Sequence[Axis], points: Array) -> Array:
    """The nearest points (n, d) of the cube that the axes have."""
    return np.column_stack([axis.snap(points[:, j]) for j, axis in enumerate(axes)])


def size(axes: Sequence[Axis]) -> float:
    """The number of points there are, infinite with a continuous axis."""
    return math.prod(math.inf if axis.levels is None else axis.levels for axis in axes)


def is_listable(axes: Sequence[Axis]) -> bool:
    """Whether there are so few points that `grid` can list them."""
    return size(axes) <= _LARGEST_GRID


def grid(axes: Sequence[Axis]) -> Array:
    """All the points there are, shape (size, d), the last axis running fastest; the axes must be finite."""
    values = [axis.unit(np.arange(axis.levels or 0)) for axis in axes]
    return np.stack([g.ravel() for g in np.meshgrid(*values, indexing="ij")], axis=1)


def codes(axes: Sequence[Axis], points: Array) -> Array:
    """A number for each of `points` (n, d), its row in `grid`; the axes must be finite."""
    code = np.zeros(len(points))
    for j, axis in enumerate(axes):
        code = code * (axis.levels or 0) + axis.level(points[:, j])
    return code


def first_not_among(axes: Sequence[Axis], points: Array, others: Array) -> Array | None:
    """The first of `points` (m, d) that is none of `others` (n, d), or None.

    Two points are the same if their levels are and their continuous coordinates differ by at most 1e-6.
    """
    if is_listable(axes):
        new = np.flatnonzero(~np.isin(codes(axes, points), codes(axes, others)))
        return points[new[0]] if len(new) else None
    return next((point for point in points if not _is_among(axes, point, others)), None)


def _is_among(axes: Sequence[Axis], point: Array, others: Array) -> bool:
    alike = others  # so far: most differ along the first axis already
    for j, axis in enumerate(axes):
        alike = alike[np.abs(alike[:, j] - point[j]) <= axis.tolerance(float(point[j]))]
    return len(alike) > 0
