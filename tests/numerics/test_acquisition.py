import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from tunesmith.numerics.acquisition import (
    log_expected_improvement,
    log_expected_improvement_gradient,
    log_h,
    log_interior,
)


@pytest.mark.parametrize(
    ("mean", "sd", "best"), [(0.0, 1.0, 0.0), (2.0, 0.7, 1.0), (-1.0, 0.1, 0.5), (3.0, 1.0, -1.0)]
)
def test_is_the_logarithm_of_the_integral(mean: float, sd: float, best: float) -> None:
    expected, _ = quad(lambda f: (best - f) * norm.pdf(f, mean, sd), mean - 12 * sd, best)
    value = log_expected_improvement(np.array([mean]), np.array([sd**2]), best)
    assert np.isclose(value[0], np.log(expected))


def test_is_continuous_and_increasing_over_all_its_branches() -> None:
    for seam in (-0.5, -100.0):
        below, above = log_h(np.array([np.nextafter(seam, -np.inf), np.nextafter(seam, np.inf)]))[0]
        assert np.isclose(below, above, rtol=1e-9)
    z = -np.logspace(8, -3, 400)
    assert (np.diff(log_h(z)[0]) > 0.0).all()
    assert np.isfinite(log_h(z)[1]).all()


@pytest.mark.parametrize("z", [-1e4, -101.0, -99.0, -5.0, -0.6, -0.4, 0.0, 3.0, 20.0])
def test_derivative_equals_a_finite_difference(z: float) -> None:
    h = 1e-5 * max(1.0, abs(z))
    above, below = log_h(np.array([z + h]))[0], log_h(np.array([z - h]))[0]
    assert np.isclose((above - below)[0] / (2 * h), log_h(np.array([z]))[1][0], rtol=1e-4)


def test_gradient_follows_mean_and_variance() -> None:
    def at(x: float) -> tuple[np.ndarray, np.ndarray]:
        return np.array([np.sin(x)]), np.array([0.3 + 0.1 * np.cos(x)])

    for x in (-2.0, 0.1, 1.5):
        by_mean, by_variance = np.array([[np.cos(x)]]), np.array([[-0.1 * np.sin(x)]])
        value, gradient = log_expected_improvement_gradient(*at(x), by_mean, by_variance, -0.7)
        above = log_expected_improvement(*at(x + 1e-6), -0.7)
        below = log_expected_improvement(*at(x - 1e-6), -0.7)
        assert np.isclose(value[0], log_expected_improvement(*at(x), -0.7)[0])
        assert np.isclose(gradient[0, 0], (above - below)[0] / 2e-6, rtol=1e-6)


def test_the_interior_is_preferred_to_edges_and_those_to_corners() -> None:
    points = np.array([[0.5, 0.5], [0.5, 0.0], [1.0, 0.0], [0.3, 0.9]])
    value, gradient = log_interior(points)
    assert value[0] == 0.0
    assert value[0] > value[3] > value[1] > value[2]
    for column, step in enumerate(1e-6 * np.eye(2)):
        difference = (log_interior(points + step)[0] - log_interior(points - step)[0]) / 2e-6
        assert np.allclose(gradient[:, column], difference, atol=1e-4)
