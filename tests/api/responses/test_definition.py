from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import pytest

from tunesmith.api.responses.definition import filled_in, of_tuning_job
from tunesmith.api.responses.stored import Stored
from tunesmith.core.tuning_job import MetricPattern

MakeStored = Callable[..., Stored]
Request = dict[str, Any]


def described(make_stored: MakeStored, request_of_a_job: Request, **members: Any) -> dict[str, Any]:
    given = {**request_of_a_job["TrainingJobDefinition"], **members}
    given = {name: value for name, value in given.items() if value is not None}
    before = deepcopy(given)
    filled = of_tuning_job(given, make_stored().record.job)
    assert given == before
    return filled


def test_what_was_sent_comes_back(make_stored: MakeStored, request_of_a_job: Request) -> None:
    extra = {
        "Environment": {"A": "b"},
        "VpcConfig": {"SecurityGroupIds": ["sg"], "Subnets": ["s"]},
        "EnableNetworkIsolation": True,
    }
    filled = described(make_stored, request_of_a_job, **extra)
    for name, value in {**request_of_a_job["TrainingJobDefinition"], **extra}.items():
        if isinstance(value, Mapping):
            assert filled[name].items() >= value.items()
        else:
            assert filled[name] == value


def test_the_service_tells_what_is_tuned_for(make_stored: MakeStored, request_of_a_job: Request) -> None:
    filled = described(make_stored, request_of_a_job)
    assert filled["StaticHyperParameters"] == {"epochs": "3", "_tuning_objective_metric": "acc"}
    without = described(make_stored, request_of_a_job, StaticHyperParameters=None)
    assert without["StaticHyperParameters"] == {"_tuning_objective_metric": "acc"}


def test_the_metrics_of_an_image_and_the_objective_are_added(
    make_stored: MakeStored, request_of_a_job: Request
) -> None:
    sent = {
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "acc", "Regex": "acc=#011(.*)"}],
    }
    filled = described(make_stored, request_of_a_job, AlgorithmSpecification=sent)
    assert filled["AlgorithmSpecification"]["MetricDefinitions"] == [
        {"Name": "loss", "Regex": "loss=(.*)"},
        {"Name": "acc", "Regex": "acc=#011(.*)"},
        {"Name": "ObjectiveMetric", "Regex": "acc=#011(.*)"},
    ]


def test_switches_are_off_unless_they_were_put_on(make_stored: MakeStored, request_of_a_job: Request) -> None:
    filled = described(make_stored, request_of_a_job, EnableNetworkIsolation=True)
    assert filled["EnableNetworkIsolation"] is True
    assert filled["EnableInterContainerTrafficEncryption"] is False
    assert filled["EnableManagedSpotTraining"] is False


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.large"}},
            {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
        ),
        (
            {
                "ResourceConfig": None,
                "HyperParameterTuningResourceConfig": {
                    "InstanceType": "ml.c5.xlarge",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 8,
                    "VolumeKmsKeyId": "key",
                },
            },
            {
                "InstanceType": "ml.c5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 8,
                "VolumeKmsKeyId": "key",
            },
        ),
        (
            {
                "ResourceConfig": None,
                "HyperParameterTuningResourceConfig": {
                    "AllocationStrategy": "Prioritized",
                    "InstanceConfigs": [
                        {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 8},
                        {"InstanceType": "ml.c5.large", "InstanceCount": 1, "VolumeSizeInGB": 9},
                    ],
                },
            },
            {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 8},
        ),
    ],
)
def test_there_is_always_a_resource_config(
    members: dict[str, Any], expected: dict[str, Any], make_stored: MakeStored, request_of_a_job: Request
) -> None:
    filled = described(make_stored, request_of_a_job, **members)
    assert filled["ResourceConfig"] == expected
    tuning = members.get("HyperParameterTuningResourceConfig")
    assert filled.get("HyperParameterTuningResourceConfig") == tuning


def test_what_clients_read_without_asking_is_there(
    make_stored: MakeStored, request_of_a_job: Request
) -> None:
    channel = {"ChannelName": "train", "DataSource": {}}
    filled = described(make_stored, request_of_a_job, InputDataConfig=[channel], StoppingCondition=None)
    assert filled["OutputDataConfig"] == {"S3OutputPath": "s3://out/", "KmsKeyId": ""}
    assert filled["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}
    assert filled["InputDataConfig"] == [{**channel, "CompressionType": "None", "RecordWrapperType": "None"}]


def test_the_ranges_of_a_named_definition_are_complete(
    make_stored: MakeStored, request_of_a_job: Request
) -> None:
    ranges = {"IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "2"}]}
    filled = described(
        make_stored,
        request_of_a_job,
        DefinitionName="first",
        TuningObjective={"Type": "Maximize", "MetricName": "loss"},
        HyperParameterRanges=ranges,
    )
    assert filled["HyperParameterRanges"] == {
        **ranges,
        "ContinuousParameterRanges": [],
        "CategoricalParameterRanges": [],
    }
    assert filled["StaticHyperParameters"]["_tuning_objective_metric"] == "loss"


def test_a_training_job_alone_has_no_objective() -> None:
    filled = filled_in(
        {"AlgorithmSpecification": {"TrainingInputMode": "File"}}, [MetricPattern("acc", "acc=(.*)")]
    )
    assert "StaticHyperParameters" not in filled
    assert filled["AlgorithmSpecification"]["MetricDefinitions"] == [{"Name": "acc", "Regex": "acc=(.*)"}]
