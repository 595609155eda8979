from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.api.errors import ValidationError
from tunesmith.api.search.condition import condition
from tunesmith.api.search.properties import resolve

NOON = datetime(2026, 3, 1, 12, 0, 0, 654321, tzinfo=UTC)


def holds(name: str, operator: str | None, value: str | None, *values: Any) -> bool:
    given = {"Name": name, "Operator": operator, "Value": value}
    present = {member: text for member, text in given.items() if text is not None}
    return condition(present, resolve("TrainingJob", name))(iter(values))


@pytest.mark.parametrize(
    ("name", "operator", "text", "value", "expected"),
    [
        ("TrainingJobName", "Equals", "a", "a", True),
        ("TrainingJobName", None, "a", "a", True),
        ("TrainingJobName", "Equals", "a", "A", False),
        ("TrainingJobName", "NotEquals", "a", "b", True),
        ("TrainingJobName", "NotEquals", "a", "a", False),
        ("TrainingJobName", "Contains", "b", "abc", True),
        ("TrainingJobName", "Contains", "x", "abc", False),
        ("TrainingJobStatus", "In", "Failed, Stopped", "Stopped", True),
        ("TrainingJobStatus", "In", "Failed,Stopped", "Completed", False),
        ("TrainingTimeInSeconds", "Equals", "60", 60, True),
        ("TrainingTimeInSeconds", "Equals", "60.0", 60, True),
        ("TrainingTimeInSeconds", "GreaterThan", "60", 60, False),
        ("TrainingTimeInSeconds", "GreaterThanOrEqualTo", "60", 60, True),
        ("Metrics.loss", "LessThan", "1e-2", 0.001, True),
        ("Metrics.loss", "LessThanOrEqualTo", "0.5", 0.6, False),
        ("EnableManagedSpotTraining", "Equals", "True", True, True),
        ("EnableManagedSpotTraining", "NotEquals", "false", False, False),
        ("CreationTime", "Equals", "2026-03-01T12:00:00", NOON, True),
        ("CreationTime", "GreaterThan", "2026-03-01T12:00:00", NOON, False),
        ("CreationTime", "GreaterThan", "2026-03-01T12:00:00.5", NOON, True),
        ("CreationTime", "LessThan", "2026-03-01T12:00:01Z", NOON, True),
        ("CreationTime", "LessThan", "2026-03-01T13:00:01+02:00", NOON, False),
        ("HyperParameters.lr", "LessThan", "0.5", "0.25", True),
        ("HyperParameters.lr", "Equals", "0.50", "0.5", True),
        ("HyperParameters.lr", "Equals", "0", "0.5", True),  # a whole number makes whole ones of the others
        ("HyperParameters.lr", "GreaterThan", "0", "0.5", False),
        ("HyperParameters.opt", "Equals", '"adam"', '"adam"', True),
        ("HyperParameters.opt", "LessThan", "0.5", "adam", False),
        ("HyperParameters.opt", "Contains", "da", '"adam"', True),
        ("HyperParameters.opt", "In", "sgd,adam", "adam", True),
        ("HyperParameters.opt", "Exists", None, "adam", True),
        ("HyperParameters.opt", "NotExists", None, "adam", False),
        ("InputDataConfig", "Exists", None, {}, True),
    ],
)
def test_an_operator_on_a_value(
    name: str, operator: str | None, text: str | None, value: object, expected: bool
) -> None:
    assert holds(name, operator, text, value) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("Equals", False),
        ("NotEquals", True),
        ("Contains", False),
        ("In", False),
        ("GreaterThan", False),
        ("Exists", False),
        ("NotExists", True),
    ],
)
def test_a_property_that_is_not_there(operator: str, expected: bool) -> None:
    assert holds("HyperParameters.x", operator, "1") is expected


def test_one_of_several_values_is_enough() -> None:
    name = "InputDataConfig.ChannelName"
    assert holds(name, "Equals", "test", "train", "test")
    assert not holds(name, "NotEquals", "test", "train", "test")


@pytest.mark.parametrize(
    ("name", "operator", "value", "message"),
    [
        ("TrainingJobName", "GreaterThan", "a", "GreaterThan does not suit .* TrainingJobName"),
        ("Tags.x", "LessThan", "a", "LessThan does not suit"),
        ("TrainingTimeInSeconds", "Contains", "1", "Contains does not suit .* takes Equals, Exists, Greater"),
        ("CreationTime", "In", "x", "In does not suit"),
        ("EnableManagedSpotTraining", "LessThan", "true", "LessThan does not suit"),
        ("ResourceConfig", "Equals", "x", "which takes Exists, NotExists"),
        ("TrainingJobName", "Equals", None, "needs a Value for the operator Equals"),
        ("TrainingTimeInSeconds", "Equals", "many", "is a number, and 'many' is none"),
        ("Metrics.loss", "Equals", "nan", "is a number, and 'nan' is none"),
        ("CreationTime", "Equals", "yesterday", "'yesterday' is not a time"),
        ("EnableManagedSpotTraining", "Equals", "yes", "is true or false, not 'yes'"),
        ("HyperParameters.opt", "GreaterThan", "adam", "ordered by numbers only, and 'adam' is none"),
    ],
)
def test_what_does_not_go_together_is_refused(
    name: str, operator: str, value: str | None, message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        holds(name, operator, value)


@given(st.text(), st.text())
def test_texts_are_equal_only_to_themselves_whatever_they_hold(text: str, value: str) -> None:
    assert holds("TrainingJobName", "Equals", text, value) is (text == value)
    assert holds("TrainingJobName", "NotEquals", text, value) is (text != value)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_hyperparameters_are_compared_as_the_numbers_that_they_are_the_text_of(
    one: float, two: float
) -> None:
    assert holds("HyperParameters.x", "GreaterThan", repr(one), repr(two)) is (two > one)
    assert holds("Metrics.x", "LessThanOrEqualTo", repr(one), two) is (two <= one)


@given(st.sampled_from(["Metrics.x", "CreationTime", "EnableManagedSpotTraining"]), st.text(alphabet="xyz?"))
def test_text_that_is_no_value_of_the_property_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(repr(text))):
        holds(name, "Equals", text)
