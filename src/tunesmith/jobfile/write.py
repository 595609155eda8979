"""Tuning jobs as job files: what `tunesmith tune` would read to make the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunesmith.core.space import Categorical, Parameter
from tunesmith.core.training_job import Channel, Command, Script, Work
from tunesmith.core.tuning_job import TuningJob
from tunesmith.jobfile import builtin
from tunesmith.jobfile.yaml_text import Node, document

_Values = dict[str, Node]


def text_of(job: TuningJob, *, name: str | None = None) -> str:
    """Write a tuning job as a job file; what a job file has no words for becomes a comment at its top.

    Args:
        job: The tuning job.
        name: Its name in the file, instead of its own.

    Raises:
        ValueError: It runs a Python function, or stands for a single training job.
    """
    notes = "".join(f"# Not said in this file: {note}.\n" for note in unsaid(job))
    return notes + document(values_of(job, name=name))


def values_of(job: TuningJob, *, name: str | None = None) -> _Values:
    """The keys of the job file that describes a tuning job. Raises as `text_of` does."""
    if job.alone:
        msg = "this is a training job by itself, and a job file describes a tuning job"
        raise ValueError(msg)
    named: _Values = {"name": name or job.name}
    if not job.definitions:
        return named | _work(job.work) | _objective(job) | _own(job) | _shared(job)
    algorithms: _Values = {}
    for algorithm, part in job.parts.items():
        objective = {} if part.objective == job.objective else _objective(part)
        algorithms[str(algorithm)] = _work(part.work) | objective | _own(part)
    return named | _objective(job) | {"algorithms": algorithms} | _shared(job)


def unsaid(job: TuningJob) -> Iterator[str]:
    """What a job file cannot say of a tuning job, in words."""
    for name, part in job.parts.items():
        of = "" if name is None else f" of {name}"
        own = (part.max_seconds, part.retries, part.max_wait_seconds)
        if own != (job.max_seconds, job.retries, job.max_wait_seconds):
            yield f"training jobs{of} have job_seconds, retries and wait_seconds of {', '.join(map(str, own))}"


def _own(job: TuningJob) -> _Values:
    """What belongs to one algorithm; keys with their usual values are left out."""
    is_builtin = job.work == builtin.WORK
    metrics = builtin.own_metrics(job.metrics) if is_builtin else job.metrics
    fixed = builtin.own_hyperparameters(job.hyperparameters) if is_builtin else job.hyperparameters
    values: _Values = {
        "metrics": {pattern.name: pattern.regex for pattern in metrics},
        "parameters": {parameter.name: _parameter(parameter) for parameter in job.space.parameters},
        "hyperparameters": dict(fixed),
        "channels": {name: _channel(channel) for name, channel in job.channels.items()},
        "environment": dict(job.environment),
        "initial": [dict(config) for config in job.initial],
    }
    found = {key: value for key, value in values.items() if value not in ({}, [])}
    found["resources"] = {"cpus": job.resources.cpus, "gpus": job.resources.gpus}
    places = {"output": job.output, "checkpoints": job.checkpoints}
    found |= {key: place for key, place in places.items() if place is not None}
    if job.resource is not None:
        pause: _Values = {"pause": True} if job.resource.pause else {}
        found["resource"] = {"least": job.resource.least, "most": job.resource.most, **pause}
    return found


def _shared(job: TuningJob) -> _Values:
    """What belongs to the tuning job as a whole."""
    values: _Values = {"limits": _limits(job), "strategy": job.strategy}
    if job.price is not None:
        values["price"] = {
            "cpu_hour": job.price.cpu_hour,
            "gpu_hour": job.price.gpu_hour,
            "currency": job.price.currency,
        }
    if job.stopping is not None:
        values["stopping"] = job.stopping
    criteria = {"target": job.completion.target, "not_improving": job.completion.not_improving}
    completion: _Values = {key: value for key, value in criteria.items() if value is not None}
    if job.completion.converged:
        completion["converged"] = True
    if completion:
        values["completion"] = completion
    if job.transfer is not None:
        values["warm_start"] = {"parents": list(job.parents), "type": job.transfer.value}
    if job.isolation != "none":
        values["isolation"] = job.isolation
    return {**values, "seed": job.seed}


def _limits(job: TuningJob) -> _Values:
    limits = {
        "trials": job.limits.trials,
        "parallel": job.limits.parallel,
        "seconds": job.limits.seconds,
        "job_seconds": job.max_seconds,
        "grace_seconds": job.grace_seconds,
        "retries": job.retries or None,
        "wait_seconds": job.max_wait_seconds,
        "budget": job.limits.budget,
    }
    return {key: _short(value) for key, value in limits.items() if value is not None}


def _work(work: Work) -> _Values:
    if work == builtin.WORK:
        return {"algorithm": "xgboost"}
    match work:
        case Script():
            python = {} if work.python is None else {"python": work.python}
            return {"script": {"source": work.source, "entry": work.entry, **python}}
        case Command():
            command: _Values = {"arguments": work.arguments, "directory": work.directory or ""}
            return {"command": command | ({"literal": True} if work.literal else {})}
        case _:
            msg = "it runs a Python function, which a job file cannot name; write a script that calls it"
            raise ValueError(msg)


def _objective(job: TuningJob) -> _Values:
    return {"objective": {"metric": job.objective.metric, "goal": job.objective.goal.value}}


def _parameter(parameter: Parameter) -> _Values:
    kind: _Values = {"type": type(parameter).__name__.lower()}
    if isinstance(parameter, Categorical):
        return {**kind, "choices": list(parameter.choices)}
    low, high = _short(parameter.low), _short(parameter.high)
    scale: Mapping[str, Any] = {} if parameter.scale == "Auto" else {"scale": parameter.scale}
    return {**kind, "low": low, "high": high, **scale}


def _channel(channel: str | Channel) -> Node:
    if isinstance(channel, str):
        return channel
    usual = Channel(channel.location)
    names = ("content_type", "input_mode", "data_type", "distribution")
    own = {name: getattr(channel, name) for name in names}
    return {"location": channel.location} | {
        name: value for name, value in own.items() if value != getattr(usual, name)
    }


def _short(number: float) -> float:
    """A number as people write it: without `.0`."""
    return int(number) if number == int(number) and abs(number) < 1e15 else number
