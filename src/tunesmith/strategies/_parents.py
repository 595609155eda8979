"""Whom to believe: those earlier tuning jobs that have foretold this one's results so far.

A parent may be about another problem, or even the opposite one. So the best point of a parent is tried first and
an even one next, and from then on each parent is judged by how the results here go with what a model of its own
results makes one expect. One that does not foretell them is left out, until it does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tunesmith.numerics.transforms import centre, compress
from tunesmith.strategies._surrogate import Prefix, alone

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Points
    from tunesmith.numerics.axes import Axis

ENOUGH = 2  # results to judge by
_AGREES = 0.4  # the least correlation of one that is believed
_EXACT = 1e-9


def parents_best(history: History, most: int) -> Points:
    """The best points of the parents, for every other trial: the best of each, then the second best of each ..."""
    if history.created % 2 == 1:
        return np.empty((0, len(history.space)))
    ranked = [_best(parent, most) for parent in history.prior]
    rounds = [points[i] for i in range(most) for points in ranked if i < len(points)]
    return np.array(rounds).reshape(-1, len(history.space))


def with_results(history: History) -> History:
    """The history with those parents that have a result."""
    return replace(history, prior=tuple(p for p in history.prior if np.isfinite(p.losses).any()))


def listening(axes: tuple[Axis, ...], history: History) -> History:
    """The history with those parents that are believed now."""
    usable = with_results(history).prior
    return replace(history, prior=tuple(p for p in usable if _is_believed(axes, p, history)))


def _is_believed(axes: tuple[Axis, ...], parent: History, history: History) -> bool:
    """Whether results go as expected: the first two are in the expected order, more are correlated with it.

    A higher correlation is not asked of few results, although chance often makes it: to believe a parent for a few
    trials without a reason costs less than to doubt a good one for as many.
    """
    if np.isfinite(history.losses).sum() < ENOUGH:
        return True
    return agreement(axes, parent, history) > _AGREES


def agreement(axes: tuple[Axis, ...], parent: History, history: History) -> float:
    """The correlation of a history's results and what its parent's make one expect; 0 where either are all equal.

    Losses are compressed as for the model, so that bad ones do not outweigh the others.
    """
    known = np.isfinite(history.losses)
    points, losses = history.points[known], compress(centre(history.losses[known], np.inf))
    expected = alone(Prefix.of(axes, replace(parent, prior=()), compressed=True)).predict(points)[0]
    if min(np.ptp(losses), np.ptp(expected)) < _EXACT:
        return 0.0
    return float(np.corrcoef(losses, expected)[0, 1])


def _best(parent: History, most: int) -> Points:
    order = np.argsort(parent.losses, kind="stable")[:most]  # NaN, a failure, sorts last
    return parent.points[order[np.isfinite(parent.losses[order])]]
