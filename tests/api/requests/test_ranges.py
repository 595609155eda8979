from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.ranges import auto_names, parameters_of
from tunesmith.core.space import Categorical, Continuous, Integer, Space

SCALES = st.sampled_from(["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"])
NUMBERS = st.one_of(st.text(max_size=20), st.floats().map(str), st.integers().map(str))


def continuous(low: str, high: str, **members: Any) -> dict[str, Any]:
    return {"ContinuousParameterRanges": [{"Name": "x", "MinValue": low, "MaxValue": high, **members}]}


def integer(low: str, high: str, **members: Any) -> dict[str, Any]:
    return {"IntegerParameterRanges": [{"Name": "n", "MinValue": low, "MaxValue": high, **members}]}


def categorical(*values: str, name: str = "c") -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": name, "Values": list(values)}]}


def test_ranges_become_parameters_in_the_order_of_their_kinds() -> None:
    ranges = categorical('"adam"', "sgd") | continuous("1e-4", "0.1") | integer("-1", "+08")
    assert parameters_of(ranges, "R") == (
        Integer("n", -1, 8),
        Continuous("x", 1e-4, 0.1),
        Categorical("c", ('"adam"', "sgd")),
    )


def test_no_ranges_are_no_parameters() -> None:
    empty: dict[str, Any] = {"ContinuousParameterRanges": [], "IntegerParameterRanges": []}
    assert parameters_of(empty, "R") == ()


@pytest.mark.parametrize(
    ("wrong", "words", "right"),
    [
        (continuous("1", "1"), ("x", "MinValue 1 must be less than MaxValue 1"), continuous("1", "1.01")),
        (continuous("2", "1"), ("x", "less than"), continuous("1", "2")),
        (continuous("abc", "1"), ("x", "MinValue 'abc'", "finite number"), continuous("0.", "1")),
        (continuous("0", "inf"), ("MaxValue 'inf'",), continuous("0", "1e300")),
        (continuous("0", "1e999"), ("MaxValue '1e999'",), continuous("0", ".5E+2")),
        (continuous("nan", "1"), ("MinValue 'nan'",), continuous("-1", "1")),
        (continuous("", "1"), ("MinValue ''",), continuous("0", "1")),
        (continuous("1_0", "20"), ("MinValue '1_0'",), continuous("10", "20")),
        (continuous(" 1", "2"), ("MinValue ' 1'",), continuous("1", "2")),
        (continuous("-1e308", "1e308"), ("wider than a float",), continuous("-1e307", "1e307")),
        (
            continuous("0", "1", ScalingType="Logarithmic"),
            ("Logarithmic needs MinValue > 0", "got 0"),
            continuous("1e-9", "1", ScalingType="Logarithmic"),
        ),
        (
            continuous("0", "1.0", ScalingType="ReverseLogarithmic"),
            ("MaxValue < 1", "1.0"),
            continuous("0", "0.999", ScalingType="ReverseLogarithmic"),
        ),
        (
            continuous("-0.1", "0.5", ScalingType="ReverseLogarithmic"),
            ("MinValue >= 0", "-0.1"),
            continuous("0.0", "0.5", ScalingType="ReverseLogarithmic"),
        ),
        (integer("1.5", "3"), ("n", "MinValue '1.5'", "whole number"), integer("1", "3")),
        (integer("1", "1e3"), ("MaxValue '1e3'",), integer("1", "1000")),
        (integer("4", "4"), ("less than",), integer("4", "5")),
        (integer("0", "9" * 250), ("2**53",), integer("0", str(2**53))),
        (
            integer("1", "9", ScalingType="ReverseLogarithmic"),
            ("n", "ReverseLogarithmic is for continuous"),
            integer("1", "9", ScalingType="Logarithmic"),
        ),
        (
            integer("0", "9", ScalingType="Logarithmic"),
            ("MinValue > 0",),
            integer("1", "9", ScalingType="Logarithmic"),
        ),
        (categorical("a", "b", "a"), ("c", "distinct", "'a'"), categorical("a", "b", "A")),
        (categorical("a", name=""), ("name",), categorical("a")),
        (continuous("0", "1") | categorical("a", name="x"), ("'x'", "more than one"), continuous("0", "1")),
    ],
)
def test_a_wrong_range_is_refused_and_the_nearest_right_one_is_not(
    wrong: dict[str, Any], words: tuple[str, ...], right: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        parameters_of(wrong, "Config.ParameterRanges")
    assert refused.value.message.startswith("Config.ParameterRanges: ")
    assert [word for word in words if word not in refused.value.message] == []
    assert parameters_of(right, "R")


def test_all_wrong_ranges_are_told_of_together() -> None:
    with pytest.raises(ValidationError) as refused:
        parameters_of(continuous("2", "1") | integer("x", "3") | categorical("a", "a"), "R")
    assert [name for name in ("x: ", "n: ", "c: ") if name not in refused.value.message] == []


def many(count: int) -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": f"c{i}", "Values": ["a"]} for i in range(count)]}


def test_ranges_of_all_kinds_count_together() -> None:
    assert len(parameters_of(many(29) | continuous("0", "1"), "R")) == 30
    with pytest.raises(ValidationError, match=r"31 ranges .* at most 30"):
        parameters_of(many(30) | continuous("0", "1"), "R")


def test_names_of_parameters_left_to_the_service() -> None:
    assert auto_names({"AutoParameters": [{"Name": "lr", "ValueHint": "0.1"}]}) == ["lr"]
    assert auto_names({}) == []


@given(st.text(max_size=5), NUMBERS, NUMBERS, SCALES, st.booleans())
def test_any_text_gives_a_parameter_or_a_refusal(
    name: str, low: str, high: str, scale: str, whole: bool
) -> None:
    kind = "IntegerParameterRanges" if whole else "ContinuousParameterRanges"
    ranges = {kind: [{"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scale}]}
    try:
        parameters = parameters_of(ranges, "R")
    except ValidationError:
        return
    config = Space(parameters).decode([[0.3]])[0]
    assert float(low) <= float(config[name]) <= float(high)


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_the_text_of_any_two_numbers_is_a_range(first: float, second: float) -> None:
    low, high = sorted((first, second))
    ranges = continuous(repr(low), repr(high))
    if low == high:
        with pytest.raises(ValidationError, match="less than"):
            parameters_of(ranges, "R")
        return
    (parameter,) = parameters_of(ranges, "R")
    assert isinstance(parameter, Continuous)
    assert (parameter.low, parameter.high) == (low, high)
    assert math.isfinite(parameter.high - parameter.low)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=30))
def test_any_choices_stay_as_they_are_unless_repeated(values: list[str]) -> None:
    if len(set(values)) < len(values):
        with pytest.raises(ValidationError, match="distinct"):
            parameters_of(categorical(*values), "R")
    else:
        assert parameters_of(categorical(*values), "R") == (Categorical("c", tuple(values)),)
