"""A training job as its tuning job sees it (HyperParameterTrainingJobSummary)."""

from __future__ import annotations

from typing import Any

from tunesmith.api.responses import status
from tunesmith.api.responses.failure import failure_reason
from tunesmith.api.responses.place import Place
from tunesmith.api.responses.stored import Stored
from tunesmith.api.responses.training_job import tuned
from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrialRecord


def summary(trial: TrialRecord, stored: Stored, place: Place) -> dict[str, Any]:
    """The entry of a training job in the list of its tuning job, and BestTrainingJob."""
    started = trial.first_started_at
    members = {
        "TrainingJobDefinitionName": trial.definition,
        "TrainingJobName": trial.name,
        "TrainingJobArn": place.training_job(trial.name),
        "CreationTime": trial.created_at,
        "TrainingStartTime": started,
        "TrainingEndTime": trial.ended_at if trial.state.is_final and started is not None else None,
        "TrainingJobStatus": status.TRAINING[trial.state],
        "TunedHyperParameters": tuned(trial),
        "FailureReason": failure_reason(trial),
        "FinalHyperParameterTuningJobObjectiveMetric": _objective(trial, stored),
        "ObjectiveStatus": status.objective(trial),
    }
    return {name: value for name, value in members.items() if value is not None}


def _objective(trial: TrialRecord, stored: Stored) -> dict[str, Any] | None:
    """The latest value of the objective; what a failed training job has reported does not count."""
    if trial.value is None or trial.state is TrialState.FAILED:
        return None
    objective = stored.record.job.parts[trial.definition].objective
    kind = {} if trial.definition is None else {"Type": objective.goal.value}
    return {**kind, "MetricName": objective.metric, "Value": trial.value}
