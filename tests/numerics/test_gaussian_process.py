import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from tunesmith.numerics.gaussian_process import (
    Data,
    Features,
    Prior,
    condition,
    fit,
    log_posterior,
    log_posterior_with_gradient,
)

Array = NDArray[np.float64]

MIXED = Features((0, 2), ((1, 3),))


def mixed_inputs(count: int = 15, seed: int = 1) -> Array:
    rng = np.random.default_rng(seed)
    x = rng.random((count, 3))
    x[:, 1] = (rng.integers(3, size=count) + 0.5) / 3
    return x


def mixed_data(count: int = 15, seed: int = 1) -> Data:
    return Data.of(MIXED, mixed_inputs(count, seed), np.random.default_rng(seed).standard_normal(count))


def random_theta(features: Features, seed: int = 2) -> Array:
    return features.start(3) + 0.3 * np.random.default_rng(seed).standard_normal(features.parameters)


def sklearns(data: Data, theta: Array) -> GaussianProcessRegressor:
    """The same model without warping, and unfitted: the kernel's parameters are `theta`."""
    count = data.features.count
    lengths, signal, noise = np.exp(theta[:count]), np.exp(theta[count]), np.exp(theta[count + 1])
    kernel = ConstantKernel(signal) * Matern(lengths, nu=2.5) + WhiteKernel(noise)
    model = GaussianProcessRegressor(kernel, optimizer=None, alpha=1e-10)
    return model.fit(np.column_stack([np.exp(data.logs[0]), data.one_hot]), data.y)


def test_posterior_equals_that_of_scikit_learn() -> None:
    data, theta = mixed_data(), random_theta(MIXED)
    theta[MIXED.count + 2 :] = 0.0  # no warp
    x = mixed_inputs(7, seed=3)
    model = sklearns(data, theta)
    expected, covariance = model.predict(np.column_stack([x[:, [0, 2]], MIXED.one_hot(x)]), return_cov=True)
    noise = np.exp(theta[MIXED.count + 1])
    posterior = condition(data, theta)
    mean, variance = posterior.predict(x)
    assert np.allclose(mean, expected, atol=1e-6)
    assert np.allclose(variance, np.diag(covariance) - noise, atol=1e-6)
    assert np.allclose(posterior.covariance(x), covariance - noise * np.eye(7), atol=1e-6)
    assert np.isclose(posterior.noise, noise)


def test_likelihood_equals_that_of_scikit_learn() -> None:
    prior = Prior()

    def likelihood(theta: Array) -> float:
        return log_posterior(theta, mixed_data(), prior) - prior.log_density(theta, MIXED.count)[0]

    thetas = [random_theta(MIXED, seed) for seed in (4, 5)]
    for theta in thetas:
        theta[MIXED.count + 2 :] = 0.0
    ours = likelihood(thetas[0]) - likelihood(thetas[1])  # constants cancel
    theirs = [sklearns(mixed_data(), theta).log_marginal_likelihood_value_ for theta in thetas]
    assert np.isclose(ours, theirs[0] - theirs[1], rtol=1e-4)


@pytest.mark.parametrize("features", [MIXED, Features((0, 1, 2)), Features((), ((1, 3),))])
def test_gradient_of_the_posterior_density_equals_finite_differences(features: Features) -> None:
    data = Data.of(features, mixed_inputs(), mixed_data().y)
    theta, prior, h = random_theta(features), Prior(), 1e-5
    value, gradient = log_posterior_with_gradient(theta, data, prior)
    assert value == log_posterior(theta, data, prior)
    for i, unit in enumerate(np.eye(len(theta))):
        above, below = (log_posterior(theta + step * unit, data, prior) for step in (h, -h))
        assert np.isclose(gradient[i], (above - below) / (2 * h), rtol=1e-5, atol=1e-6)


def test_gradients_of_the_prediction_equal_finite_differences() -> None:
    posterior, h = condition(mixed_data(), random_theta(MIXED)), 1e-6
    x = mixed_inputs(5, seed=6)
    mean, variance, by_mean, by_variance = posterior.predict_with_gradient(x)
    assert np.allclose((mean, variance), posterior.predict(x))
    for column, axis in enumerate(MIXED.ordered):
        step = h * np.eye(3)[axis]
        (mean_above, variance_above), (mean_below, variance_below) = (
            posterior.predict(x + s) for s in (step, -step)
        )
        assert np.allclose(by_mean[:, column], (mean_above - mean_below) / (2 * h), atol=1e-6)
        assert np.allclose(by_variance[:, column], (variance_above - variance_below) / (2 * h), atol=1e-6)


def test_a_fit_is_a_maximum() -> None:
    data, prior = mixed_data(40), Prior()
    theta = fit(data, MIXED.start(3), prior)
    reached = log_posterior(theta, data, prior)
    assert reached > log_posterior(MIXED.start(3), data, prior)
    rng = np.random.default_rng(0)
    low, high = np.transpose(prior.bounds(MIXED))
    for _ in range(50):
        other = np.clip(theta + 0.3 * rng.standard_normal(len(theta)), low, high)
        assert log_posterior(other, data, prior) < reached + 0.05


def test_a_fit_finds_length_scales_and_noise() -> None:
    rng = np.random.default_rng(0)
    x = rng.random((120, 2))
    y = np.sin(6.0 * x[:, 0]) + 0.3 * rng.standard_normal(120)
    features = Features((0, 1))
    theta = fit(Data.of(features, x, y / y.std()), features.start(2), Prior())
    lengths, noise = np.exp(theta[:2]), np.exp(theta[3]) * y.var()
    assert lengths[1] > 3.0 * lengths[0]
    assert 0.05 < noise < 0.15


def test_mirroring_an_input_mirrors_the_posterior() -> None:
    data, prior = mixed_data(30), Prior()
    mirror = np.array([1.0, 0.0, 0.0])
    flipped = Data.of(MIXED, np.abs(mirror - mixed_inputs(30)), data.y)
    x = mixed_inputs(9, seed=8)
    here = condition(data, fit(data, MIXED.start(3), prior)).predict(x)
    there = condition(flipped, fit(flipped, MIXED.start(3), prior)).predict(np.abs(mirror - x))
    assert np.allclose(here, there, atol=1e-4)


@settings(deadline=None, max_examples=25)
@given(
    x=arrays(np.float64, (6, 3), elements=st.floats(0, 1)),
    y=arrays(np.float64, 6, elements=st.floats(-20, 20)),
    seed=st.integers(0, 99),
)
def test_any_data_can_be_fitted_and_conditioned_on(x: Array, y: Array, seed: int) -> None:
    data, prior = Data.of(MIXED, x, y), Prior(least_noise=1e-10)
    theta = fit(data, random_theta(MIXED, seed), prior)
    mean, variance = condition(data, theta).predict(np.concatenate([x, 1.0 - x]))
    assert np.isfinite(theta).all()
    assert np.isfinite(mean).all()
    assert (variance > 0.0).all()


def test_duplicates_without_noise_are_no_obstacle() -> None:
    data = Data.of(Features((0,)), np.full((20, 1), 0.5), np.arange(20.0))
    theta = np.array([0.0, 0.0, -30.0, 0.0, 0.0])
    assert np.isclose(condition(data, theta).predict(np.array([[0.5]]))[0][0], 9.5, rtol=0.01)


@pytest.mark.parametrize("dimensions", [1, 100])
def test_one_observation_in_any_dimension(dimensions: int) -> None:
    features = Features(tuple(range(dimensions)))
    data = Data.of(features, np.full((1, dimensions), 0.5), np.array([2.0]))
    posterior = condition(data, fit(data, features.start(dimensions), Prior()))
    near, far = posterior.predict(np.array([[0.5] * dimensions, [0.0] * dimensions]))[1]
    assert near < far
