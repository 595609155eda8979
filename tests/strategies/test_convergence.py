from __future__ import annotations

import numpy as np
import pytest

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies.convergence import remaining_improvement

PLANE = Space([Continuous("x", 0.0, 1.0), Continuous("y", 0.0, 1.0)])


def bowl(points: np.ndarray) -> np.ndarray:
    return np.asarray(((points - np.array([0.3, 0.8])) ** 2).sum(axis=1))


def seen(points: np.ndarray, losses: np.ndarray, space: Space = PLANE) -> History:
    configs = space.decode(points)
    pairs = enumerate(zip(configs, losses, strict=True), start=1)
    return History.of(
        space,
        [
            Trial(n, config, TrialState.COMPLETED if np.isfinite(loss) else TrialState.FAILED, (float(loss),))
            for n, (config, loss) in pairs
        ],
    )


@pytest.mark.parametrize("seed", range(5))
def test_what_is_left_lies_below_the_bound(seed: int) -> None:
    points = np.random.default_rng(seed).random((25, 2))
    bound = remaining_improvement(PLANE, seen(points, bowl(points)))
    assert bound is not None
    assert bowl(points).min() <= bound  # the lowest is 0
    assert bound < np.median(bowl(points))


def test_it_shrinks_as_the_lowest_point_comes_near() -> None:
    points = np.random.default_rng(0).random((25, 2))
    near = np.concatenate([points, np.array([[0.3, 0.8]]) + 0.02 * (points[:10] - 0.5)])
    before, after = (remaining_improvement(PLANE, seen(p, bowl(p))) for p in (points, near))
    assert before is not None
    assert after is not None
    assert after < 0.5 * before


def test_it_scales_with_the_losses() -> None:
    points = np.random.default_rng(1).random((20, 2))
    plain, scaled = (
        remaining_improvement(PLANE, seen(points, f)) for f in (bowl(points), 1024 * bowl(points) + 7)
    )
    assert plain is not None
    assert scaled == pytest.approx(1024 * plain, rel=1e-3)


def test_the_same_history_has_the_same_bound() -> None:
    points = np.random.default_rng(2).random((20, 2))
    history = seen(points, bowl(points))
    rebuilt = History.of(PLANE, history.finished)
    assert remaining_improvement(PLANE, history) == remaining_improvement(PLANE, rebuilt)


@pytest.mark.parametrize("losses", [[1.0] * 20, [1.0, 2.0] * 10, [np.nan] * 20])
def test_losses_that_tell_nothing_give_none(losses: list[float]) -> None:
    points = np.random.default_rng(3).random((20, 2))
    assert remaining_improvement(PLANE, seen(points, np.array(losses))) is None


def test_failures_and_parameters_of_all_kinds_are_no_trouble() -> None:
    space = Space(
        [Continuous("x", 0.0, 1.0), Integer("n", 1, 5), Categorical("c", ("a", "b")), Integer("k", 2, 2)]
    )
    points = np.random.default_rng(4).random((20, 4))
    losses = np.where(points[:, 0] > 0.8, np.nan, points[:, 0] + points[:, 1])
    bound = remaining_improvement(space, seen(points, losses, space))
    assert bound is not None
    assert bound >= 0.0
