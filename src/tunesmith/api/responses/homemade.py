"""Tuning jobs that the command line or the SDK has made, as requests that would have made them."""

from __future__ import annotations

from typing import Any

from tunesmith.api.call import Json
from tunesmith.core.space import Categorical, Parameter
from tunesmith.core.tuning_job import TuningJob
from tunesmith.training.script_mode import encode

_ROLE = "arn:aws:iam::000000000000:role/tunesmith"  # such jobs have none, but a definition must


def request_of(job: TuningJob) -> Json:
    """A CreateHyperParameterTuningJob request that says what is known of a tuning job."""
    return {
        "HyperParameterTuningJobName": job.name,
        "HyperParameterTuningJobConfig": _config(job),
        "TrainingJobDefinition": _definition(job),
    }


def _config(job: TuningJob) -> Json:
    limits = job.limits
    bounds = {"MaxNumberOfTrainingJobs": limits.trials, "MaxRuntimeInSeconds": limits.seconds}
    return {
        "Strategy": job.strategy,
        "HyperParameterTuningJobObjective": {
            "Type": job.objective.goal.value,
            "MetricName": job.objective.metric,
        },
        "ResourceLimits": {
            "MaxParallelTrainingJobs": limits.parallel,
            **{name: int(value) for name, value in bounds.items() if value is not None},
        },
        "ParameterRanges": _ranges(job),
        "RandomSeed": job.seed,
    }


def _ranges(job: TuningJob) -> Json:
    ranges: dict[str, list[Json]] = {}
    for parameter in job.space.parameters:
        ranges.setdefault(f"{type(parameter).__name__}ParameterRanges", []).append(_range(parameter))
    return ranges


def _range(parameter: Parameter) -> Json:
    if isinstance(parameter, Categorical):
        return {"Name": parameter.name, "Values": [encode(choice) for choice in parameter.choices]}
    return {
        "Name": parameter.name,
        "MinValue": encode(parameter.low),
        "MaxValue": encode(parameter.high),
        "ScalingType": parameter.scale,
    }


def _definition(job: TuningJob) -> Json:
    runtime: dict[str, Any] = {} if job.max_seconds is None else {"MaxRuntimeInSeconds": int(job.max_seconds)}
    return {
        "StaticHyperParameters": {name: encode(value) for name, value in job.hyperparameters.items()},
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "RoleArn": _ROLE,
        "OutputDataConfig": {"S3OutputPath": job.output or ""},
        "ResourceConfig": {"InstanceType": "local", "InstanceCount": 1},
        "StoppingCondition": runtime,
        "Environment": dict(job.environment),
    }
