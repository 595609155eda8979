import numpy as np
import pytest
from numpy.typing import NDArray

from tunesmith.numerics.anova_kernel import Belief, Model, basis_of, measure_of
from tunesmith.numerics.axes import Axis

AXES = [
    Axis(),
    Axis(2),
    Axis(7),
    Axis(40),
    Axis(9, first=1),
    Axis(500, first=2),
    Axis(3, nominal=True),
    Axis(2, nominal=True),
]


def drawn(axes: list[Axis], count: int, seed: int = 0) -> NDArray[np.float64]:
    units = np.random.default_rng(seed).random((count, len(axes)))
    return np.column_stack([axis.snap(units[:, j]) for j, axis in enumerate(axes)])


@pytest.mark.parametrize("axis", AXES)
def test_the_measure_is_that_of_uniform_units(axis: Axis) -> None:
    nodes, weights = measure_of(axis)
    units = axis.snap((np.arange(40_000) + 0.5) / 40_000)
    assert weights.sum() == pytest.approx(1.0)
    for function in (lambda u: u, np.square, lambda u: np.sin(3.0 * u)):
        assert weights @ function(nodes) == pytest.approx(function(units).mean(), abs=4e-3)


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("length", [0.15, 0.6, 4.0])
def test_a_basis_is_orthonormal_and_without_mean(axis: Axis, length: float) -> None:
    basis = basis_of(axis, length)
    weighted = basis.weights[:, None] * basis.at_nodes
    assert np.allclose(weighted.sum(axis=0), 0.0, atol=1e-6)
    assert np.allclose(basis.at_nodes.T @ weighted, np.eye(len(basis.spectrum)), atol=1e-8)
    assert 0.99 < basis.spectrum.sum() <= 1.0 + 1e-12


@pytest.mark.parametrize("axis", AXES)
def test_between_its_nodes_a_basis_goes_on(axis: Axis) -> None:
    basis = basis_of(axis, 0.6)
    assert np.allclose(basis.at(basis.nodes)[:, :5], basis.at_nodes[:, :5], atol=1e-6)
    everywhere = basis.at(axis.snap((np.arange(20_000) + 0.5) / 20_000))
    assert np.allclose(everywhere.mean(axis=0)[:5], 0.0, atol=0.05)
    assert np.allclose(everywhere.var(axis=0)[:3], 1.0, atol=0.05)


def test_the_covariance_is_one_and_the_sum_of_all_effects() -> None:
    axes = [Axis(), Axis(3, nominal=True), Axis(5)]
    x = drawn(axes, 12)
    model = Model(axes, x, np.zeros(12), Belief())
    theta = np.log([0.5, 0.3, 0.2, 0.5, 1.0, 1.0, 0.8, 1e-3])
    a, b, c = (scale * (phi := model.basis(j, theta)[1]) @ phi.T for j, scale in enumerate([0.5, 0.3, 0.2]))
    expected = 1.0 + a + b + c + 0.8 * (a * b + a * c + b * c) + 0.64 * a * b * c
    assert np.allclose(model.covariance(theta), expected, atol=1e-12)


def test_the_posterior_is_the_textbook_formula() -> None:
    axes = [Axis(), Axis()]
    x, y = drawn(axes, 9), np.random.default_rng(1).standard_normal(9)
    belief = Belief()
    model = Model(axes, x, y, belief)
    theta = belief.start(2)
    k = model.covariance(theta)
    k += (np.exp(theta[-1]) + 1e-8 * k[0, 0]) * np.eye(9)
    expected = -0.5 * y @ np.linalg.solve(k, y) - 0.5 * np.linalg.slogdet(k)[1]
    assert model.log_posterior(theta) == pytest.approx(expected + belief.log_density(theta, 2))


def test_probable_parameters_know_what_matters() -> None:
    axes = [Axis(), Axis(), Axis(4, nominal=True)]
    x = drawn(axes, 50)
    y = np.sin(5.0 * x[:, 0]) + (x[:, 2] > 0.5)
    model = Model(axes, x, (y - y.mean()) / y.std(), Belief())
    effects = np.exp(model.thetas(30, np.random.default_rng(0))[10:, :3])
    first, second, third = np.median(effects, axis=0)
    assert min(first, third) > 0.05
    assert second < 1e-2
