from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.analysis import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.153421, "0.1534"),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (12345.678, "12346"),
        (1200000.0, "1200000"),
        (0.000012345, "1.234e-05"),
        (1.5e9, "1.5e+09"),
    ],
)
def test_figures_have_four_digits(value: float, text: str) -> None:
    assert words.figure(value) == text


@given(st.floats(-1e300, 1e300))
def test_figures_are_near_to_their_value(value: float) -> None:
    assert float(words.figure(value)) == pytest.approx(value, rel=6e-4)


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0 %"), (0.003, "0.3 %"), (0.0421, "4.2 %"), (0.42, "42 %"), (1.0, "100 %")]
)
def test_percentages(share: float, text: str) -> None:
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("probability", "text"), [(0.999, "more than 99 %"), (0.001, "less than 1 %"), (0.5, "50 %")]
)
def test_chances_are_never_certain(probability: float, text: str) -> None:
    assert words.chance(probability) == text


def test_lists_and_amounts() -> None:
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.count(1, "training job") == "1 training job"
    assert words.count(2000, "training job") == "2,000 training jobs"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(12, "12 s"), (119, "119 s"), (180, "3 min"), (7500, "2 h 5 min"), (90000, "1 day 1 h"), (-3, "0 s")],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert words.span(seconds) == text


def test_settings_are_as_yaml_has_them() -> None:
    assert (
        words.settings({"lr": 0.1, "fast": True, "depth": 3, "kind": "a"})
        == "lr=0.1, fast=true, depth=3, kind=a"
    )
