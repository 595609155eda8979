"""SageMaker's statuses of training jobs and their objectives."""

from __future__ import annotations

from collections.abc import Mapping

from tunesmith.core.trial import TrialState
from tunesmith.store.records import ObjectiveCounts, TrialRecord

TRAINING: Mapping[TrialState, str] = {
    TrialState.PENDING: "InProgress",
    TrialState.RUNNING: "InProgress",
    TrialState.PAUSING: "InProgress",
    TrialState.PAUSED: "InProgress",
    TrialState.STOPPING: "Stopping",
    TrialState.COMPLETED: "Completed",
    TrialState.STOPPED: "Stopped",
    TrialState.FAILED: "Failed",
}
"""TrainingJobStatus by state."""


def states(status: str) -> frozenset[TrialState]:
    """The states that have a TrainingJobStatus; none for one that never occurs here, such as Deleting."""
    return frozenset(state for state, name in TRAINING.items() if name == status)


def objective(trial: TrialRecord) -> str:
    """ObjectiveStatus: whether a training job gave the search what it was run for."""
    if not trial.state.is_final:
        return "Pending"
    return "Succeeded" if trial.state.is_usable and trial.value is not None else "Failed"


def training_counters(counts: Mapping[TrialState, int], retryable: int) -> dict[str, int]:
    """TrainingJobStatusCounters, zeros included; `retryable` is how many failed by no fault of their own."""
    of = {state: counts.get(state, 0) for state in TrialState}
    return {
        "Completed": of[TrialState.COMPLETED],
        "InProgress": sum(count for state, count in of.items() if not state.is_final),
        "RetryableError": retryable,
        "NonRetryableError": of[TrialState.FAILED] - retryable,
        "Stopped": of[TrialState.STOPPED],
    }


def objective_counters(counts: ObjectiveCounts) -> dict[str, int]:
    """ObjectiveStatusCounters, zeros included."""
    return {"Succeeded": counts.succeeded, "Pending": counts.pending, "Failed": counts.failed}
