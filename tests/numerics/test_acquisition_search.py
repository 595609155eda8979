import numpy as np
import pytest
from numpy.typing import NDArray

from tunesmith.numerics.acquisition_search import Acquisition, Effort, perturb, search
from tunesmith.numerics.axes import Axis, grid, snap

Array = NDArray[np.float64]
MIXED = (Axis(), Axis(5), Axis(3, nominal=True), Axis(), Axis(1000), Axis(200, first=1))


def hill(axes: tuple[Axis, ...], top: Array) -> Acquisition:
    """A paraboloid with its maximum 0 at `top`."""
    smooth = tuple(j for j, axis in enumerate(axes) if not axis.nominal)
    columns = list(smooth)

    def value(x: Array) -> Array:
        return np.asarray(-np.square(x - top).sum(axis=1))

    return Acquisition(value, lambda x: (value(x), -2.0 * (x - top)[:, columns]), smooth)


@pytest.mark.parametrize("seed", range(5))
def test_finds_the_top_of_a_hill_in_a_mixed_cube(seed: int) -> None:
    rng = np.random.default_rng(seed)
    top = snap(MIXED, rng.random((1, 6)))[0]
    found = search(MIXED, hill(MIXED, top), rng.random((3, 6)), np.ones(6), rng)
    assert np.abs(found[0] - top).max() < 2e-3


@pytest.mark.parametrize("seed", range(10))
def test_equals_brute_force_over_a_finite_cube(seed: int) -> None:
    axes = (Axis(7), Axis(4, nominal=True), Axis(9))
    rng = np.random.default_rng(seed)
    heights = dict(zip(map(tuple, grid(axes)), rng.standard_normal(252), strict=True))
    acquisition = Acquisition(lambda x: np.array([heights[tuple(row)] for row in x]), _never, (0, 2))
    found = search(axes, acquisition, np.empty((0, 3)), np.ones(3), rng)
    assert tuple(found[0]) == max(heights, key=lambda point: heights[point])
    assert len({tuple(point) for point in found}) == 252


def _never(x: Array) -> tuple[Array, Array]:
    raise AssertionError(x)


def test_sampling_comes_near_to_brute_force_over_a_larger_finite_cube() -> None:
    axes = (Axis(12), Axis(12), Axis(4, nominal=True), Axis(8, nominal=True))
    points = grid(axes)
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((4, 3))
    reached = []
    for seed in range(5):
        phase = np.random.default_rng(seed).random(3)

        def value(x: Array, phase: Array = phase) -> Array:
            return np.asarray(np.sin(4.0 * (x @ weights) + 6.0 * phase).sum(axis=1))

        found = search(axes, Acquisition(value, _never, ()), points[:1], np.ones(4), rng)
        reached.append(np.mean(value(points) > value(found[:1])[0]))
    assert max(reached) < 0.005  # the share of all points that are better


def test_points_come_best_first_and_have_the_axes_levels() -> None:
    rng = np.random.default_rng(0)
    acquisition = hill(MIXED, np.full(6, 0.4))
    found = search(MIXED, acquisition, rng.random((2, 6)), np.ones(6), rng)
    assert (np.diff(acquisition.value(found)) <= 0.0).all()
    assert np.allclose(snap(MIXED, found), found, atol=1e-12)
    assert found.min() >= 0.0
    assert found.max() <= 1.0


def test_gradients_lead_where_candidates_do_not() -> None:
    axes = (Axis(),) * 8
    rng = np.random.default_rng(0)
    top = rng.random(8)
    acquisition = hill(axes, top)
    without = search(axes, acquisition, rng.random((2, 8)), np.ones(8), rng, Effort(iterations=0, finish=0))
    with_gradients = search(axes, acquisition, rng.random((2, 8)), np.ones(8), rng)
    assert acquisition.value(with_gradients)[0] > 0.01 * acquisition.value(without)[0]


@pytest.mark.parametrize("seed", range(5))
def test_a_radius_holds_the_search_near_the_first_anchor(seed: int) -> None:
    rng = np.random.default_rng(seed)
    anchors = snap(MIXED, rng.random((3, 6)))
    top = snap(MIXED, np.abs(anchors[:1] - [0.3, 0.0, 0.0, 0.02, 0.0, 0.0]))[0]
    found = search(MIXED, hill(MIXED, top), anchors, np.ones(6), rng, radius=0.1)[0]
    assert np.abs(found - anchors[0])[[0, 3]].max() <= 0.1 + 1e-9
    nearest = np.clip(top, anchors[0] - 0.1, anchors[0] + 0.1)
    assert np.abs(found - nearest)[[0, 3]].max() < 2e-3
    assert np.allclose(found[[1, 2]], top[[1, 2]])  # levels that are tried one by one are near everywhere


def test_a_flat_function_is_no_obstacle() -> None:
    flat = Acquisition(
        lambda x: np.zeros(len(x)), lambda x: (np.zeros(len(x)), np.zeros((len(x), 5))), (0, 1, 3, 4, 5)
    )
    found = search(MIXED, flat, np.empty((0, 6)), np.ones(6), np.random.default_rng(0))
    assert found.shape[1] == 6


def test_perturbed_points_move_and_stay_inside() -> None:
    rng = np.random.default_rng(0)
    points = snap(MIXED, rng.random((200, 6)))
    moved = perturb(MIXED, points, rng)
    assert moved.min() >= 0.0
    assert moved.max() <= 1.0
    assert (snap(MIXED, moved) != points).any(axis=1).mean() > 0.7
    assert np.median(np.abs(moved - points)[:, 0]) < 0.05
