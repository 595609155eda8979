"""Whom to believe: those earlier tuning jobs that have foretold this one's results so far.

A parent may be about another problem, or even the opposite one. So the best point of a parent is tried first and
an even one next, and from then on each parent is judged by how well a model of its own results orders the
configurations that were tried here. One that does not is left out, until it does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tunesmith.strategies._surrogate import Array, Prefix, posterior_of, theta_of

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Points
    from tunesmith.numerics.axes import Axis

_TRUSTED = 0.3  # Kendall's rank correlation from which on a parent is believed
_ENOUGH = 2  # results to judge by


def parents_best(axes: tuple[Axis, ...], history: History, most: int) -> Points:
    """The best points of the parents that are believed now: the best of each, then the second best of each ..."""
    if len(history) < _ENOUGH and history.created % 2 == 1:  # nothing to judge by: every other trial is even
        return np.empty((0, len(history.space)))
    ranked = [_best(parent, most) for parent in trusted(axes, history)]
    rounds = [points[i] for i in range(most) for points in ranked if i < len(points)]
    return np.array(rounds).reshape(-1, len(history.space))


def trusted(axes: tuple[Axis, ...], history: History) -> tuple[History, ...]:
    """The parents that are believed now."""
    return tuple(parent for parent in history.prior if agreement(axes, parent, history) > _TRUSTED)


def agreement(axes: tuple[Axis, ...], parent: History, history: History) -> float:
    """Kendall's rank correlation of a history's losses and what its parent's results make one expect; 1 at first."""
    known = np.isfinite(history.losses)
    losses, points = history.losses[known], history.points[known]
    if len(losses) < _ENOUGH or not np.isfinite(parent.losses).any():
        return 1.0
    prefix = Prefix.of(axes, replace(parent, prior=()), compressed=True)
    expected = posterior_of(prefix, theta_of(prefix), points[:0]).predict(points)[0]
    concord = _order(expected) * _order(losses)
    return float(concord.sum() / (len(losses) * (len(losses) - 1)))


def _order(values: Array) -> Array:
    """For each pair of values, 1, 0 or -1 as the first is larger, equal or smaller."""
    return np.sign(np.subtract.outer(values, values))


def _best(parent: History, most: int) -> Points:
    order = np.argsort(parent.losses, kind="stable")[:most]  # NaN, a failure, sorts last
    return parent.points[order[np.isfinite(parent.losses[order])]]
