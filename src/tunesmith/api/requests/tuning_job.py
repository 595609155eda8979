"""CreateHyperParameterTuningJob: from a request to a tuning job."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from tunesmith.api.call import Json
from tunesmith.api.requests import metrics, xgboost
from tunesmith.api.requests.channels import channels_of
from tunesmith.api.requests.completion import check_completion_criteria
from tunesmith.api.requests.context import RequestContext
from tunesmith.api.requests.definitions import Definition, definitions_of
from tunesmith.api.requests.environment import check_total, environment_of
from tunesmith.api.requests.features import refuse_unsupported
from tunesmith.api.requests.hyperband import check_hyperband
from tunesmith.api.requests.hyperparameters import static_hyperparameters
from tunesmith.api.requests.limits import limits_of
from tunesmith.api.requests.locations import check_inputs
from tunesmith.api.requests.output import output_of
from tunesmith.api.requests.ranges import auto_names, parameters_of
from tunesmith.api.requests.refusal import refuse, refusing
from tunesmith.api.requests.resources import resources_of
from tunesmith.api.requests.stopping_condition import max_seconds_of
from tunesmith.api.requests.tags import tags_of
from tunesmith.api.requests.warm_start import check_warm_start
from tunesmith.api.requests.work import is_builtin, work_of
from tunesmith.core.space import Parameter, Space
from tunesmith.core.training_job import Channel, Resources, Work
from tunesmith.core.tuning_job import MetricPattern, TuningJob
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
    autotune = bool(request.get("Autotune"))
    parallel = config["ResourceLimits"]["MaxParallelTrainingJobs"]
    plans = [_plan(definition, autotune, parallel, context) for definition in definitions]
    check_total(definitions)
    check_hyperband(config, definitions)
    check_completion_criteria(config)
    check_warm_start(request)
    tags_of(request.get("Tags"))
    refuse_unsupported(request, [definition.members for definition in definitions])
    return _assemble(request, plans[0], context)


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
    environment: dict[str, str]
    resources: Resources
    max_seconds: int


def _plan(definition: Definition, autotune: bool, parallel: int, context: RequestContext) -> _Plan:
    members, field = definition.members, f"{definition.field}."
    parameters = _parameters(definition, autotune)
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
        environment=environment_of(members, field, context),
        resources=resources_of(members, field, context.machine, parallel),
        max_seconds=max_seconds_of(members, field, context.settings.quotas),
    )


def _parameters(definition: Definition, autotune: bool) -> tuple[Parameter, ...]:
    parameters = parameters_of(definition.ranges, definition.ranges_field)
    field = definition.ranges_field
    if auto_names(definition.ranges) and not autotune:
        refuse(f"{field}.AutoParameters", "it goes with Autotune only; give ranges")
    if not parameters and not autotune:
        refuse(field, "at least one hyperparameter must be tuned; give a range")
    return parameters


def _assemble(request: Json, plan: _Plan, context: RequestContext) -> TuningJob:
    config = request[_CONFIG]
    with refusing(f"{_CONFIG}.ParameterRanges"):
        space = Space(plan.parameters)
    limits = limits_of(config, space, context.settings.quotas)
    with refusing(f"{_CONFIG}.Strategy"):
        registry.get(config["Strategy"]).check(space)
    check_inputs(plan.work, plan.channels, context.inputs)
    return TuningJob(
        name=request["HyperParameterTuningJobName"],
        work=plan.work,
        space=space,
        objective=plan.definition.objective,
        limits=limits,
        strategy=config["Strategy"],
        seed=_seed(config),
        metrics=plan.metrics,
        hyperparameters=plan.hyperparameters,
        channels=plan.channels,
        output=plan.output,
        environment=plan.environment,
        resources=plan.resources,
        max_seconds=plan.max_seconds,
        isolation=context.settings.isolation,
        created_at=context.now,
    )


def _seed(config: Json) -> int:
    seed = config.get("RandomSeed")
    if seed is None:
        return secrets.randbelow(_LARGEST_SEED + 1)
    if seed > _LARGEST_SEED:
        refuse(f"{_CONFIG}.RandomSeed", f"{seed} is more than {_LARGEST_SEED}")
    return int(seed)
