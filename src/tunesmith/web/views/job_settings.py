"""Everything that a tuning job was set up with, in words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tunesmith.core.space import Categorical, Parameter
from tunesmith.core.training_job import Channel, Command, Script, Work
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.rows import LostFunction
from tunesmith.web.views import words

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AlgorithmSettings:
    """What an algorithm runs, and what may vary."""

    name: str | None  # None if the tuning job has only one
    runs: Facts
    parameters: tuple[tuple[str, str, str], ...]  # name, values, scale
    fixed: Facts


@dataclass(frozen=True)
class JobSettings:
    """All settings."""

    search: Facts
    limits: Facts
    algorithms: tuple[AlgorithmSettings, ...]


def job_settings(job: TuningJob) -> JobSettings:
    """Put the settings of a tuning job into words."""
    algorithms = tuple(
        AlgorithmSettings(
            name,
            tuple(_runs(part)),
            tuple((each.name, *_range(each)) for each in part.space.parameters),
            tuple((key, words.setting(value)) for key, value in part.hyperparameters.items()),
        )
        for name, part in job.parts.items()
    )
    return JobSettings(tuple(_search(job)), tuple(_limits(job)), algorithms)


def _search(job: TuningJob) -> Iterator[tuple[str, str]]:
    yield "Objective", f"{job.objective.goal.value} {job.objective.metric}"
    yield "Strategy", f"{job.strategy}, seed {job.seed}"
    yield "Early stopping", job.stopping or "none"
    if job.resource is not None:
        paused = ", paused ones may go on" if job.resource.pause else ""
        yield "Reports of a training job", f"{job.resource.least:,} to {job.resource.most:,}{paused}"
    if job.parents:
        yield "Learns from", f"{', '.join(job.parents)} ({job.transfer})"
    if job.initial:
        yield "Configurations to begin with", f"{len(job.initial):,}"
    for pattern in job.metrics:
        yield f"Metric {pattern.name}", pattern.regex
    yield "Created", words.moment(job.created_at)


def _limits(job: TuningJob) -> Iterator[tuple[str, str]]:
    limits, completion = job.limits, job.completion
    yield "Training jobs in all", "no limit" if limits.trials is None else f"{limits.trials:,}"
    yield "Training jobs at a time", f"{limits.parallel:,}"
    yield "Time in all", "no limit" if limits.seconds is None else words.duration(limits.seconds)
    if job.price is not None:
        yield "Budget", "none" if limits.budget is None else job.price.show(limits.budget)
        yield "Price of a CPU and hour", job.price.show(job.price.cpu_hour)
        if job.price.gpu_hour:
            yield "Price of a GPU and hour", job.price.show(job.price.gpu_hour)
    yield "Time of a training job", "no limit" if job.max_seconds is None else words.duration(job.max_seconds)
    yield "Time to end after a stop", words.duration(job.grace_seconds)
    yield "Started again when lost", f"at most {words.count(job.retries, 'time')}" if job.retries else "never"
    if completion.target is not None:
        yield "Ends when the objective reaches", words.number(completion.target)
    if completion.not_improving is not None:
        yield "Ends without improvement after", words.count(completion.not_improving, "training job")
    if completion.converged:
        yield "Ends when", "an improvement has become unlikely"


def _runs(job: TuningJob) -> Iterator[tuple[str, str]]:
    yield from _work(job.work)
    gpus = f", {words.count(job.resources.gpus, 'GPU')}" if job.resources.gpus else ""
    yield "Each takes", f"{words.count(job.resources.cpus, 'CPU')}{gpus}"
    for name, channel in job.channels.items():
        yield f"Channel {name}", channel.location if isinstance(channel, Channel) else channel
    if job.output:
        yield "Output", job.output
    if job.checkpoints:
        yield "Checkpoints", job.checkpoints
    for name in job.environment:
        yield f"Environment {name}", "set"  # a value may be a secret
    if job.isolation != "none":
        yield "Isolation", job.isolation


def _work(work: Work) -> Iterator[tuple[str, str]]:
    match work:
        case Script():
            yield "Script", f"{work.entry} in {work.source}"
            if work.python:
                yield "Python", work.python
        case Command():
            yield "Command", shlex.join(work.arguments)
            if work.directory:
                yield "Folder", work.directory
        case _:
            target = work.target
            yield (
                "Function",
                target.name if isinstance(target, LostFunction) else getattr(target, "__qualname__", ""),
            )


def _range(parameter: Parameter) -> tuple[str, str]:
    if isinstance(parameter, Categorical):
        return ", ".join(map(words.setting, parameter.choices)), "choices"
    kind = "whole numbers, " if isinstance(parameter.low, int) else ""
    return (
        f"{words.setting(parameter.low)} to {words.setting(parameter.high)}",
        f"{kind}{parameter.resolved_scale.lower()}",
    )
