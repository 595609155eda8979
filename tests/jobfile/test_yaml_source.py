import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.jobfile.yaml_source import Place, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-5", 1e-5),
        ("-1.5E+3", -1500.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("+.INF", math.inf),
        ("12", 12),
        ("012", 12),
        ("0o14", 12),
        ("0x1F", 31),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2026-01-01", "2026-01-01"),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("!!float 1", 1.0),
        ("<<", "<<"),
        ("[1, {a: b}]", [1, {"a": "b"}]),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    source = read(f"x: {text}")

    assert source.faults == []
    assert source.value == {"x": value}
    assert type(source.value["x"]) is type(value)


def test_nan_is_a_number() -> None:
    assert math.isnan(read(".nan").value)


def test_keys_are_texts_as_written() -> None:
    assert read("{1: a, on: b, ~: c}").value == {"1": "a", "on": "b", "~": "c"}


def test_every_part_has_its_place_and_its_text() -> None:
    source = read("a:\n  - b: 1e-3\n")

    assert source.place(("a", 0, "b")) == Place(2, 8)
    assert source.key_place(("a", 0, "b")) == Place(2, 5)
    assert source.place(("a", 0, "missing")) == Place(2, 5)
    assert source.texts["a", 0, "b"] == "1e-3"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: 1\nb: 2\na: 3", Place(3, 1), "'a' is given twice; it was given first in line 1"),
        ("a: [1, 2\nb: 3", Place(2, 2), "expected ',' or ']'"),
        ("a:\n\tb: 1", Place(2, 1), "cannot start any token"),
        ("a: *b", Place(1, 4), "undefined alias"),
        ("a: 1\n---\nb: 2", Place(2, 1), "expected a single document"),
        ("a: &x [*x]", Place(1, 4), "cannot contain itself"),
        ("a: !!python/name:os.system x", Place(1, 4), "is not allowed"),
        ("a: !!set {b}", Place(1, 4), "is not allowed"),
        ("a: !!int x", Place(1, 4), "is not a value of the type int"),
        ("? [a]\n: 1", Place(1, 3), "a key must be a plain word"),
        ("a: \0", Place(1, 1), "is not allowed in YAML"),
        (f"a: {'9' * 5000}", Place(1, 4), "too many digits"),
        ("[" * 1500, Place(1, 1), "nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_a_fault_with_its_place(text: str, place: Place, message: str) -> None:
    (fault,) = read(text).faults

    assert fault.place == place
    assert message in fault.message


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab: -[]{}&*!'\"\n\t#|>1.e,?\0é", max_size=60))
def test_no_text_makes_it_raise(text: str) -> None:
    source = read(text)

    assert source.faults or source.value is None or source.place(()) >= Place(1, 1)
