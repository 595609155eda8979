from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies import convergence
from tunesmith.strategies.convergence import LEVEL, Improvements, largest, remaining_improvement

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
    bound = remaining_improvement(seen(points, bowl(points)))
    assert bound is not None
    assert bowl(points).min() <= bound  # the lowest is 0
    assert bound < np.median(bowl(points))


def test_it_shrinks_as_the_lowest_point_comes_near() -> None:
    points = np.random.default_rng(0).random((25, 2))
    near = np.concatenate([points, np.array([[0.3, 0.8]]) + 0.02 * (points[:10] - 0.5)])
    before, after = (remaining_improvement(seen(p, bowl(p))) for p in (points, near))
    assert before is not None
    assert after is not None
    assert after < 0.5 * before


def test_it_scales_with_the_losses() -> None:
    points = np.random.default_rng(1).random((20, 2))
    plain, scaled = (remaining_improvement(seen(points, f)) for f in (bowl(points), 1024 * bowl(points) + 7))
    assert plain is not None
    assert scaled == pytest.approx(1024 * plain, rel=1e-3)


def test_the_same_history_has_the_same_bound() -> None:
    points = np.random.default_rng(2).random((20, 2))
    history = seen(points, bowl(points))
    rebuilt = History.of(PLANE, history.finished)
    assert remaining_improvement(history) == remaining_improvement(rebuilt)


@pytest.mark.parametrize("losses", [[1.0] * 20, [1.0, 2.0] * 10, [np.nan] * 20])
def test_losses_that_tell_nothing_give_none(losses: list[float]) -> None:
    points = np.random.default_rng(3).random((20, 2))
    assert remaining_improvement(seen(points, np.array(losses))) is None


def test_failures_and_parameters_of_all_kinds_are_no_trouble() -> None:
    space = Space(
        [Continuous("x", 0.0, 1.0), Integer("n", 1, 5), Categorical("c", ("a", "b")), Integer("k", 2, 2)]
    )
    points = np.random.default_rng(4).random((20, 4))
    losses = np.where(points[:, 0] > 0.8, np.nan, points[:, 0] + points[:, 1])
    bound = remaining_improvement(seen(points, losses, space))
    assert bound is not None
    assert bound >= 0.0


DRAWS = st.lists(st.tuples(st.integers(-5, 20), st.integers(1, 8)), min_size=1, max_size=5)


def drawn(pairs: list[tuple[int, int]], best: float = 0.0) -> Improvements:
    """What may be found below a best loss: amounts and their weights."""
    amounts, weights = np.array(sorted(pairs), dtype=float).T
    return Improvements(best, amounts, np.cumsum(weights))


def probability(several: list[list[tuple[int, int]]], amount: float) -> float:
    """That none of them improves by more than an amount, by trying all their combinations."""
    total = below = 0
    for each in itertools.product(*several):
        weight = int(np.prod([weight for _, weight in each]))
        total += weight
        below += weight * all(found <= amount for found, _ in each)
    return below / total


@given(st.lists(DRAWS, min_size=1, max_size=4))
def test_the_bound_is_the_least_that_none_exceeds_with_the_probability(
    several: list[list[tuple[int, int]]],
) -> None:
    bound = largest([drawn(pairs) for pairs in several])
    assert probability(several, bound) >= LEVEL - 1e-9
    assert bound == 0.0 or probability(several, bound - 0.5) < LEVEL + 1e-9


@given(st.lists(DRAWS, min_size=1, max_size=4), DRAWS, st.integers(0, 30))
def test_one_more_algorithm_never_leaves_less(
    several: list[list[tuple[int, int]]], another: list[tuple[int, int]], behind: int
) -> None:
    before = [drawn(pairs) for pairs in several]
    worse = drawn(another, best=behind).on(0.0)
    assert largest([*before, worse]) >= largest(before)
    assert largest([worse, *before]) == largest([*before, worse])

    better = -float(behind)  # a best that is lower by so much: what can be reached is no higher than before
    reach = better - largest([*(each.on(better) for each in before), drawn(another, best=better)])
    assert reach <= -largest(before)


@given(st.lists(DRAWS, min_size=1, max_size=4), DRAWS)
def test_one_that_cannot_make_up_for_being_behind_changes_nothing(
    several: list[list[tuple[int, int]]], another: list[tuple[int, int]]
) -> None:
    before = [drawn(pairs) for pairs in several]
    assert largest([*before, drawn(another, best=20.0).on(0.0)]) == largest(before)


LINE = Space([Continuous("z", -1.0, 1.0), Categorical("c", ("a", "b"))])


def bowls(seed: int) -> tuple[History, History]:
    """The results of two algorithms in spaces of their own; both can get to 0."""
    points = np.random.default_rng(seed).random((25, 2))
    return seen(points, bowl(points)), seen(points, 3.0 * (points[:, 0] - 0.6) ** 2, LINE)


def worse(history: History, by: float) -> History:
    trials = [replace(trial, reports=tuple(r + by for r in trial.reports)) for trial in history.finished]
    return History.of(history.space, trials)


def bound_of(*histories: History) -> float:
    bound = remaining_improvement(*histories)
    assert bound is not None
    return bound


@pytest.mark.parametrize("seed", range(3))
def test_of_several_algorithms_the_best_of_all_is_improved(seed: int) -> None:
    plane, line = bowls(seed)
    bests = [float(history.losses.min()) for history in (plane, line)]
    both = bound_of(plane, line)
    assert both == bound_of(line, plane)
    assert both >= bound_of((plane, line)[int(np.argmin(bests))])
    assert min(bests) <= both  # the lowest of both is 0
    reach = min(best - bound_of(history) for best, history in zip(bests, (plane, line), strict=True))
    assert min(bests) - both <= reach + 1e-12


def test_two_alike_leave_more_than_one_of_them() -> None:
    plane, _ = bowls(0)
    assert bound_of(plane, plane) > bound_of(plane)
    assert bound_of(plane, plane, plane) > bound_of(plane, plane)


def test_the_further_one_is_behind_the_less_it_matters() -> None:
    plane, _ = bowls(1)
    alone = bound_of(plane)
    alike, near, far, hopeless = (bound_of(plane, worse(plane, by * alone)) for by in (0.0, 0.1, 1.0, 1e3))
    assert alike >= near >= far >= hopeless == alone
    assert alike > far


def test_one_of_which_nothing_can_be_said_leaves_everything_open() -> None:
    plane, line = bowls(2)
    assert remaining_improvement(plane, line.prefix(2)) is None
    assert remaining_improvement(plane, worse(line.prefix(2), 100.0)) is None
    assert remaining_improvement(plane, History(LINE)) is None
    assert remaining_improvement() is None


def test_with_few_results_more_may_be_left_than_the_model_says(monkeypatch: pytest.MonkeyPatch) -> None:
    plane, _ = bowls(0)
    bounds = {count: bound_of(plane.prefix(count)) for count in (5, 20, 25)}
    monkeypatch.setattr(convergence, "_ENOUGH", 0)
    plain = {count: bound_of(plane.prefix(count)) for count in bounds}
    assert bounds[5] == pytest.approx(2.0 * plain[5])
    assert (bounds[20], bounds[25]) == (plain[20], plain[25])
