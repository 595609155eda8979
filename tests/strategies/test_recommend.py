import math

import numpy as np
import pytest
from numpy.typing import NDArray

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Config, Continuous, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies.recommend import _roughened, recommend
from tunesmith.strategies.registry import get

PLANE = Space([Continuous("x", 0.0, 1.0), Continuous("y", 0.0, 1.0)])


def history_of(points: NDArray[np.float64], losses: NDArray[np.float64]) -> History:
    configs = PLANE.decode(points)
    return History.of(
        PLANE,
        [
            Trial(i, config, TrialState.COMPLETED, (float(loss),))
            for i, (config, loss) in enumerate(zip(configs, losses, strict=True), start=1)
        ],
    )


def bowl(points: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    return 50.0 + 10.0 * np.asarray(np.square(points - bottom).sum(axis=1))


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_a_rough_loss_equals_a_process_with_roughness_in_its_covariance(share: float) -> None:
    rng = np.random.default_rng(0)
    half, noise, y = rng.standard_normal((5, 5)), 0.3, rng.standard_normal(5)
    smooth = half @ half.T
    weights = smooth @ np.linalg.inv(smooth + noise * np.eye(5))
    mean, covariance = _roughened(weights @ y, smooth - weights @ smooth, y, np.full(5, noise), share)
    rough = smooth + share * noise * np.eye(5)
    weights = rough @ np.linalg.inv(smooth + noise * np.eye(5))
    assert np.allclose(mean, weights @ y)
    assert np.allclose(covariance, rough - weights @ rough)


def test_without_losses_there_is_nothing_to_recommend() -> None:
    assert recommend(PLANE, History(PLANE)) is None
    failed = Trial(1, {"x": 0.5, "y": 0.5}, TrialState.FAILED)
    assert recommend(PLANE, History.of(PLANE, [failed])) is None


def test_one_result_tells_which_but_not_how_sure() -> None:
    found = recommend(PLANE, history_of(np.array([[0.5, 0.5]]), np.array([3.0])))
    assert found is not None
    assert (found.number, found.mean) == (1, 3.0)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert found.better_than_default is None
    assert found.better_than_runner_up is None


def test_equal_losses_are_taken_at_their_word() -> None:
    found = recommend(PLANE, history_of(np.random.default_rng(0).random((6, 2)), np.full(6, 3.0)))
    assert found is not None
    assert found.low == found.mean == found.high == 3.0


def test_without_noise_it_is_the_best_and_surely_better_than_a_bad_default() -> None:
    points = np.random.default_rng(0).random((25, 2))
    losses = bowl(points, np.array([0.3, 0.7]))
    found = recommend(PLANE, history_of(points, losses))
    assert found is not None
    assert found.number == 1 + int(np.argmin(losses))
    assert found.low - 0.05 <= losses.min() <= found.high + 0.05
    assert found.better_than_default is not None
    assert found.better_than_default > 0.99


def test_with_noise_a_lucky_outlier_is_not_recommended() -> None:
    rng = np.random.default_rng(1)
    points = rng.random((60, 2))
    bottom = np.array([0.3, 0.7])
    losses = bowl(points, bottom) + 0.5 * rng.standard_normal(60)
    unlucky = int(np.argmax(np.abs(points - bottom).sum(axis=1)))
    losses[unlucky] = losses.min() - 0.1  # the best observation, at a bad place
    found = recommend(PLANE, history_of(points, losses))
    assert found is not None
    assert found.number != 1 + unlucky
    assert np.abs(points[found.number - 1] - bottom).max() < 0.3


def test_intervals_hold_what_they_promise_under_noise() -> None:
    inside = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        points, bottom = rng.random((25, 2)), rng.random(2)
        found = recommend(
            PLANE, history_of(points, bowl(points, bottom) + rng.standard_normal(25)), level=0.9
        )
        assert found is not None
        truth = bowl(points[found.number - 1 : found.number], bottom)[0]
        inside.append(found.low <= truth <= found.high)
    assert np.mean(inside) >= 0.85


@pytest.mark.long
def test_intervals_hold_what_they_promise_after_a_search_that_looked_where_it_was_lucky() -> None:
    inside = []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        bottom = rng.random(2)
        history = History(PLANE)
        for number in range(1, 21):
            (config,) = get("Bayesian").suggest(PLANE, history, 1, seed)
            loss = bowl(PLANE.encode([config]), bottom)[0] + rng.standard_normal()
            history = history.add(Trial(number, config, TrialState.COMPLETED, (float(loss),)))
        found = recommend(PLANE, history, level=0.9)
        assert found is not None
        inside.append(found.low <= bowl(PLANE.encode([found.config]), bottom)[0] <= found.high)
    assert sum(inside) >= 13


def test_the_probabilities_widen_with_the_level() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((20, 2))
    history = history_of(points, bowl(points, np.array([0.3, 0.7])) + rng.standard_normal(20))
    half, most = (recommend(PLANE, history, level) for level in (0.5, 0.95))
    assert half is not None
    assert most is not None
    assert most.low < half.low < half.mean < half.high < most.high


def test_repetitions_of_a_configuration_are_not_its_runners_up() -> None:
    space = Space([Categorical("c", ("a", "b"))])
    configs: list[Config] = [{"c": "a"}, {"c": "a"}, {"c": "b"}]
    trials = [
        Trial(i, c, TrialState.COMPLETED, (loss,))
        for i, (c, loss) in enumerate(zip(configs, (1.0, 1.2, 9.0), strict=True), 1)
    ]
    found = recommend(space, History.of(space, trials))
    assert found is not None
    assert found.config == {"c": "a"}
    assert found.better_than_runner_up is not None
    assert found.better_than_runner_up > 0.6


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_any_size_of_losses(size: float) -> None:
    points = np.random.default_rng(0).random((12, 2))
    found = recommend(PLANE, history_of(points, size * bowl(points, np.array([0.3, 0.7])) / 100.0))
    assert found is not None
    assert found.low <= found.mean <= found.high
    assert 0.1 * size < found.mean < 2.0 * size
