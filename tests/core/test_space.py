import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from tunesmith.core.space import Categorical, Continuous, Integer, Scale, Space, Value
from tunesmith.testing.spaces import categoricals, configs, continuous, integers, spaces

UNITS = st.lists(st.floats(0, 1), min_size=1, max_size=20)
MARGIN = 1e-8


# The formulas of the specification, written out once more and for one number at a time.


def forward(scale: Scale, x: float) -> float:
    if scale == "Logarithmic":
        return math.log(x)
    return -math.log(1 - x) if scale == "ReverseLogarithmic" else x


def inverse(scale: Scale, z: float) -> float:
    if scale == "Logarithmic":
        return math.exp(z)
    return 1 - math.exp(-z) if scale == "ReverseLogarithmic" else z


def to_unit(scale: Scale, x: float, low: float, high: float) -> float:
    start, end = forward(scale, low), forward(scale, high)
    return min(1.0, max(0.0, (forward(scale, x) - start) / (end - start)))


def from_unit(scale: Scale, u: float, low: float, high: float) -> float:
    start, end = forward(scale, low), forward(scale, high)
    return min(high, max(low, inverse(scale, start + u * (end - start))))


CONTINUOUS = [
    Continuous("x", -5.0, 10.0, "Linear"),
    Continuous("x", 1e-5, 1.0, "Logarithmic"),
    Continuous("x", 1e-12, 1e12, "Logarithmic"),
    Continuous("x", 0.0, 0.999, "ReverseLogarithmic"),
    Continuous("x", 0.5, 0.99999, "ReverseLogarithmic"),
]
INTEGER = [
    Integer("n", 1, 6, "Linear"),
    Integer("n", -3, 3, "Linear"),
    Integer("n", 1, 20, "Logarithmic"),
    Integer("n", 10, 5000, "Logarithmic"),
]


@pytest.mark.parametrize("parameter", CONTINUOUS)
def test_continuous_values_follow_the_formulas(parameter: Continuous) -> None:
    for u in np.linspace(0, 1, 101).tolist():
        (x,) = parameter.from_unit([u])
        assert isinstance(x, float)
        expected = from_unit(parameter.scale, u, parameter.low, parameter.high)
        assert x == pytest.approx(expected, rel=1e-9, abs=1e-12)
        there = to_unit(parameter.scale, x, parameter.low, parameter.high)
        assert parameter.to_unit([x])[0] == pytest.approx(there, abs=1e-9)


@pytest.mark.parametrize("parameter", INTEGER)
def test_integer_values_follow_the_formulas(parameter: Integer) -> None:
    low, high = parameter.low - 0.5 + MARGIN, parameter.high + 0.5 - MARGIN
    for u in np.linspace(0.0005, 0.9995, 999).tolist():
        expected = round(from_unit(parameter.scale, u, low, high))
        assert parameter.from_unit([u]) == [min(parameter.high, max(parameter.low, expected))]
    for n in {parameter.low, (parameter.low + parameter.high) // 2, parameter.high}:
        assert parameter.to_unit([n])[0] == pytest.approx(to_unit(parameter.scale, n, low, high), abs=1e-12)


def test_categorical_values_are_the_middles_of_equal_parts() -> None:
    parameter = Categorical("c", ("a", "b", "c", "d"))
    assert parameter.to_unit(["a", "d", "b"]).tolist() == [0.125, 0.875, 0.375]
    assert parameter.from_unit([0, 0.2499, 0.25, 0.5, 0.75, 1]) == ["a", "a", "b", "c", "d", "d"]


@given(integers() | categoricals(), UNITS)
def test_discrete_values_come_back_exactly(parameter: Integer | Categorical, units: list[float]) -> None:
    values = parameter.from_unit(units)
    back = parameter.from_unit(parameter.to_unit(values))
    assert back == values
    assert list(map(type, back)) == list(map(type, values))


@given(continuous(), UNITS)
def test_continuous_values_come_back_closely(parameter: Continuous, units: list[float]) -> None:
    values = parameter.from_unit(units)
    assert parameter.from_unit(parameter.to_unit(values)) == pytest.approx(values, rel=1e-6, abs=1e-6)


@given(st.data())
def test_configurations_come_back_and_points_lie_in_the_unit_cube(data: st.DataObject) -> None:
    space = data.draw(spaces())
    config = data.draw(configs(space))
    space.check(config)
    point = space.encode([config])
    assert point.shape == (1, len(space))
    assert ((point >= 0) & (point <= 1)).all()
    (back,) = space.decode(point)
    space.check(back)
    for parameter in space.parameters:
        name = parameter.name
        if isinstance(parameter, Continuous) and parameter.low < parameter.high:
            assert back[name] == pytest.approx(config[name], rel=1e-6, abs=1e-6)
        else:
            assert back[name] == config[name]


@given(continuous() | integers())
def test_the_ends_of_the_unit_interval_are_the_ends_of_the_range(parameter: Continuous | Integer) -> None:
    low, high = parameter.from_unit([0.0, 1.0])
    assert low == pytest.approx(parameter.low, rel=1e-9)
    assert high == pytest.approx(parameter.high, rel=1e-9)
    parameter.check(low)
    parameter.check(high)


@given(continuous() | integers(), UNITS)
def test_larger_units_are_no_smaller_values(parameter: Continuous | Integer, units: list[float]) -> None:
    values = [float(value) for value in parameter.from_unit(sorted(units))]
    assert values == sorted(values)


@pytest.mark.parametrize("parameter", INTEGER[:3])
def test_the_end_points_of_integers_have_their_full_mass(parameter: Integer) -> None:
    draws = parameter.from_unit(np.random.default_rng(5).random(20_000))
    values = np.arange(parameter.low, parameter.high + 1)
    borders = np.append(values - 0.5, parameter.high + 0.5)
    masses = np.diff([forward(parameter.scale, border) for border in borders])
    counts = [draws.count(int(value)) for value in values]
    assert stats.chisquare(counts, 20_000 * masses / masses.sum()).pvalue > 0.01


@pytest.mark.parametrize(
    ("parameter", "uniform"),
    [
        (CONTINUOUS[0], lambda x: (x + 5) / 15),
        (CONTINUOUS[1], lambda x: np.log10(x) / 5 + 1),
        (CONTINUOUS[3], lambda x: np.log10(1 - x) / -3),
    ],
)
def test_even_units_are_even_under_the_scale(parameter: Continuous, uniform: np.ufunc) -> None:
    values: NDArray[np.float64] = np.array(parameter.from_unit(np.random.default_rng(5).random(500)))
    assert stats.kstest(uniform(values), "uniform").pvalue > 0.01


@pytest.mark.parametrize(
    ("parameter", "scale"),
    [
        (Continuous("x", 0.001, 1.0), "Logarithmic"),
        (Continuous("x", 1e-5, 1e-2), "Logarithmic"),  # 1e-2 / 1e-5 is a little less than 1000
        (Continuous("x", 0.0011, 1.0), "Linear"),
        (Continuous("x", 0.0, 1.0), "Linear"),
        (Continuous("x", -1.0, 1e9), "Linear"),
        (Continuous("x", 0.5, 0.996), "ReverseLogarithmic"),
        (Continuous("x", 0.5, 0.99), "Linear"),
        (Continuous("x", 0.4, 0.9999), "Linear"),
        (Continuous("x", 0.5, 1.0), "Linear"),
        (Integer("n", 1, 100), "Logarithmic"),
        (Integer("n", 1, 99), "Linear"),
        (Integer("n", 0, 1000), "Linear"),
        (Continuous("x", 1e-9, 1.0, "Linear"), "Linear"),
        (Continuous("x", 1.0, 2.0, "Logarithmic"), "Logarithmic"),
    ],
)
def test_auto_chooses_by_the_bounds(parameter: Continuous | Integer, scale: Scale) -> None:
    assert parameter.resolved_scale == scale


def test_a_single_value_is_in_the_middle() -> None:
    for parameter in (Continuous("x", 3.0, 3.0), Categorical("c", ("a",))):
        (value,) = parameter.from_unit([0.9])
        assert parameter.to_unit([value]).tolist() == [0.5]
        assert parameter.cardinality == 1


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Continuous("lr", 2.0, 1.0), ("lr", "low must not exceed high", "[2.0, 1.0]")),
        (lambda: Continuous("lr", 0.0, 1.0, "Logarithmic"), ("lr", "low > 0", "0.0")),
        (lambda: Continuous("lr", 0.0, 1.0, "ReverseLogarithmic"), ("lr", "high < 1", "1.0")),
        (lambda: Continuous("lr", -0.1, 0.5, "ReverseLogarithmic"), ("lr", "0 <= low", "-0.1")),
        (lambda: Continuous("lr", math.nan, 1.0), ("lr", "finite", "nan")),
        (lambda: Continuous("lr", 0.0, math.inf), ("lr", "finite", "inf")),
        (lambda: Continuous("lr", -1.7e308, 1.7e308), ("lr", "wider")),
        (lambda: Continuous("lr", 0.0, 1.0, "log"), ("lr", "Logarithmic", "'log'")),  # type: ignore[arg-type]
        (lambda: Continuous("lr", "0", 1.0), ("lr", "numbers", "'0'")),  # type: ignore[arg-type]
        (lambda: Continuous("lr", low=True, high=1.0), ("lr", "numbers", "True")),
        (lambda: Continuous("lr", 0, 10**400), ("lr", "finite")),
        (lambda: Continuous("", 0.0, 1.0), ("name", "''")),
        (lambda: Integer("n", 1.5, 2), ("n", "whole", "1.5")),  # type: ignore[arg-type]
        (lambda: Integer("n", 0, 10, "Logarithmic"), ("n", "low > 0", "0")),
        (lambda: Integer("n", 1, 10, "ReverseLogarithmic"), ("n", "Linear or Logarithmic")),
        (lambda: Integer("n", 0, 2**53 + 1), ("n", "2**53")),
        (lambda: Categorical("c", ()), ("c", "at least one")),
        (lambda: Categorical("c", ("a", "a")), ("c", "distinct", "a")),
        (lambda: Categorical("c", (1, True)), ("c", "distinct")),
        (lambda: Categorical("c", (None,)), ("c", "strings, numbers or booleans", "None")),  # type: ignore[arg-type]
        (lambda: Categorical("c", (math.nan,)), ("c", "nan")),
        (lambda: Space([]), ("at least one parameter",)),
        (lambda: Space([Integer("n", 1, 2), Integer("n", 1, 3)]), ("distinct", "n")),
    ],
)
def test_errors_name_the_parameter_the_value_and_what_is_allowed(
    make: Callable[[], object], words: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the words are checked below
        make()
    assert [word for word in words if word not in str(error.value)] == []


def test_a_space_is_made_of_parameters() -> None:
    with pytest.raises(TypeError, match="got 'lr'"):
        Space(["lr"])  # type: ignore[list-item]


SPACE = Space([Continuous("x", 0.0, 1.0), Integer("n", 1, 3), Categorical("c", ("a", 1))])
INSIDE: dict[str, Value] = {"x": 0.5, "n": 2, "c": "a"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": 1.5}, ("x", "1.5", "[0.0, 1.0]")),
        ({"x": math.nan}, ("x", "nan")),
        ({"x": "0.5"}, ("x", "'0.5'", "number")),
        ({"n": 4}, ("n", "4", "[1, 3]")),
        ({"n": 1.5}, ("n", "1.5", "whole")),
        ({"n": True}, ("n", "True")),
        ({"c": "b"}, ("c", "'b'", "['a', 1]")),
        ({"y": 1, "z": 2}, ("unknown parameter 'y'", "'z'", "x, n, c")),
    ],
)
def test_check_names_what_is_wrong(change: dict[str, Value], words: tuple[str, ...]) -> None:
    SPACE.check(INSIDE)
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the words are checked below
        SPACE.check(INSIDE | change)
    assert [word for word in words if word not in str(error.value)] == []


def test_check_names_what_is_missing() -> None:
    with pytest.raises(ValueError, match="no value for 'n'; no value for 'c'"):
        SPACE.check({"x": 0.5})


def test_whole_numbers_may_come_as_floats_and_the_other_way_round() -> None:
    SPACE.check({"x": 1, "n": 2.0, "c": 1})


@pytest.mark.parametrize("value", [10**400, -(10**400), math.inf, [1], None, {}])
def test_what_is_no_value_of_any_parameter_is_refused(value: Any) -> None:
    for parameter in SPACE.parameters:
        with pytest.raises(ValueError, match=f"{parameter.name}: .* is not "):
            parameter.check(value)


@given(st.floats() | st.integers() | st.sampled_from([0, 1, 2.0, 3, 0.25, "a", True]))
def test_a_checked_value_can_be_encoded(value: Value) -> None:
    for parameter in SPACE.parameters:
        with suppress(ValueError):
            parameter.check(value)
            assert 0 <= parameter.to_unit([value])[0] <= 1


def test_cardinality_is_the_number_of_configurations() -> None:
    assert SPACE.cardinality is None
    assert Space(SPACE.parameters[1:]).cardinality == 6
    assert Space([Continuous("x", 1.0, 1.0), *SPACE.parameters[1:]]).cardinality == 6


def test_no_configurations_are_an_empty_matrix() -> None:
    assert SPACE.encode([]).shape == (0, 3)
    assert SPACE.decode(np.empty((0, 3))) == []


def test_keys_are_equal_when_the_configurations_are() -> None:
    assert SPACE.key({"c": "a", "n": 2, "x": 0.5}) == SPACE.key(INSIDE) == (0.5, 2, "a")


def test_spaces_are_values() -> None:
    assert Space(SPACE.parameters) == SPACE
    assert hash(Space(SPACE.parameters)) == hash(SPACE)
    with pytest.raises(AttributeError):
        SPACE.parameters = ()  # type: ignore[misc]


def test_canonical_values_have_the_parameters_type() -> None:
    space = Space([Continuous("x", 0.0, 9.0), Integer("n", 1, 3), Categorical("c", (1, "1"))])
    canonical = space.canonical({"c": "1", "n": np.float64(2), "x": 3})
    assert canonical == {"x": 3.0, "n": 2, "c": "1"}
    assert [type(value) for value in canonical.values()] == [float, int, str]
    with pytest.raises(ValueError, match=r"n: 2\.5"):
        space.canonical({"c": "1", "n": 2.5, "x": 3})


def test_bounds_may_be_numpys_numbers() -> None:
    low, high = cast("Any", np.int64(1)), cast("Any", np.float32(2))
    assert type(Continuous("x", low, high).low) is float
    assert type(Integer("n", low, high).high) is int


def test_choices_may_be_numpys_scalars() -> None:
    choices = Categorical("c", cast("Any", np.arange(3))).choices
    assert choices == (0, 1, 2)
    assert {type(choice) for choice in choices} == {int}
