"""CreateHyperParameterTuningJob: from a request to a tuning job."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunesmith.api.call import Json
from tunesmith.api.requests import autotune, metrics, xgboost
from tunesmith.api.requests.channels import channels_of
from tunesmith.api.requests.checkpoints import checkpoints_of
from tunesmith.api.requests.completion import check_completion_criteria, completion_of
from tunesmith.api.requests.context import RequestContext
from tunesmith.api.requests.definitions import Definition, definitions_of
from tunesmith.api.requests.environment import check_total, environment_of
from tunesmith.api.requests.features import refuse_unsupported
from tunesmith.api.requests.hyperband import check_hyperband, resource_of
from tunesmith.api.requests.hyperparameters import static_hyperparameters
from tunesmith.api.requests.limits import limits_of
from tunesmith.api.requests.locations import check_inputs
from tunesmith.api.requests.output import output_of
from tunesmith.api.requests.ranges import auto_names, parameters_of
from tunesmith.api.requests.refusal import refuse, refusing
from tunesmith.api.requests.resources import resources_of
from tunesmith.api.requests.stopping_condition import max_seconds_of, max_wait_seconds_of, retries_of
from tunesmith.api.requests.tags import tags_of
from tunesmith.api.requests.warm_start import check_warm_start, parents_of, transfer_of
from tunesmith.api.requests.work import is_builtin, work_of
from tunesmith.core import tuning_job as core
from tunesmith.core.space import Parameter, Space
from tunesmith.core.training_job import Channel, Resources, Work
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningJob
from tunesmith.strategies import registry

_CONFIG = "HyperParameterTuningJobConfig"
_LARGEST_SEED = 2**31 - 1  # the service model's integers have 32 bits


def tuning_job(request: Json, context: RequestContext) -> TuningJob:
    """Give the tuning job that a request describes; the model's own constraints have been checked.

    Raises ValidationError for a request that breaks a rule or asks for what is not there yet, and
    ResourceLimitExceeded for one that asks for too much.
    """
    config = request[_CONFIG]
    definitions = definitions_of(request)
    if autotune.is_on(request):
        rules = context.settings.images
        definitions = tuple(autotune.with_ranges(definition, rules) for definition in definitions)
    parallel = config["ResourceLimits"]["MaxParallelTrainingJobs"]
    plans = [_plan(definition, parallel, context) for definition in definitions]
    check_total(definitions)
    check_hyperband(config, definitions)
    check_completion_criteria(config)
    check_warm_start(request)
    tags_of(request.get("Tags"))
    refuse_unsupported([definition.members for definition in definitions])
    return _assemble(request, plans, context)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """One definition, understood."""

    definition: Definition
    parameters: tuple[Parameter, ...]
    metrics: tuple[MetricPattern, ...]
    hyperparameters: dict[str, str]
    work: Work
    channels: dict[str, Channel]
    output: str
    checkpoints: str | None
    environment: dict[str, str]
    resources: Resources
    max_seconds: int


def _plan(definition: Definition, parallel: int, context: RequestContext) -> _Plan:
    members, field = definition.members, f"{definition.field}."
    parameters = _parameters(definition)
    hyperparameters = static_hyperparameters(definition, parameters)
    rules = context.settings.images
    patterns = metrics.metric_patterns(members["AlgorithmSpecification"], field, rules)
    metrics.check_objective(definition, patterns)
    work = work_of(members, field, hyperparameters, rules)
    if is_builtin(members, work, rules):
        xgboost.check_ranges(parameters, definition.ranges_field)
        xgboost.check_hyperparameters(hyperparameters, parameters, f"{field}StaticHyperParameters")
    return _Plan(
        definition=definition,
        parameters=parameters,
        metrics=patterns,
        hyperparameters=hyperparameters,
        work=work,
        channels=channels_of(members, field),
        output=output_of(members, field),
        checkpoints=checkpoints_of(members, field),
        environment=environment_of(members, field, context),
        resources=resources_of(members, field, context.machine, parallel),
        max_seconds=max_seconds_of(members, field, context.settings.quotas),
    )


def _parameters(definition: Definition) -> tuple[Parameter, ...]:
    parameters = parameters_of(definition.ranges, definition.ranges_field)
    field = definition.ranges_field
    if auto_names(definition.ranges):
        refuse(f"{field}.AutoParameters", "it goes with Autotune only; give ranges")
    if not parameters:
        refuse(field, "at least one hyperparameter must be tuned; give a range")
    return parameters


def _assemble(request: Json, plans: Sequence[_Plan], context: RequestContext) -> TuningJob:
    config, several = request[_CONFIG], bool(request.get("TrainingJobDefinitions"))
    spaces = [_space(plan) for plan in plans]
    if autotune.is_on(request):
        config = autotune.with_settings(config, spaces, several=several)
    limits = limits_of(config, spaces, context.settings.quotas)
    for plan, space in zip(plans, spaces, strict=True):
        with refusing(f"{_CONFIG}.Strategy"):
            registry.get(config["Strategy"]).check(space)
        check_inputs(plan.work, plan.channels, context.inputs)
    own = [_own(plan, space, config) for plan, space in zip(plans, spaces, strict=True)]
    shared = _shared(request, config, limits, context)
    if not several:
        return TuningJob(**own[0], **shared)
    names = [plan.definition.members["DefinitionName"] for plan in plans]
    with refusing("TrainingJobDefinitions"):
        named = (core.Definition(name=name, **fields) for name, fields in zip(names, own, strict=True))
        return TuningJob.comparing(tuple(named), **shared)


def _space(plan: _Plan) -> Space:
    with refusing(plan.definition.ranges_field):
        return Space(plan.parameters)


def _own(plan: _Plan, space: Space, config: Json) -> dict[str, Any]:
    """What belongs to one definition."""
    return {
        "work": plan.work,
        "space": space,
        "objective": plan.definition.objective,
        "metrics": plan.metrics,
        "hyperparameters": plan.hyperparameters,
        "channels": plan.channels,
        "output": plan.output,
        "checkpoints": plan.checkpoints,
        "retries": retries_of(plan.definition.members),
        "max_wait_seconds": max_wait_seconds_of(plan.definition.members),
        "environment": plan.environment,
        "resources": plan.resources,
        "max_seconds": plan.max_seconds,
        "resource": resource_of(config, plan.definition),
    }


def _shared(request: Json, config: Json, limits: Limits, context: RequestContext) -> dict[str, Any]:
    """What belongs to the tuning job as a whole."""
    return {
        "name": request["HyperParameterTuningJobName"],
        "limits": limits,
        "strategy": config["Strategy"],
        "seed": _seed(config),
        "isolation": context.settings.isolation,
        "stopping": "median" if config.get("TrainingJobEarlyStoppingType") == "Auto" else None,
        "completion": completion_of(config),
        "parents": parents_of(request),
        "transfer": transfer_of(request),
        "created_at": context.now,
    }


def _seed(config: Json) -> int:
    seed = config.get("RandomSeed")
    if seed is None:
        return secrets.randbelow(_LARGEST_SEED + 1)
    if seed > _LARGEST_SEED:
        refuse(f"{_CONFIG}.RandomSeed", f"{seed} is more than {_LARGEST_SEED}")
    return int(seed)
