"""Tuning jobs that the command line or the SDK has made, as requests that would have made them."""

from __future__ import annotations

from typing import Any

from tunesmith.api.call import Json
from tunesmith.api.parameter_ranges import ranges_of
from tunesmith.core.tuning_job import Completion, TuningJob
from tunesmith.training.script_mode import OBJECTIVE_KEY, encode

_ROLE = "arn:aws:iam::000000000000:role/tunesmith"  # such jobs have none, but a definition must


def request_of(job: TuningJob) -> Json:
    """A CreateHyperParameterTuningJob request that says what is known of a tuning job."""
    return {
        "HyperParameterTuningJobName": job.name,
        "HyperParameterTuningJobConfig": _config(job),
        **_definitions(job),
        **_warm_start(job),
    }


def _warm_start(job: TuningJob) -> Json:
    if job.transfer is None:
        return {}
    parents = [{"HyperParameterTuningJobName": name} for name in job.parents]
    config = {"ParentHyperParameterTuningJobs": parents, "WarmStartType": job.transfer.value}
    return {"WarmStartConfig": config}


def _definitions(job: TuningJob) -> Json:
    if not job.definitions:
        return {"TrainingJobDefinition": _definition(job)}
    named = [
        {
            "DefinitionName": name,
            **_definition(part),
            **_tuned(part, "TuningObjective", "HyperParameterRanges"),
        }
        for name, part in job.parts.items()
    ]
    return {"TrainingJobDefinitions": named}


def _tuned(job: TuningJob, objective: str, ranges: str) -> dict[str, Any]:
    """What is tuned and for what, under the names that the place has for them."""
    aim = {"Type": job.objective.goal.value, "MetricName": job.objective.metric}
    return {objective: aim, ranges: ranges_of(job.space.parameters)}


def _config(job: TuningJob) -> Json:
    limits = job.limits
    bounds = {"MaxNumberOfTrainingJobs": limits.trials, "MaxRuntimeInSeconds": limits.seconds}
    return {
        "Strategy": job.strategy,
        "ResourceLimits": {
            "MaxParallelTrainingJobs": limits.parallel,
            **{name: int(value) for name, value in bounds.items() if value is not None},
        },
        "RandomSeed": job.seed,
        **_early_end(job),
        **({} if job.definitions else _tuned(job, "HyperParameterTuningJobObjective", "ParameterRanges")),
    }


def _early_end(job: TuningJob) -> Json:
    """What may end the tuning job, or a training job of it, before its limits."""
    members: dict[str, Any] = {"TrainingJobEarlyStoppingType": "Off" if job.stopping is None else "Auto"}
    if job.resource is not None:
        resources = {"MinResource": job.resource.least, "MaxResource": job.resource.most}
        members["StrategyConfig"] = {"HyperbandStrategyConfig": resources}
    criteria = _criteria(job.completion)
    return members | ({"TuningJobCompletionCriteria": criteria} if criteria else {})


def _criteria(completion: Completion) -> Json:
    criteria: dict[str, Any] = {}
    if completion.target is not None:
        criteria["TargetObjectiveMetricValue"] = completion.target
    if completion.not_improving is not None:
        limit = {"MaxNumberOfTrainingJobsNotImproving": completion.not_improving}
        criteria["BestObjectiveNotImproving"] = limit
    if completion.converged:
        criteria["ConvergenceDetected"] = {"CompleteOnConvergence": "Enabled"}
    return criteria


def _definition(job: TuningJob) -> Json:
    runtime: dict[str, Any] = {} if job.max_seconds is None else {"MaxRuntimeInSeconds": int(job.max_seconds)}
    return {
        "StaticHyperParameters": {
            name: encode(value) for name, value in job.hyperparameters.items() if name != OBJECTIVE_KEY
        },
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "RoleArn": _ROLE,
        "OutputDataConfig": {"S3OutputPath": job.output or ""},
        "ResourceConfig": {"InstanceType": "local", "InstanceCount": 1},
        "StoppingCondition": runtime,
        "Environment": dict(job.environment),
    }
