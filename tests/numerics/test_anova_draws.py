from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from tunesmith.numerics.anova_draws import Functions, Turn, draw
from tunesmith.numerics.anova_kernel import Basis, Belief, Model, measure_of
from tunesmith.numerics.axes import Axis

Array = NDArray[np.float64]

AXES = [Axis(3, nominal=True), Axis(4), Axis(5, first=1), Axis(2)]
THETA = np.log([0.5, 0.4, 0.6, 0.3, 1.0, 0.5, 0.7, 1.0, 2.0, 1e-3])


@pytest.fixture(scope="module")
def model() -> Model:
    rng = np.random.default_rng(0)
    x = np.column_stack([axis.snap(rng.random(20)) for axis in AXES])
    return Model(AXES, x, rng.standard_normal(20), Belief())


def drawn(model: Model, half: int = 3, seed: int = 1) -> tuple[list[Basis], Functions]:
    functions = draw(model, THETA, half, np.random.default_rng(seed))
    assert functions is not None
    return [model.basis(j, THETA)[0] for j in range(len(AXES))], functions


def on_the_grid(bases: list[Basis], functions: Functions) -> Array:
    """The values everywhere, for all levels of all axes, the last index for the functions."""
    mesh = np.meshgrid(*(basis.nodes for basis in bases), indexing="ij")
    values = functions.at([basis.at(u.ravel()) for basis, u in zip(bases, mesh, strict=True)])
    return np.moveaxis(values.reshape(-1, *mesh[0].shape), 0, -1)


def average(values: Array, weights: list[Array], kept: tuple[int, ...]) -> Array:
    for j in reversed(range(len(weights))):
        if j not in kept:
            values = np.tensordot(values, weights[j], axes=(j, 0))
    return values


def variances(values: Array, weights: list[Array]) -> dict[tuple[int, ...], Array]:
    """Of the effect of every set of axes, by its definition: one function after the other."""
    found: dict[tuple[int, ...], Array] = {}
    for size in range(1, len(weights) + 1):
        for kept in combinations(range(len(weights)), size):
            reduced = np.moveaxis(np.stack([average(values[..., s], weights, kept) for s in range(6)]), 0, -1)
            overall = np.array([average(values[..., s], weights, ()) for s in range(6)])
            second = np.square(reduced - overall)
            for j in kept:
                second = np.tensordot(weights[j], second, axes=(0, 0))
            inner = (found[sub] for r in range(1, size) for sub in combinations(kept, r))
            found[kept] = second - sum(inner)
    return found


def check_against_the_definition(functions: Functions, values: Array, weights: list[Array]) -> None:
    expected = variances(values, weights)
    whole, main, total, pairs = functions.variances()
    assert np.allclose(whole, sum(expected.values()), rtol=1e-6)
    assert np.allclose(functions.mean(), [average(values[..., s], weights, ()) for s in range(6)])
    for j in range(len(AXES)):
        assert np.allclose(main[j], expected[j,], rtol=1e-6, atol=1e-9)
        assert np.allclose(total[j], sum(v for kept, v in expected.items() if j in kept), rtol=1e-6)
    for pair, share in pairs.items():
        assert np.allclose(share, expected[pair], rtol=1e-6, atol=1e-9)


def test_variances_are_those_of_the_definition(model: Model) -> None:
    bases, functions = drawn(model)
    check_against_the_definition(functions, on_the_grid(bases, functions), [basis.weights for basis in bases])


def test_and_under_another_measure(model: Model) -> None:
    bases, functions = drawn(model)
    rng = np.random.default_rng(5)
    weights = [rng.dirichlet(np.ones(len(basis.nodes))) for basis in bases]
    turned = functions.under([Turn.of(b.at_nodes, w) for b, w in zip(bases, weights, strict=True)])
    check_against_the_definition(turned, on_the_grid(bases, functions), weights)


def test_a_measure_of_one_point_leaves_no_variance(model: Model) -> None:
    bases, functions = drawn(model)
    weights = [np.eye(len(basis.nodes))[0] for basis in bases]
    turned = functions.under([Turn.of(b.at_nodes, w) for b, w in zip(bases, weights, strict=True)])
    whole, main, total, _ = turned.variances()
    assert np.allclose(whole, 0.0)
    assert np.allclose(main, 0.0)
    assert np.allclose(total, 0.0)


def test_draws_have_the_moments_of_the_posterior(model: Model) -> None:
    theta = THETA.copy()
    theta[-2] = np.log(0.05)  # three together do so little that few random products show it
    functions = draw(model, theta, 4000, np.random.default_rng(1))
    assert functions is not None
    rng = np.random.default_rng(2)
    x = np.column_stack([axis.snap(rng.random(6)) for axis in AXES])
    both = Model(AXES, np.concatenate([model.x, x]), np.zeros(26), Belief()).covariance(theta)
    known = both[:20, :20] + (np.exp(theta[-1]) + 1e-8 * both[0, 0]) * np.eye(20)
    gain = np.linalg.solve(known, both[:20, 20:])
    mean, covariance = model.y @ gain, both[20:, 20:] - both[20:, :20] @ gain
    psi = [model.basis(j, theta)[0].at(x[:, j]) for j in range(len(AXES))]
    values = functions.at(psi)
    assert np.allclose(values.mean(axis=0), mean, atol=1e-6)  # opposite draws: exactly
    assert np.allclose(functions.expected.at(psi)[0], mean)
    deviations = np.sqrt(np.diag(covariance))
    assert np.allclose(
        np.cov(values.T) / np.outer(deviations, deviations),
        covariance / np.outer(deviations, deviations),
        atol=0.1,
    )


@pytest.mark.parametrize("axes", [[Axis()], [Axis(), Axis(2, nominal=True)]])
def test_few_coordinates_have_no_higher_effects(axes: list[Axis]) -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([axis.snap(rng.random(15)) for axis in axes])
    belief = Belief()
    functions = draw(Model(axes, x, rng.standard_normal(15), belief), belief.start(len(axes)), 3, rng)
    assert functions is not None
    whole, main, total, pairs = functions.variances()
    assert np.allclose(whole, main.sum(axis=0) + sum(pairs.values()), rtol=1e-6)
    if len(axes) == 1:
        assert np.allclose(main, total)


def test_a_kernel_that_is_one_factor_gives_back_a_product() -> None:
    """Many exact results of a product of two known functions: its shares follow by hand."""
    axes = [Axis(), Axis()]
    rng = np.random.default_rng(0)
    x = rng.random((200, 2))
    y = (1.0 + x[:, 0]) * (2.0 - x[:, 1])  # means 3/2 and 3/2, variances 1/12
    belief = Belief()
    theta = np.log([0.5, 0.5, 2.0, 2.0, 1.0, 1e-5])
    functions = draw(Model(axes, x, y, belief), theta, 4, rng)
    assert functions is not None
    whole, main, _, pairs = functions.variances()
    single, both = 2.25 / 12.0, 1.0 / 144.0
    assert np.allclose(main, single, rtol=0.01)
    assert np.allclose(pairs[0, 1], both, rtol=0.1)
    assert np.allclose(whole, 2.0 * single + both, rtol=0.01)
    assert measure_of(axes[0])[1].sum() == pytest.approx(1.0)
