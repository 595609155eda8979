"""From a tuning job to a draft of another one, with everything filled in."""

from __future__ import annotations

import math
import shlex
from typing import Any

from tunesmith.core.space import Categorical, Parameter
from tunesmith.core.training_job import Channel, Command, Function, Script
from tunesmith.core.training_job import Work as CoreWork
from tunesmith.core.tuning_job import TuningJob
from tunesmith.jobfile import builtin
from tunesmith.jobfile.yaml_text import typed
from tunesmith.web.wizard.draft import (
    BuiltInWork,
    ChannelRow,
    CommandWork,
    Draft,
    ParameterRow,
    Row,
    ScriptWork,
    Work,
)


def draft_of(job: TuningJob, *, name: str = "") -> Draft:
    """Give the draft from which a tuning job could have been made.

    Args:
        job: The tuning job.
        name: That of the new one; if it is empty, one is made when the new job is.

    Raises:
        ValueError: It compares several algorithms or runs a Python function, which a draft cannot say.
    """
    if job.definitions:
        msg = f"{job.name} compares {len(job.definitions)} algorithms; copy it as YAML, and change that"
        raise ValueError(msg)
    is_builtin = job.work == builtin.WORK
    metrics = builtin.own_metrics(job.metrics) if is_builtin else job.metrics
    fixed = builtin.own_hyperparameters(job.hyperparameters) if is_builtin else job.hyperparameters
    return Draft(
        name=name,
        work=_work(job.work),
        metric=job.objective.metric,
        goal=job.objective.goal.value,
        metrics=tuple(Row(name=each.name, value=each.regex) for each in metrics),
        parameters=tuple(parameter_row(each) for each in job.space.parameters),
        fixed=tuple(Row(name=key, value=typed(value)) for key, value in fixed.items()),
        channels=tuple(_channel(key, channel) for key, channel in job.channels.items()),
        environment=tuple(Row(name=key, value=value) for key, value in job.environment.items()),
        initial=job.initial,
        output=job.output or "",
        checkpoints=job.checkpoints or "",
        **_course(job),
    )


def _course(job: TuningJob) -> dict[str, Any]:
    """How it is searched, and when it ends."""
    resource = job.resource
    return {
        "strategy": job.strategy,
        "seed": str(job.seed),
        "stopping": job.stopping or "",
        "most_reports": "" if resource is None else str(resource.most),
        "least_reports": "" if resource is None else str(resource.least),
        "pause": resource is not None and resource.pause,
        "trials": _number(job.limits.trials),
        "parallel": _number(job.limits.parallel),
        "seconds": _number(job.limits.seconds),
        "budget": _number(job.limits.budget),
        "cpu_hour": "" if job.price is None else _number(job.price.cpu_hour),
        "gpu_hour": "" if job.price is None else _number(job.price.gpu_hour),
        "currency": "" if job.price is None else job.price.currency,
        "job_seconds": _number(job.max_seconds),
        "wait_seconds": _number(job.max_wait_seconds),
        "grace_seconds": _number(job.grace_seconds),
        "retries": _number(job.retries or None),
        "target": _number(job.completion.target),
        "not_improving": _number(job.completion.not_improving),
        "converged": job.completion.converged,
        "parents": job.parents,
        "transfer": "TransferLearning" if job.transfer is None else job.transfer.value,
        "cpus": str(job.resources.cpus),
        "gpus": str(job.resources.gpus),
        "isolation": job.isolation,
    }


def parameter_row(parameter: Parameter, example: str = "", source: str = "") -> ParameterRow:
    """A parameter as a row."""
    if isinstance(parameter, Categorical):
        choices = tuple(typed(choice) for choice in parameter.choices)
        return ParameterRow(
            name=parameter.name, kind="categorical", choices=choices, example=example, source=source
        )
    return ParameterRow(
        name=parameter.name,
        kind="continuous" if isinstance(parameter.low, float) else "integer",
        low=_number(parameter.low),
        high=_number(parameter.high),
        scale=parameter.scale,
        example=example,
        source=source,
    )


def _work(work: CoreWork) -> Work:
    match work:
        case Script():
            return ScriptWork(source=work.source, entry=work.entry, python=work.python or "")
        case Command():
            if work == builtin.WORK:
                return BuiltInWork()
            line = shlex.join(work.arguments)
            return CommandWork(command=line, directory=work.directory or "", literal=work.literal)
        case Function():
            msg = "it runs a Python function, which cannot be started from here; start it from Python again"
            raise ValueError(msg)


def _channel(name: str, channel: str | Channel) -> ChannelRow:
    if isinstance(channel, str):
        return ChannelRow(name=name, location=channel)
    return ChannelRow(
        name=name,
        location=channel.location,
        content_type=channel.content_type or "",
        input_mode=channel.input_mode,
        data_type=channel.data_type,
        distribution=channel.distribution,
        plain=False,
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    is_short = math.isfinite(value) and value == int(value) and abs(value) < 1e15
    return str(int(value)) if is_short else repr(value)
