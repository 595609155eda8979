"""The request that creates a tuning job, and what it cannot say of the job.

A tuning job that came through this interface is told by its own request. Any other is put into SageMaker's words as
well as they go; addresses are those of this machine, which the server takes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tunesmith.api import instances
from tunesmith.api.call import Json
from tunesmith.api.images import injected_patterns
from tunesmith.api.requests import budget, pausing
from tunesmith.api.responses.homemade import request_of
from tunesmith.api.snippets.work import image_of, program_of, unsaid_of_work
from tunesmith.core.training_job import Channel, Resources
from tunesmith.core.tuning_job import MetricPattern, TuningJob

_STRATEGIES = {"Sobol": "Random", "HyperbandBayesian": "Hyperband"}  # the nearest that SageMaker has
_KNOWN = ("Bayesian", "Random", "Grid", "Hyperband")
_LARGEST_SEED = 2**31 - 1
_LEAST_SECONDS = 120  # of a tuning job
_MOST_RETRIES = 30
_VOLUME_GB = 30
_OUTPUT = "s3://tunesmith-default/output"
_SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge")
_TYPES = (*(f"ml.m5.{size}" for size in _SIZES), *(f"ml.g5.{size}" for size in (*_SIZES[1:], "48xlarge")))


@dataclass(frozen=True)
class Creation:
    """A CreateHyperParameterTuningJob request, and remarks for whoever sends it."""

    request: Json
    remarks: tuple[str, ...] = ()


def creation_of(job: TuningJob, request: Json | None = None) -> Creation:
    """Give what creates a tuning job.

    Args:
        job: The tuning job.
        request: The one with which it was created, if it came through this interface.

    Raises:
        ValueError: It runs a Python function, or stands for a single training job.
    """
    if job.alone:
        msg = "this is a training job by itself, not a tuning job"
        raise ValueError(msg)
    if request is not None:
        return Creation(request)
    made = request_of(job)
    parts = tuple(job.parts.values())
    filled: dict[str, Any] = {**made, "HyperParameterTuningJobConfig": _config(job, made)}
    if job.definitions:
        definitions = made["TrainingJobDefinitions"]
        named = [_definition(part, each) for part, each in zip(parts, definitions, strict=True)]
        filled["TrainingJobDefinitions"] = named
    else:
        filled["TrainingJobDefinition"] = _definition(job, made["TrainingJobDefinition"])
    return Creation(filled, tuple(dict.fromkeys((*_unsaid(job), *_unsaid_of_parts(parts)))))


def _config(job: TuningJob, made: Json) -> Json:
    config = dict(made["HyperParameterTuningJobConfig"])
    config["Strategy"] = _STRATEGIES.get(job.strategy, job.strategy)
    if job.seed > _LARGEST_SEED:
        del config["RandomSeed"]
    if job.limits.seconds is not None:
        seconds = {"MaxRuntimeInSeconds": max(_LEAST_SECONDS, math.ceil(job.limits.seconds))}
        config["ResourceLimits"] = {**config["ResourceLimits"], **seconds}
    return config


def _definition(job: TuningJob, made: Json) -> Json:
    """A definition with all that it takes to create training jobs."""
    metrics = [{"Name": pattern.name, "Regex": pattern.regex} for pattern in _own_metrics(job)]
    channels = [_channel(name, given) for name, given in job.channels.items()]
    waits = job.max_wait_seconds is not None
    members = {
        **made,
        "StaticHyperParameters": {**made["StaticHyperParameters"], **program_of(job.work)},
        "AlgorithmSpecification": {
            "TrainingImage": image_of(job.work),
            "TrainingInputMode": "File",
            "MetricDefinitions": metrics,
        },
        "InputDataConfig": channels,
        "OutputDataConfig": {"S3OutputPath": _OUTPUT if job.output is None else _address(job.output)},
        "CheckpointConfig": {} if job.checkpoints is None else {"S3Uri": _address(job.checkpoints)},
        "ResourceConfig": {
            "InstanceType": _instance_type(job.resources),
            "InstanceCount": 1,
            "VolumeSizeInGB": _VOLUME_GB,
        },
        "StoppingCondition": _stopping_condition(job),
        "RetryStrategy": {"MaximumRetryAttempts": min(job.retries, _MOST_RETRIES)} if job.retries else {},
        **({"EnableManagedSpotTraining": True} if waits else {}),
    }
    if not metrics:
        del members["AlgorithmSpecification"]["MetricDefinitions"]
    return {name: value for name, value in members.items() if value not in ({}, [])}


def _own_metrics(job: TuningJob) -> Sequence[MetricPattern]:
    printed = set(injected_patterns(image_of(job.work), ()))
    return [pattern for pattern in job.metrics if pattern not in printed]


def _stopping_condition(job: TuningJob) -> Json:
    seconds = {"MaxRuntimeInSeconds": job.max_seconds, "MaxWaitTimeInSeconds": job.max_wait_seconds}
    return {name: max(1, math.ceil(value)) for name, value in seconds.items() if value is not None}


def _channel(name: str, given: str | Channel) -> Json:
    channel = Channel(given) if isinstance(given, str) else given
    source = {
        "S3DataType": channel.data_type,
        "S3Uri": _address(channel.location),
        "S3DataDistributionType": channel.distribution,
    }
    content = {} if channel.content_type is None else {"ContentType": channel.content_type}
    mode = {} if channel.input_mode == "File" else {"InputMode": channel.input_mode}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **content, **mode}


def _address(location: str) -> str:
    return location if "://" in location else f"file://{location}"


def _instance_type(wanted: Resources) -> str:
    """The smallest instance that has so many CPUs and GPUs, or else the largest."""
    families = [name for name in _TYPES if name.startswith("ml.g5") == (wanted.gpus > 0)]
    return next((name for name in families if _holds(instances.size(name), wanted)), families[-1])


def _holds(size: Resources, wanted: Resources) -> bool:
    return size.cpus >= wanted.cpus and size.gpus >= wanted.gpus


def _unsaid(job: TuningJob) -> Iterator[str]:
    """What the request cannot say of the tuning job as a whole."""
    if job.strategy not in _KNOWN:
        other = _STRATEGIES.get(job.strategy)
        yield f"the strategy {job.strategy} is Tunesmith's own" + (
            f"; {other} is the nearest" if other else ""
        )
    if job.stopping not in {None, "median"}:
        yield f"the stopping rule {job.stopping!r} is Tunesmith's own; Auto is the median rule"
    if job.seed > _LARGEST_SEED:
        yield f"the seed {job.seed} is more than {_LARGEST_SEED}, the largest; another one will be drawn"
    if job.limits.seconds is not None and job.limits.seconds < _LEAST_SECONDS:
        yield f"{job.limits.seconds:g} s are less than the {_LEAST_SECONDS} that a tuning job gets at least"
    if job.limits.budget is not None:
        yield f"the budget of {job.limits.budget:g} is an extension of Tunesmith; its server takes the tag {budget.TAG}"
    if job.isolation != "none":
        yield f"isolation: {job.isolation} is a setting of the server, not of a tuning job"


def _unsaid_of_parts(parts: Sequence[TuningJob]) -> Iterator[str]:
    """What the request cannot say of the training jobs."""
    for part in parts:
        yield from unsaid_of_work(part.work)
        if part.resource is not None and part.resource.pause:
            yield f"pausing instead of stopping is an extension of Tunesmith; its server takes the tag {pausing.TAG}"
        if part.initial:
            yield f"{len(part.initial)} configurations to try first are an extension of Tunesmith"
        places = [c if isinstance(c, str) else c.location for c in part.channels.values()]
        places += [place for place in (part.output, part.checkpoints) if place is not None]
        if any(not place.startswith("s3://") for place in places):
            yield "file:// addresses work with Tunesmith's server alone; for AWS, upload to S3 and give s3:// addresses"
        if part.output is None:
            yield f"models go to {_OUTPUT}; give the bucket that you want"
        if part.max_seconds is None:
            yield "without MaxRuntimeInSeconds, SageMaker ends a training job after a day"
        if part.retries > _MOST_RETRIES:
            yield f"{part.retries} retries are more than the {_MOST_RETRIES} allowed"
