"""Requests for tuning jobs as the clients of SageMaker send them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from tunesmith.api.model import service_model
from tunesmith.api.requests.context import RequestContext
from tunesmith.api.requests.tuning_job import tuning_job
from tunesmith.api.shapes import read_request
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Continuous
from tunesmith.core.training_job import Command, Resources, Script

Build = Callable[[dict[str, Any]], dict[str, Any]]
Server = Callable[..., RequestContext]

CONFIG = "HyperParameterTuningJobConfig"
STATIC = "TrainingJobDefinition.StaticHyperParameters"
ALGORITHM = "TrainingJobDefinition.AlgorithmSpecification"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
BUILTIN = {
    f"{CONFIG}.HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
    f"{CONFIG}.ParameterRanges": {
        "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}],
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "8"}],
    },
    ALGORITHM: {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
    STATIC: {"num_round": "20", "objective": "binary:logistic"},
}


def sent(request: dict[str, Any]) -> dict[str, Any]:
    """The request as the server sees it when a client has sent it."""
    operation = service_model("sagemaker").operation_model("CreateHyperParameterTuningJob")
    return read_request(operation, json.dumps(request).encode())


def test_what_the_python_sdk_sends_for_a_framework(context: Server) -> None:
    """Version 2: JSON in strings and choices, empty lists of ranges, a resource configuration of its own."""
    request = {
        "HyperParameterTuningJobName": "pytorch-training-251127-0300",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
            "TrainingJobEarlyStoppingType": "Off",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ParameterRanges": {
                "ContinuousParameterRanges": [
                    {"Name": "lr", "MinValue": "0.0001", "MaxValue": "0.1", "ScalingType": "Auto"}
                ],
                "CategoricalParameterRanges": [{"Name": "act", "Values": ['"relu"', '"tanh"']}],
                "IntegerParameterRanges": [],
            },
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {
                "opt": '"adam"',
                "sagemaker_submit_directory": '"s3://bucket/pytorch/source/sourcedir.tar.gz"',
                "sagemaker_program": '"train.py"',
                "sagemaker_container_log_level": "20",
                "sagemaker_job_name": '"pytorch-training-2025-11-27"',
                "sagemaker_region": '"us-east-1"',
                "sagemaker_estimator_class_name": '"PyTorch"',
                "sagemaker_estimator_module": '"sagemaker.pytorch.estimator"',
            },
            "RoleArn": "arn:aws:iam::111122223333:role/tuner",
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
            "HyperParameterTuningResourceConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.c5.xlarge",
                "VolumeSizeInGB": 30,
            },
            "AlgorithmSpecification": {
                "TrainingInputMode": "File",
                "TrainingImage": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.2-cpu-py310",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9\\.]+);"}],
            },
            "InputDataConfig": [
                {
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "S3Prefix",
                            "S3Uri": "s3://bucket/data/train",
                            "S3DataDistributionType": "FullyReplicated",
                        }
                    },
                    "ChannelName": "train",
                }
            ],
        },
        "Tags": [],
    }
    job = tuning_job(sent(request), context())
    assert job.work == Script("s3://bucket/pytorch/source/sourcedir.tar.gz", "train.py")
    assert job.space.parameters == (
        Continuous("lr", 0.0001, 0.1),
        Categorical("act", ('"relu"', '"tanh"')),
    )
    assert job.hyperparameters["opt"] == '"adam"'
    assert job.resources == Resources(4, 0)


def test_what_the_python_sdk_sends_for_the_built_in_xgboost(tuning: Build, context: Server) -> None:
    changes = BUILTIN | {
        "TrainingJobDefinition.ResourceConfig": ...,
        "TrainingJobDefinition.HyperParameterTuningResourceConfig": {
            "InstanceConfigs": [
                {"InstanceType": "ml.m5.12xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
                {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
            ],
            "AllocationStrategy": "Prioritized",
        },
    }
    job = tuning_job(sent(tuning(changes)), context())
    assert job.work == Command((sys.executable, "-m", "tunesmith.algorithms.xgboost"))
    assert job.objective == Objective("validation:auc", Goal.MAXIMIZE)
    assert "validation:auc" in [metric.name for metric in job.metrics]
    assert job.resources == Resources(4, 0)


def test_what_the_newer_python_sdk_sends(tuning: Build, context: Server) -> None:
    """Version 3: plain strings, only the lists that hold something, a channel with its drivers."""
    driver = {
        "ChannelName": "sm_drivers",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": "s3://bucket/base/tuning-1764212345/input/sm_drivers",
                "S3DataDistributionType": "FullyReplicated",
            }
        },
        "InputMode": "File",
    }
    changes = {
        "TrainingJobDefinition.InputDataConfig": [driver],
        "TrainingJobDefinition.OutputDataConfig.CompressionType": "GZIP",
        "TrainingJobDefinition.Environment": {"MODE": "fast"},
        f"{STATIC}.net": "{'a': 1}",
        f"{STATIC}.flag": "True",
    }
    job = tuning_job(sent(tuning(changes)), context())
    assert list(job.channels) == ["sm_drivers"]
    assert job.environment["MODE"] == "fast"
    assert job.hyperparameters["net"] == "{'a': 1}"
    assert isinstance(job.work, Script)
