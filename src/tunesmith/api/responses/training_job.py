"""A training job as DescribeTrainingJob and Search tell it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from tunesmith.api.responses import status
from tunesmith.api.responses.definition import OBJECTIVE_METRIC
from tunesmith.api.responses.failure import failure_reason
from tunesmith.api.responses.place import Place
from tunesmith.api.responses.stored import Stored
from tunesmith.api.responses.transitions import secondary_status, transitions
from tunesmith.core.trial import TrialState
from tunesmith.store.records import MetricPoint, TrainingJobRecord, TrialRecord
from tunesmith.training.script_mode import encode

_MOST_METRICS = 40
_CHECKPOINTS = "/opt/ml/checkpoints/"


@dataclass(frozen=True, kw_only=True)
class TrainingJobFacts:
    """What is known of a training job: one of a tuning job's, or one that stands alone."""

    stored: Stored  # of its tuning job, hidden or not
    trial: TrialRecord
    place: Place
    load_points: Callable[[], Sequence[MetricPoint]]  # the latest of each metric

    @cached_property
    def points(self) -> Sequence[MetricPoint]:
        """The latest emission of each metric."""
        return self.load_points()

    @property
    def record(self) -> TrainingJobRecord:
        """The same as the store has it."""
        return TrainingJobRecord(self.stored.record, self.trial)

    @property
    def alone(self) -> bool:
        """Whether it was made by CreateTrainingJob."""
        return self.stored.record.job.alone


def describe(facts: TrainingJobFacts) -> dict[str, Any]:
    """The members of DescribeTrainingJob's answer."""
    values = {name: read(facts) for name, read in MEMBERS.items()}
    return {name: value for name, value in values.items() if value is not None}


def summary(facts: TrainingJobFacts) -> dict[str, Any]:
    """The entry of a training job in ListTrainingJobs."""
    named = (
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "TrainingEndTime",
        "LastModifiedTime",
        "TrainingJobStatus",
        "SecondaryStatus",
    )
    values = {name: MEMBERS[name](facts) for name in named}
    return {name: value for name, value in values.items() if value is not None}


def hyperparameters(facts: TrainingJobFacts) -> dict[str, str]:
    """All hyperparameters as text: the fixed ones, the tuned ones, and the service's own."""
    return {**facts.stored.hyperparameters, **tuned(facts.trial)}


def tuned(trial: TrialRecord) -> dict[str, str]:
    """The tuned hyperparameters as text."""
    return {name: encode(value) for name, value in trial.config.items()}


def final_metrics(facts: TrainingJobFacts) -> list[dict[str, Any]] | None:
    """FinalMetricDataList: the latest value of each metric, and the objective's again as `ObjectiveMetric`."""
    objective = facts.stored.objective.metric
    points = [(point.metric, point) for point in facts.points if point.metric != OBJECTIVE_METRIC]
    again = [(OBJECTIVE_METRIC, point) for name, point in points if name == objective]
    data = [
        {"MetricName": name, "Value": point.value, "Timestamp": point.at}
        for name, point in (*again, *points)[:_MOST_METRICS]
    ]
    return data or None


def _start(facts: TrainingJobFacts) -> datetime | None:
    return facts.trial.first_started_at


def _end(facts: TrainingJobFacts) -> datetime | None:
    """When it ended; one that never started, or is paused, has no such time."""
    if _start(facts) is None or facts.trial.state is TrialState.PAUSED:
        return None
    return facts.trial.ended_at


def _seconds(facts: TrainingJobFacts) -> int | None:
    """How long it ran; what lies between two attempts does not count."""
    trial = facts.trial
    if _end(facts) is None:
        return None
    runs: list[tuple[datetime | None, datetime | None]] = [(trial.started_at, trial.ended_at)]
    runs += [(attempt.started_at, attempt.ended_at) for attempt in trial.earlier]
    spent = ((end - start).total_seconds() for start, end in runs if start is not None and end is not None)
    return max(1, round(sum(spent)))


def _tuning_job_arn(facts: TrainingJobFacts) -> str | None:
    return None if facts.alone else facts.place.tuning_job(facts.stored.name)


def _artifacts(facts: TrainingJobFacts) -> dict[str, str]:
    output = facts.stored.definition["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    return {"S3ModelArtifacts": f"{output}/{facts.trial.name}/output/model.tar.gz"}


def _checkpoints(facts: TrainingJobFacts) -> dict[str, str] | None:
    """CheckpointConfig; training jobs of one tuning job have folders of their own."""
    config = facts.stored.definition.get("CheckpointConfig")
    if config is None:
        return None
    uri = config["S3Uri"] if facts.alone else f"{config['S3Uri'].rstrip('/')}/{facts.trial.name}/"
    return {"LocalPath": _CHECKPOINTS, **config, "S3Uri": uri}


def _modified(facts: TrainingJobFacts) -> datetime:
    return facts.record.modified_at


def _given(name: str) -> Callable[[TrainingJobFacts], Any]:
    """Read a member that its definition has, as it is there."""
    return lambda facts: facts.stored.definition.get(name)


MEMBERS: Mapping[str, Callable[[TrainingJobFacts], Any]] = {
    "TrainingJobName": lambda facts: facts.trial.name,
    "TrainingJobArn": lambda facts: facts.place.training_job(facts.trial.name),
    "TuningJobArn": _tuning_job_arn,
    "ModelArtifacts": _artifacts,
    "TrainingJobStatus": lambda facts: status.TRAINING[facts.trial.state],
    "SecondaryStatus": lambda facts: secondary_status(facts.trial),
    "FailureReason": lambda facts: failure_reason(facts.trial),
    "HyperParameters": hyperparameters,
    "CreationTime": lambda facts: facts.trial.created_at,
    "TrainingStartTime": _start,
    "TrainingEndTime": _end,
    "LastModifiedTime": _modified,
    "SecondaryStatusTransitions": lambda facts: transitions(facts.trial),
    "FinalMetricDataList": final_metrics,
    "CheckpointConfig": _checkpoints,
    "TrainingTimeInSeconds": _seconds,
    "BillableTimeInSeconds": _seconds,
    **{
        name: _given(name)
        for name in (
            "AlgorithmSpecification",
            "RoleArn",
            "InputDataConfig",
            "OutputDataConfig",
            "ResourceConfig",
            "VpcConfig",
            "StoppingCondition",
            "EnableNetworkIsolation",
            "EnableInterContainerTrafficEncryption",
            "EnableManagedSpotTraining",
            "Environment",
            "RetryStrategy",
            "DebugHookConfig",
            "DebugRuleConfigurations",
            "TensorBoardOutputConfig",
            "ExperimentConfig",
            "ProfilerConfig",
            "ProfilerRuleConfigurations",
            "RemoteDebugConfig",
            "InfraCheckConfig",
            "MlflowConfig",
            "ModelPackageConfig",
        )
    },
}
"""How each member of a described training job is read, so that Search reads only what it is asked for."""
