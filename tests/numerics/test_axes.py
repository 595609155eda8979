from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.space import Categorical, Integer
from tunesmith.numerics.axes import Axis, codes, first_not_among, grid, is_listable, size, snap

AXES = (Axis(), Axis(5), Axis(3, nominal=True), Axis(100, first=1), Axis(1))


@given(low=st.integers(1, 1000), count=st.integers(1, 2000), unit=st.floats(0, 1))
def test_levels_are_those_of_integer_parameters(low: int, count: int, unit: float) -> None:
    for scale, first in (("Linear", None), ("Logarithmic", low)):
        parameter = Integer("n", low, low + count - 1, scale)  # type: ignore[arg-type]  # a Scale
        axis = Axis(count, first=first)
        level = int(axis.level([unit])[0])
        values = list(range(low, low + count))
        assert np.allclose(axis.unit(np.arange(count)), parameter.to_unit(values), atol=1e-7)
        assert parameter.from_unit(axis.unit([level])) == [low + level]


def test_levels_are_those_of_categorical_parameters() -> None:
    parameter, axis = Categorical("c", ("a", "b", "c")), Axis(3, nominal=True)
    assert np.array_equal(axis.unit([0, 1, 2]), parameter.to_unit(["a", "b", "c"]))
    assert parameter.from_unit(axis.unit(axis.level([0.0, 0.34, 1.0]))) == ["a", "b", "c"]


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_snapping_is_idempotent_and_leaves_continuous_axes_alone(point: list[float]) -> None:
    snapped = snap(AXES, np.array([point]))
    assert np.allclose(snap(AXES, snapped), snapped, atol=1e-12)
    assert snapped[0, 0] == point[0]
    assert snapped[0, 4] == 0.5


def test_size_and_grid() -> None:
    finite = AXES[1:3]
    assert size(AXES) == np.inf
    assert not is_listable(AXES)
    assert size(finite) == 15
    expected = list(product([0.1, 0.3, 0.5, 0.7, 0.9], [1 / 6, 0.5, 5 / 6]))
    assert np.allclose(grid(finite), expected)
    assert np.array_equal(codes(finite, grid(finite)), np.arange(15))


@pytest.mark.parametrize("axes", [(Axis(4), Axis(3, nominal=True)), (Axis(10**6, first=1), Axis(10**6))])
def test_first_not_among_finite_points(axes: tuple[Axis, Axis]) -> None:
    taken = snap(axes, np.array([[0.1, 0.1], [0.9, 0.9]]))
    new = snap(axes, np.array([[0.1, 0.5]]))[0]
    assert first_not_among(axes, taken, taken) is None
    found = first_not_among(axes, np.array([*taken, new]), taken)
    assert found is not None
    assert np.array_equal(found, new)


def test_neighbouring_levels_of_a_long_logarithmic_axis_are_not_the_same() -> None:
    axes = (Axis(10**6, first=1),)
    last_two = axes[0].unit([10**6 - 2, 10**6 - 1])
    assert first_not_among(axes, last_two[1:, None], last_two[:1, None]) is not None


def test_near_continuous_points_are_the_same() -> None:
    axes = (Axis(), Axis(2))
    others = np.array([[0.5, 0.25]])
    assert first_not_among(axes, np.array([[0.5 + 1e-7, 0.25]]), others) is None
    assert first_not_among(axes, np.array([[0.5 + 1e-7, 0.75]]), others) is not None
    assert first_not_among(axes, np.array([[0.5 + 1e-5, 0.25]]), others) is not None


def _neighbours(axis: Axis, *units: float) -> list[list[float]]:
    around, changed = axis.neighbours(np.array(units))
    return [list(row[is_change]) for row, is_change in zip(around, changed, strict=True)]


def test_neighbours() -> None:
    assert _neighbours(Axis(), 0.3, 0.4) == [[], []]
    assert _neighbours(Axis(1), 0.5) == [[]]
    assert np.allclose(_neighbours(Axis(3, nominal=True), 0.5, 1 / 6), [[1 / 6, 5 / 6], [0.5, 5 / 6]])
    edge, middle = _neighbours(Axis(100), 0.005, 0.505)
    assert list(Axis(100).level(edge)) == [1, 2, 12]
    assert list(Axis(100).level(middle)) == [38, 48, 49, 51, 52, 62]
