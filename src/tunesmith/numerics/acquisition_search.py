"""The search for the maximum of an acquisition function over a unit cube of mixed axes.

Candidates all over the cube and near given anchors; a few starts; from each, L-BFGS-B along the axes that are
continuous or have many ordered levels, then a hill climb by single changes along the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from tunesmith.numerics.axes import Axis, grid, size, snap
from tunesmith.numerics.clamp import clamp

Array = NDArray[np.float64]
Vector: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]

_STAY = 0.7  # the probability that near an anchor an enumerable coordinate is the anchor's


@dataclass(frozen=True)
class Acquisition:
    """A function of points (m, d) to be maximised, and the same with its gradient along the columns `smooth`."""

    value: Callable[[Array], Array]
    value_and_gradient: Callable[[Array], tuple[Array, Array]]  # (m,) and (m, len(smooth))
    smooth: tuple[int, ...]


@dataclass(frozen=True)
class Effort:
    """How hard to search."""

    everywhere: int = 256  # candidates all over the cube
    nearby: int = 64  # near the first anchor, and as many near all of them
    starts: int = 4
    iterations: int = 12  # of L-BFGS-B from all starts, twice
    finish: int = 30  # of L-BFGS-B from the best point then
    climb: int = 5  # steps of the hill climb
    enumerate_up_to: int = 1000  # a cube with so few points is searched exhaustively


def search(
    axes: Sequence[Axis],
    acquisition: Acquisition,
    anchors: Array,
    reach: Array,
    rng: np.random.Generator,
    effort: Effort = Effort(),
    radius: float | None = None,
) -> Array:
    """The points that were tried, best first, shape (m, d), duplicates included.

    `anchors` (a, d) are good points, the best first. `reach` (d,) is how far along each axis the function varies:
    it scales the steps of the local search. With a `radius` the search keeps so near to the first anchor along the
    axes that are not enumerable.
    """
    if size(axes) <= effort.enumerate_up_to:
        points = grid(axes)
        return points[np.argsort(-acquisition.value(points), kind="stable")]
    within = _within(axes, anchors, radius)
    candidates = _candidates(axes, anchors, rng, effort)
    if radius is not None:
        candidates = _drawn_in(axes, candidates, anchors[0], within, rng)
    candidates = snap(axes, candidates)
    values = acquisition.value(candidates)
    tried = [(candidates, values)]
    chosen = _starts(values, effort.starts, rng)
    points, heights = candidates[chosen], values[chosen]
    for _ in range(2):
        ascended = _ascend(axes, acquisition, points, reach, within, effort.iterations)
        points, heights = _better(points, heights, ascended, acquisition.value(ascended))
        climbed, climbed_heights, seen = _climb(axes, acquisition, points, heights, effort.climb)
        tried += [(points, heights), *seen]
        moved = (climbed != points).any()
        points, heights = climbed, climbed_heights
        if not moved:
            break
    best = points[[int(np.argmax(heights))]]
    finished = _ascend(axes, acquisition, best, reach, within, effort.finish)
    tried.append((finished, acquisition.value(finished)))
    everything, scores = (np.concatenate(parts) for parts in zip(*tried, strict=True))
    return everything[np.argsort(-scores, kind="stable")]


def perturb(axes: Sequence[Axis], points: Array, rng: np.random.Generator) -> Array:
    """Move each of `points` (m, d) a little, along a few axes or along most, staying in the cube.

    Steps are normal with a scale that is drawn for each point; ordered levels often move by one, unordered ones
    are drawn anew with probability 1/2.
    """
    count, d = points.shape
    scale = rng.choice([0.2, 0.05, 0.01], size=(count, 1))
    share = np.where(rng.random((count, 1)) < 0.5, min(1.0, 2.0 / d), 0.7)
    moves = rng.random((count, d)) < share
    moves[np.arange(count), rng.integers(d, size=count)] = True
    steps = scale * rng.standard_normal((count, d))
    coin, draw = rng.random((count, d)) < 0.5, rng.random((count, d))
    moved = points + steps
    for j, axis in enumerate(axes):
        if axis.levels is None:
            continue
        if axis.nominal:
            moved[:, j] = np.where(coin[:, j], draw[:, j], points[:, j])
        else:
            by_one = axis.unit(np.clip(axis.level(points[:, j]) + np.sign(steps[:, j]), 0, axis.levels - 1))
            moved[:, j] = np.where(coin[:, j], by_one, moved[:, j])
    moved = np.abs(moved)  # reflect at 0, then at 1
    moved = 1.0 - np.abs(1.0 - moved)
    return np.where(moves, np.clip(moved, 0.0, 1.0), points)


def _candidates(axes: Sequence[Axis], anchors: Array, rng: np.random.Generator, effort: Effort) -> Array:
    everywhere = rng.random((effort.everywhere, len(axes)))
    if not len(anchors):
        return everywhere
    origins = np.concatenate([np.zeros(effort.nearby, int), rng.integers(len(anchors), size=effort.nearby)])
    return np.concatenate([everywhere, perturb(axes, anchors[origins], rng)])


def _within(axes: Sequence[Axis], anchors: Array, radius: float | None) -> tuple[Array, Array]:
    """The lowest and the highest coordinates that are searched, shapes (d,)."""
    low, high = np.zeros(len(axes)), np.ones(len(axes))
    if radius is not None:
        near = [j for j, axis in enumerate(axes) if not axis.is_enumerable]
        low[near] = np.maximum(anchors[0, near] - radius, 0.0)
        high[near] = np.minimum(anchors[0, near] + radius, 1.0)
    return low, high


def _drawn_in(
    axes: Sequence[Axis], points: Array, anchor: Array, within: tuple[Array, Array], rng: np.random.Generator
) -> Array:
    """The points moved into a part of the cube, and most of their enumerable coordinates to the anchor's."""
    low, high = within
    outside = (points < low) | (points > high)
    moved = np.where(outside, low + (high - low) * points, points)
    stays = rng.random(points.shape) < _STAY
    return np.where(stays & [axis.is_enumerable for axis in axes], anchor, moved)


def _starts(values: Array, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """The best, and others drawn without repetition with probabilities that grow with the standardised value."""
    spread = values.std()
    scores = (values - values.mean()) / (spread if spread > 0.0 else 1.0) + rng.gumbel(size=len(values))
    best = int(np.argmax(values))
    scores[best] = np.inf
    return np.argsort(-scores, kind="stable")[:count]


def _ascend(
    axes: Sequence[Axis],
    acquisition: Acquisition,
    points: Array,
    reach: Array,
    within: tuple[Array, Array],
    iterations: int,
) -> Array:
    """Climb from all of `points` at once: the sum over the points is one function of all their coordinates."""
    free = [g for g, j in enumerate(acquisition.smooth) if not axes[j].is_enumerable]
    columns = [acquisition.smooth[g] for g in free]
    if not columns:
        return points
    unit = reach[columns]
    moved = points.copy()

    def descent(flat: Vector) -> tuple[float, Array]:
        moved[:, columns] = clamp(flat.reshape(len(points), -1) * unit, 0.0, 1.0)
        values, gradients = acquisition.value_and_gradient(moved)
        return -float(values.sum()), -(gradients[:, free] * unit).ravel()

    found = minimize(
        descent,
        (points[:, columns] / unit).ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(*(np.tile(end[columns] / unit, len(points)) for end in within), strict=True)),
        options={"maxiter": iterations, "maxfun": 2 * iterations},
    ).x
    moved[:, columns] = clamp(found.reshape(len(points), -1) * unit, 0.0, 1.0)
    return snap(axes, moved)


def _climb(
    axes: Sequence[Axis], acquisition: Acquisition, points: Array, heights: Array, steps: int
) -> tuple[Array, Array, list[tuple[Array, Array]]]:
    """Move each point to the best of its one-change neighbours while that is better; also all that was tried."""
    points, heights = points.copy(), heights.copy()
    tried: list[tuple[Array, Array]] = []
    climbing = np.arange(len(points))
    for _ in range(steps):
        around, counts = _neighbours(axes, points[climbing])
        if not len(around):
            break
        values = acquisition.value(around)
        tried.append((around, values))
        still = []
        for i, start, count in zip(climbing, np.cumsum(counts) - counts, counts, strict=True):
            best = start + int(np.argmax(values[start : start + count]))
            if values[best] > heights[i]:
                points[i], heights[i] = around[best], values[best]
                still.append(i)
        climbing = np.array(still, dtype=int)
    return points, heights, tried


def _neighbours(axes: Sequence[Axis], points: Array) -> tuple[Array, NDArray[np.intp]]:
    """All points that differ from one of `points` (m, d) by one change, in the order of those, and each one's number."""
    units, changes = zip(*(axis.neighbours(points[:, j]) for j, axis in enumerate(axes)), strict=True)
    column = np.repeat(np.arange(len(axes)), [block.shape[1] for block in units])
    around = np.repeat(points[:, None, :], len(column), axis=1)
    around[:, np.arange(len(column)), column] = np.concatenate(units, axis=1)
    changed = np.concatenate(changes, axis=1)
    return around[changed], changed.sum(axis=1)


def _better(points: Array, heights: Array, others: Array, other_heights: Array) -> tuple[Array, Array]:
    gain = other_heights > heights
    return np.where(gain[:, None], others, points), np.where(gain, other_heights, heights)
