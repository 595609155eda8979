import numpy as np

from tunesmith.numerics.axes import Axis
from tunesmith.numerics.space_filling import crowding, spread_out


def test_few_points_are_all_chosen_once() -> None:
    x = np.random.default_rng(0).random((20, 3))
    assert sorted(spread_out(x, [False] * 3, 50)) == list(range(20))


def test_repeated_points_come_last() -> None:
    x = np.repeat(np.random.default_rng(0).random((10, 2)), 3, axis=0)
    first = spread_out(x, [False, False], 30)[:10]
    assert len({i // 3 for i in first}) == 10
    assert sorted(spread_out(x, [False, False], 30)) == list(range(30))


def test_a_crowd_does_not_hide_the_rest() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([0.5 + 0.01 * rng.random((500, 2)), rng.random((50, 2))])
    chosen = spread_out(x, [False, False], 40)
    assert (chosen >= 500).sum() > 30
    assert list(chosen[:10]) == list(spread_out(x, [False, False], 10))


def test_levels_without_order_are_all_as_far_apart() -> None:
    x = np.column_stack([np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], 4), np.full(20, 0.5)])
    assert len({x[i, 0] for i in spread_out(x, [True, False], 5)}) == 5


def test_very_many_points_are_thinned() -> None:
    x = np.random.default_rng(0).random((50_000, 2))
    chosen = spread_out(x, [False, False], 30)
    assert len(set(chosen)) == 30
    assert chosen.max() > 40_000


def test_random_points_are_not_crowded_and_those_about_one_place_are() -> None:
    axes = [Axis(), Axis(), Axis(3, nominal=True)]
    rng = np.random.default_rng(1)
    spread = np.column_stack([rng.random((80, 2)), axes[2].snap(rng.random(80))])
    assert crowding(spread, axes) < 0.2
    together = spread.copy()
    together[20:, :2] = 0.5 + 0.05 * rng.random((60, 2))
    assert crowding(together, axes) > 0.5
    assert crowding(np.repeat(spread[:1], 5, axis=0), axes) == 1.0
