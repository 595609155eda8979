"""Requests that are right, to be changed a little by each test, and the server that they are for."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from tunesmith.api.requests.context import RequestContext
from tunesmith.api.settings import Settings

ROLE = "arn:aws:iam::000000000000:role/tuner"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.2-cpu-py310"
ALGORITHM = {
    "TrainingImage": IMAGE,
    "TrainingInputMode": "File",
    "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
}
SCRIPT = {"sagemaker_program": "train.py", "sagemaker_submit_directory": "s3://code/sourcedir.tar.gz"}
CHANNEL = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/train/"}},
}
RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
DEFINITION = {
    "StaticHyperParameters": {"epochs": "10", **SCRIPT},
    "AlgorithmSpecification": ALGORITHM,
    "RoleArn": ROLE,
    "InputDataConfig": [CHANNEL],
    "OutputDataConfig": {"S3OutputPath": "s3://models/out"},
    "ResourceConfig": RESOURCES,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}
OBJECTIVE = {"Type": "Minimize", "MetricName": "loss"}
RANGES = {
    "ContinuousParameterRanges": [{"Name": "lr", "MinValue": "0.001", "MaxValue": "0.1"}],
    "IntegerParameterRanges": [{"Name": "layers", "MinValue": "1", "MaxValue": "8"}],
    "CategoricalParameterRanges": [{"Name": "optimizer", "Values": ["sgd", "adam"]}],
}
TUNING = {
    "HyperParameterTuningJobName": "tune-1",
    "HyperParameterTuningJobConfig": {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": OBJECTIVE,
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": RANGES,
    },
    "TrainingJobDefinition": DEFINITION,
}
TRAINING = {
    "TrainingJobName": "train-1",
    "HyperParameters": {"lr": "0.1", **SCRIPT},
    **{name: DEFINITION[name] for name in DEFINITION if name != "StaticHyperParameters"},
}

Build = Callable[[dict[str, Any]], dict[str, Any]]


def _changed(request: Any, changes: dict[str, Any]) -> Any:
    """The request with values at dotted paths; `...` takes a member away."""
    request = deepcopy(request)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = request
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
        if value is ...:
            del place[last]
        else:
            place[last] = deepcopy(value)
    return request


@pytest.fixture
def tuning() -> Build:
    """A request for a tuning job, changed at dotted paths."""
    return lambda changes: _changed(TUNING, changes)


@pytest.fixture
def several() -> Build:
    """A request with two definitions, changed at dotted paths."""
    definition = {**DEFINITION, "TuningObjective": OBJECTIVE, "HyperParameterRanges": RANGES}
    definitions = [deepcopy(definition) | {"DefinitionName": name} for name in ("first", "second")]
    request = _changed(
        {**TUNING, "TrainingJobDefinitions": definitions},
        {
            "TrainingJobDefinition": ...,
            "HyperParameterTuningJobConfig.HyperParameterTuningJobObjective": ...,
            "HyperParameterTuningJobConfig.ParameterRanges": ...,
        },
    )
    return lambda changes: _changed(request, changes)


@pytest.fixture
def training() -> Build:
    """A request for a training job, changed at dotted paths."""
    return lambda changes: _changed(TRAINING, changes)


@pytest.fixture
def context() -> Callable[..., RequestContext]:
    """A server with 8 CPUs and 1 GPU on which all data exists, changed by field."""

    def build(**changes: Any) -> RequestContext:
        fields: dict[str, Any] = {
            "settings": Settings(),
            "now": datetime(2026, 1, 1, tzinfo=UTC),
            "cpus": 8,
            "gpus": 1,
            "inputs": lambda _: True,
        }
        return RequestContext(**(fields | changes))

    return build
