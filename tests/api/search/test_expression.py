from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.search.expression import Record, predicate

Make = Callable[..., Record]


def equals(name: str, value: str) -> dict[str, str]:
    return {"Name": name, "Operator": "Equals", "Value": value}


NAME, STATUS = equals("TrainingJobName", "a"), equals("TrainingJobStatus", "Failed")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Filters": [NAME, STATUS]}, "yy"),
        ({"Filters": [NAME, STATUS], "Operator": "And"}, "yy"),
        ({"Filters": [NAME, STATUS], "Operator": "Or"}, "yy yn ny"),
        ({"SubExpressions": [{"Filters": [NAME]}, {"Filters": [STATUS]}]}, "yy"),
        ({"Filters": [NAME], "SubExpressions": [{"Filters": [STATUS]}], "Operator": "Or"}, "yy yn ny"),
        ({"SubExpressions": [{"SubExpressions": [{"Filters": [NAME]}]}]}, "yy yn"),
    ],
)
def test_conditions_are_joined(expression: dict[str, Any], expected: str, made: Make) -> None:
    wanted = predicate(expression, "TrainingJob")
    records = {
        f"{name}{status}": made(
            TrainingJobName="a" if name == "y" else "b",
            TrainingJobStatus="Failed" if status == "y" else "Stopped",
        )
        for name in "yn"
        for status in "yn"
    }
    assert [key for key, record in records.items() if wanted(record)] == expected.split()


def test_no_expression_wants_everything(made: Make) -> None:
    assert predicate(None, "TrainingJob")(made())


CHANNELS = [
    {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://a/one"}}},
    {"ChannelName": "test", "DataSource": {"S3DataSource": {"S3Uri": "s3://a/two"}}},
]


@pytest.mark.parametrize(("channel", "expected"), [("train", True), ("test", False), ("none", False)])
def test_one_object_must_satisfy_all_nested_filters(channel: str, expected: bool, made: Make) -> None:
    filters = [
        equals("InputDataConfig.ChannelName", channel),
        {
            "Name": "InputDataConfig.DataSource.S3DataSource.S3Uri",
            "Operator": "Contains",
            "Value": "/one",
        },
    ]
    record = made(InputDataConfig=CHANNELS)
    nested = {"NestedPropertyName": "InputDataConfig", "Filters": filters}
    assert predicate({"NestedFilters": [nested]}, "TrainingJob")(record) is expected
    apart = predicate({"Filters": [filters[1], filters[0]]}, "TrainingJob")
    assert apart(record) is (channel != "none")


@pytest.mark.parametrize("name", ["TrainingJobName", "InputDataConfig", "OutputDataConfig.S3OutputPath"])
def test_a_nested_filter_lies_under_its_property(name: str) -> None:
    nested = {"NestedPropertyName": "InputDataConfig", "Filters": [equals(name, "x")]}
    with pytest.raises(
        ValidationError, match=f"{name} of a nested filter does not lie under InputDataConfig"
    ):
        predicate({"NestedFilters": [nested]}, "TrainingJob")


@pytest.mark.parametrize("expression", [{}, {"Operator": "Or"}, {"SubExpressions": [{}]}, {"Filters": []}])
def test_an_empty_expression_is_refused(expression: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="needs at least one filter"):
        predicate(expression, "TrainingJob")


def test_there_are_at_most_fifty_conditions() -> None:
    twenty = {"Filters": [NAME] * 20}
    fifty: dict[str, list[Any]] = {"Filters": [NAME] * 8, "SubExpressions": [twenty, twenty]}
    predicate(fifty, "TrainingJob")
    fifty["Filters"].append(NAME)
    with pytest.raises(ValidationError, match="at most 50 conditions, this one has 51"):
        predicate(fifty, "TrainingJob")


def test_contains_may_be_used_once() -> None:
    contains = {"Name": "TrainingJobName", "Operator": "Contains", "Value": "x"}
    predicate({"Filters": [contains]}, "TrainingJob")
    with pytest.raises(ValidationError, match="'CONTAINS' operator usage limit of 1 exceeded"):
        predicate({"Filters": [contains], "SubExpressions": [{"Filters": [contains]}]}, "TrainingJob")


def test_what_is_no_object_satisfies_no_nested_filter(made: Make) -> None:
    nested = {"NestedPropertyName": "Metrics", "Filters": [{"Name": "Metrics.loss", "Operator": "Exists"}]}
    assert not predicate({"NestedFilters": [nested]}, "TrainingJob")(made(Metrics=0.5))
