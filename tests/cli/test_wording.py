from datetime import UTC, datetime, timedelta

import pytest

from tunesmith.cli import wording
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Parameter

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (0.123456789, "0.123457"), (1e-7, "1e-07"), (3.0, "3"), (-1.5, "-1.5")]
)
def test_numbers_have_at_most_six_digits(value: float | None, text: str) -> None:
    assert wording.number(value) == text


def test_a_configuration_is_one_line() -> None:
    values: Config = {"lr": 0.1234567, "depth": 1234567, "warm": True, "kind": "a b"}

    assert wording.config(values) == "lr=0.123457 depth=1234567 warm=true kind=a b"


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (Continuous("x", 1e-5, 1), "continuous 1e-05 to 1, Logarithmic"),
        (Integer("x", 1, 12), "integer 1 to 12, Linear"),
        (Categorical("x", ("a", 2, False)), "one of a, 2, false"),
    ],
)
def test_parameters_in_words(parameter: Parameter, text: str) -> None:
    assert wording.parameter(parameter) == text


def test_spans_of_time() -> None:
    assert wording.duration(timedelta(hours=1, minutes=2, seconds=3.4)) == "1:02:03"
    assert wording.duration(timedelta(seconds=-5)) == "0:00:00"
    assert wording.elapsed(NOW, NOW + timedelta(seconds=61)) == "0:01:01"
    assert wording.elapsed(None, NOW) == "-"


def test_amounts() -> None:
    assert wording.count(1, "training job") == "1 training job"
    assert wording.count(2, "training job") == "2 training jobs"


def test_a_line_of_unknown_origin_becomes_harmless() -> None:
    assert (
        wording.printable("a\x1b[31m\x00\tb\r\n")
        == "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER} b"
    )
    assert wording.printable("x" * 500, 10) == "x" * 10 + "..."
