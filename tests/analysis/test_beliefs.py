from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.analysis.beliefs import FEWEST, Beliefs
from tunesmith.core.history import History
from tunesmith.core.space import Space

Seen = Callable[..., History]


def bowl(points: np.ndarray) -> np.ndarray:
    return np.asarray(3.0 + 5.0 * ((points - 0.4) ** 2).sum(axis=1))


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return np.random.default_rng(0).random((25, 2))


def test_functions_agree_with_the_results_in_units_of_the_losses(
    plane: Space, seen: Seen, points: np.ndarray
) -> None:
    losses = bowl(points)
    beliefs = Beliefs.after(plane, seen(plane, points, losses))
    assert beliefs is not None
    assert len(beliefs.each) == 2
    better = np.argsort(losses)[:10]
    rng = np.random.default_rng(0)
    for belief, posterior in beliefs.posteriors():
        drawn = belief.functions(posterior, points[better], 50, rng)
        told = losses.min() + belief.unit * (drawn - belief.best)
        assert np.abs(told - losses[better]).max() < 0.1 * np.ptp(losses)


def test_the_likeliest_points_are_those_near_the_lowest(plane: Space, seen: Seen, points: np.ndarray) -> None:
    beliefs = Beliefs.after(plane, seen(plane, points, bowl(points)))
    assert beliefs is not None
    belief, posterior = next(beliefs.posteriors())
    likely = belief.pool[belief.promising(posterior, belief.pool, 20)]
    assert np.abs(likely - 0.4).mean() < 0.5 * np.abs(belief.pool - 0.4).mean()


@pytest.mark.parametrize(
    "losses",
    [np.ones(25), np.r_[0.0, np.ones(24)], np.r_[np.arange(FEWEST - 1), np.full(26 - FEWEST, np.nan)]],
)
def test_nothing_is_believed_of_results_that_are_alike_or_few(
    plane: Space, seen: Seen, points: np.ndarray, losses: np.ndarray
) -> None:
    assert Beliefs.after(plane, seen(plane, points, losses)) is None


def test_many_equally_good_results_say_nothing(plane: Space, seen: Seen, points: np.ndarray) -> None:
    losses = np.r_[np.zeros(15), np.arange(10.0)]
    assert Beliefs.after(plane, seen(plane, points, losses)) is None
