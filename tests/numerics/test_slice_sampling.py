import numpy as np
import pytest
from numpy.typing import NDArray

from tunesmith.numerics.slice_sampling import slice_sample

Array = NDArray[np.float64]
EVERYWHERE = np.full(2, -1e9), np.full(2, 1e9)


def normal(point: Array) -> float:
    """Standard deviations 1 and 3, correlation 1/2, mean (0, 5)."""
    precision = np.linalg.inv([[1.0, 1.5], [1.5, 9.0]])
    away = point - [0.0, 5.0]
    return float(-0.5 * away @ precision @ away)


@pytest.mark.parametrize("width", [0.5, 2.0, 50.0])
def test_draws_have_the_moments_of_the_density_whatever_the_width(width: float) -> None:
    draws = slice_sample(
        normal, np.array([0.0, 5.0]), np.full(2, width), EVERYWHERE, 4000, np.random.default_rng(0)
    )
    assert np.allclose(draws.mean(axis=0), [0.0, 5.0], atol=0.45)
    assert np.allclose(draws.std(axis=0), [1.0, 3.0], rtol=0.1)
    assert np.mean(draws[:, 0] * (draws[:, 1] - 5.0)) == pytest.approx(1.5, abs=0.4)  # the covariance


def test_draws_fill_a_flat_box_evenly_and_stay_inside() -> None:
    box = np.array([0.0, -2.0]), np.array([1.0, 2.0])
    draws = slice_sample(
        lambda _: 0.0, np.array([0.9, 0.0]), np.full(2, 0.7), box, 2000, np.random.default_rng(0)
    )
    assert (draws >= box[0]).all()
    assert (draws <= box[1]).all()
    for column, low, high in zip(draws.T, *box, strict=True):
        counts, _ = np.histogram(column, bins=4, range=(low, high))
        assert counts.min() > 400


def test_finds_its_way_from_an_improbable_start() -> None:
    draws = slice_sample(normal, np.array([9.0, -9.0]), np.ones(2), EVERYWHERE, 60, np.random.default_rng(0))
    assert np.abs(draws[30:].mean(axis=0) - [0.0, 5.0]).max() < 2.5


def test_a_density_that_is_a_point_keeps_the_point() -> None:
    def point_mass(point: Array) -> float:
        return 0.0 if (point == 3.0).all() else -np.inf

    draws = slice_sample(point_mass, np.full(2, 3.0), np.ones(2), EVERYWHERE, 3, np.random.default_rng(0))
    assert (draws == 3.0).all()


def test_the_start_and_the_seed_decide() -> None:
    start = np.zeros(2)
    one, same, other = (
        slice_sample(normal, start, np.ones(2), EVERYWHERE, 5, np.random.default_rng(seed))
        for seed in (0, 0, 1)
    )
    assert (one == same).all()
    assert (one != other).any()
    assert (start == 0.0).all()
