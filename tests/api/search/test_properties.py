from __future__ import annotations

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.search.properties import Property, Type, read, resolve

TUNING = "HyperParameterTuningJobSearchEntity"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TrainingJobName", Property("TrainingJobName", (), Type.TEXT)),
        ("CreationTime", Property("CreationTime", (), Type.TIME)),
        ("TrainingTimeInSeconds", Property("TrainingTimeInSeconds", (), Type.NUMBER)),
        ("EnableManagedSpotTraining", Property("EnableManagedSpotTraining", (), Type.SWITCH)),
        ("HyperParameters.lr.min", Property("HyperParameters", ("lr.min",), Type.FREE)),
        ("hyperparameters.LR", Property("HyperParameters", ("LR",), Type.FREE)),
        ("HyperParameters", Property("HyperParameters", (), Type.WHOLE)),
        ("Tags.team.name", Property("Tags", ("team.name",), Type.TEXT)),
        ("metrics.val:loss", Property("Metrics", ("val:loss",), Type.NUMBER)),
        ("Tags", Property("Tags", (), Type.WHOLE)),
        ("InputDataConfig", Property("InputDataConfig", (), Type.WHOLE)),
        (
            "InputDataConfig.DataSource.S3DataSource.S3Uri",
            Property("InputDataConfig", ("DataSource", "S3DataSource", "S3Uri"), Type.TEXT),
        ),
        (
            "InputDataConfig.DataSource.S3DataSource.AttributeNames",
            Property("InputDataConfig", ("DataSource", "S3DataSource", "AttributeNames"), Type.TEXT),
        ),
        ("ResourceConfig.InstanceCount", Property("ResourceConfig", ("InstanceCount",), Type.NUMBER)),
    ],
)
def test_a_property_is_found_in_the_model(name: str, expected: Property) -> None:
    assert resolve("TrainingJob", name) == expected


def test_a_tuning_job_has_other_properties() -> None:
    found = resolve(TUNING, "TrainingJobDefinition.StaticHyperParameters.epochs")
    assert found == Property("TrainingJobDefinition", ("StaticHyperParameters", "epochs"), Type.FREE)


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ("TrainingJob", "Color"),
        ("TrainingJob", ""),
        ("TrainingJob", ".TrainingJobName"),
        ("TrainingJob", "TrainingJobName.First"),
        ("TrainingJob", "InputDataConfig.Color"),
        (TUNING, "Metrics.loss"),
        (TUNING, "TrainingJobName"),
    ],
)
def test_others_are_refused(record: str, name: str) -> None:
    with pytest.raises(ValidationError, match=f"'{name}' is not a property of {record}"):
        resolve(record, name)


def test_reading_follows_the_way_through_lists() -> None:
    value = [{"a": {"b": 1}}, {"a": None}, {}, {"a": {"b": [2, 3]}}]
    assert list(read(value, ("a", "b"))) == [1, 2, 3]
    assert list(read(None, ("a",))) == []
    assert list(read("text", ("a",))) == []
    assert list(read(0, ())) == [0]
