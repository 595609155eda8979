"""Stored jobs made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tunesmith.api.responses.place import Place
from tunesmith.api.responses.stored import Stored
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Definition, Limits, MetricPattern, TuningJob
from tunesmith.store.records import TrialRecord, TuningJobRecord

START = datetime.fromisoformat("2026-03-01T12:00:00.250+00:00")
DEFINITION: dict[str, Any] = {
    "StaticHyperParameters": {"epochs": "3"},
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::000000000000:role/anyone",
    "OutputDataConfig": {"S3OutputPath": "s3://out/"},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
}
REQUEST: dict[str, Any] = {
    "HyperParameterTuningJobName": "job",
    "HyperParameterTuningJobConfig": {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "acc"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": {
            "ContinuousParameterRanges": [{"Name": "lr", "MinValue": "1e-3", "MaxValue": "1"}]
        },
    },
    "TrainingJobDefinition": DEFINITION,
}


@pytest.fixture
def place() -> Place:
    return Place("eu-west-1", "123456789012")


@pytest.fixture
def make_stored() -> Callable[..., Stored]:
    def make(request: Any = REQUEST, former_name: str | None = None, **members: Any) -> Stored:
        usual: dict[str, Any] = {
            "name": "job",
            "work": Command(("true",)),
            "space": Space(
                [
                    Continuous("lr", 0.001, 1),
                    Integer("depth", 1, 9),
                    Categorical("opt", ('"adam"', "sgd", True)),
                ]
            ),
            "objective": Objective("acc", Goal.MAXIMIZE),
            "limits": Limits(trials=9, parallel=2),
            "metrics": (MetricPattern("acc", "acc=(.*)"), MetricPattern("loss", "loss=(.*)")),
            "created_at": START,
        }
        names = members.pop("definitions", ())
        job = TuningJob(**usual | members)
        if names:  # alike but for the name
            own = {f.name: getattr(job, f.name) for f in fields(Definition) if f.name != "name"}
            job = replace(job, definitions=tuple(Definition(name=name, **own) for name in names))
        return Stored(TuningJobRecord(job=job, modified_at=START, request=request, former_name=former_name))

    return make


@pytest.fixture
def make_trial() -> Callable[..., TrialRecord]:
    def make(**members: Any) -> TrialRecord:
        usual: dict[str, Any] = {
            "number": 7,
            "name": "job-007-0a1b2c3d",
            "config": {"lr": 0.1, "depth": 3, "opt": '"adam"'},
            "created_at": START,
        }
        return TrialRecord(**usual | members)

    return make


@pytest.fixture
def at() -> Callable[[float], datetime]:
    """Seconds after the beginning."""
    return lambda seconds: START + timedelta(seconds=seconds)


@pytest.fixture
def request_of_a_job() -> dict[str, Any]:
    return REQUEST
