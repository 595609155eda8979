"""CreateTrainingJob and UpdateTrainingJob: from a request to a training job."""

from __future__ import annotations

from dataclasses import dataclass

from tunesmith.api.call import Json
from tunesmith.api.requests import xgboost
from tunesmith.api.requests.channels import channels_of
from tunesmith.api.requests.checkpoints import checkpoints_of
from tunesmith.api.requests.context import RequestContext
from tunesmith.api.requests.environment import environment_of
from tunesmith.api.requests.features import refuse_unsupported_training
from tunesmith.api.requests.hyperparameters import check_texts
from tunesmith.api.requests.locations import check_inputs
from tunesmith.api.requests.metrics import metric_patterns
from tunesmith.api.requests.output import output_of
from tunesmith.api.requests.refusal import refuse
from tunesmith.api.requests.resources import resources_of
from tunesmith.api.requests.stopping_condition import max_seconds_of, max_wait_seconds_of, retries_of
from tunesmith.api.requests.tags import tags_of
from tunesmith.api.requests.work import container_command, is_builtin, work_of
from tunesmith.core.training_job import TrainingJob
from tunesmith.core.tuning_job import MetricPattern

_NEEDED = ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition")
_FIXED = ("ProfilerConfig", "ProfilerRuleConfigurations", "RemoteDebugConfig")


@dataclass(frozen=True)
class TrainingRequest:
    """A training job, and the metrics to look for in its output."""

    job: TrainingJob
    metrics: tuple[MetricPattern, ...]
    retries: int
    max_wait_seconds: int | None


def training_job(request: Json, context: RequestContext) -> TrainingRequest:
    """Give the training job that a CreateTrainingJob request describes; the model's constraints have been checked.

    Raises ValidationError and ResourceLimitExceeded as for tuning jobs.
    """
    refuse_unsupported_training({"ServerlessJobConfig": request.get("ServerlessJobConfig")})
    for member in _NEEDED:
        if request.get(member) is None:
            refuse(member, "is missing; a training job needs it")
    rules = context.settings.images
    patterns = metric_patterns(request["AlgorithmSpecification"], "", rules)
    hyperparameters = dict(request.get("HyperParameters") or {})
    check_texts("HyperParameters", hyperparameters)
    command = container_command(request, rules)
    work = command or work_of(request, "", hyperparameters, rules)
    if not command and is_builtin(request, work, rules):
        xgboost.check_hyperparameters(hyperparameters, (), "HyperParameters")
    channels = channels_of(request, "")
    job = TrainingJob(
        name=request["TrainingJobName"],
        work=work,
        hyperparameters=hyperparameters,
        channels=channels,
        output=output_of(request, ""),
        checkpoints=checkpoints_of(request, ""),
        environment=environment_of(request, "", context),
        resources=resources_of(request, "", context.machine),
        max_seconds=max_seconds_of(request, "", context.settings.quotas),
        isolation="bubblewrap" if command else context.settings.isolation,
    )
    tags_of(request.get("Tags"))
    refuse_unsupported_training(request)
    check_inputs(work, channels, context.inputs)
    return TrainingRequest(job, patterns, retries_of(request), max_wait_seconds_of(request))


def check_update(request: Json) -> None:
    """Raise ValidationError unless an UpdateTrainingJob request changes nothing but ResourceConfig.

    That holds the time for which a machine is kept for the next job; there is nothing to keep here.
    """
    for member in _FIXED:
        if request.get(member):
            refuse(member, "it cannot be changed here, and has no effect; leave it out")
