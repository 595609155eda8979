from __future__ import annotations

import numpy as np
import pytest

from tunesmith.core.history import History
from tunesmith.core.space import Continuous, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies._parents import agreement, parents_best, trusted
from tunesmith.strategies._surrogate import axes_of

PLANE = Space([Continuous("x", 0.0, 1.0), Continuous("y", 0.0, 1.0)])
AXES = axes_of(PLANE)
NOTHING: tuple[History, ...] = ()


def seen(count: int, sign: float = 1.0, seed: int = 0, prior: tuple[History, ...] = NOTHING) -> History:
    """So many random points of a bowl, right way up or upside down."""
    points = np.random.default_rng(seed).random((count, 2))
    losses = sign * ((points - 0.3) ** 2).sum(axis=1)
    trials = (
        Trial(i, config, TrialState.COMPLETED, (float(loss),))
        for i, (config, loss) in enumerate(zip(PLANE.decode(points), losses, strict=True), start=1)
    )
    return History.of(PLANE, trials, prior)


GOOD, BAD = seen(20), seen(20, -1.0)


def test_agreement_is_that_of_the_order() -> None:
    own = seen(8, seed=1)
    assert agreement(AXES, GOOD, own) > 0.8
    assert agreement(AXES, BAD, own) < -0.8


@pytest.mark.parametrize("own", [seen(0), seen(1)])
def test_nobody_is_judged_by_less_than_two_results(own: History) -> None:
    assert agreement(AXES, BAD, own) == 1.0


def test_failed_trials_are_no_judges() -> None:
    own = seen(1).add(Trial(2, {"x": 0.5, "y": 0.5}, TrialState.FAILED))
    assert agreement(AXES, BAD, own) == 1.0


def test_the_first_points_are_the_parents_best_and_an_even_one() -> None:
    first = History(PLANE, prior=(GOOD, BAD))
    points = parents_best(AXES, first, 3)
    assert len(points) == 6
    assert np.array_equal(points[:2], [p.points[p.losses.argmin()] for p in (GOOD, BAD)])
    running = first.with_open([Trial(1, {"x": 0.5, "y": 0.5})])
    assert parents_best(AXES, running, 3).shape == (0, 2)
    both = running.with_open([*running.open, Trial(2, {"x": 0.6, "y": 0.5})])
    assert np.array_equal(parents_best(AXES, both, 3), points)


def test_a_parent_that_foretells_the_opposite_is_left_out() -> None:
    own = seen(4, seed=1, prior=(BAD, GOOD))
    assert np.array_equal(parents_best(AXES, own, 2), GOOD.points[np.argsort(GOOD.losses)[:2]])


def test_trust_comes_and_goes_with_the_results() -> None:
    assert trusted(AXES, seen(8, seed=1, prior=(BAD, GOOD))) == (GOOD,)
    assert trusted(AXES, seen(8, -1.0, seed=1, prior=(BAD, GOOD))) == (BAD,)
    assert trusted(AXES, History(PLANE, prior=(BAD, GOOD))) == (BAD, GOOD)


def test_a_parent_without_results_is_of_no_use() -> None:
    failed = History.of(PLANE, [Trial(1, {"x": 0.5, "y": 0.5}, TrialState.FAILED)])
    for own in (History(PLANE, prior=(failed, History(PLANE))), seen(4, prior=(failed, History(PLANE)))):
        assert parents_best(AXES, own, 3).shape == (0, 2)
