"""The stages of a training job (SecondaryStatus), worked out from its moments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tunesmith.api.responses.failure import failure_reason
from tunesmith.core.training_job import Ending
from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrialRecord

_MESSAGES = {
    "Starting": "Starting the training job",
    "Downloading": "Downloading input data",
    "Training": "Training in progress",
    "Stopping": "Stopping the training job",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job took longer than MaxWaitTimeInSeconds provided",
    "Interrupted": "Training job was interrupted; it is started again",
    "Failed": "Training job failed",
}


_WAITING = (Ending.INTERRUPTED, Ending.PAUSED)
_EXCEEDED = {Ending.MAX_SECONDS: "MaxRuntimeExceeded", Ending.MAX_WAIT: "MaxWaitTimeExceeded"}


def secondary_status(trial: TrialRecord) -> str:
    """SecondaryStatus: the stage that a training job has come to."""
    if trial.state is TrialState.PAUSED:
        return "Interrupted"
    if trial.state in (TrialState.PENDING, TrialState.RUNNING, TrialState.PAUSING):
        return "Starting" if trial.started_at is None else "Training"
    if trial.state is TrialState.STOPPED and trial.ending in _EXCEEDED:
        return _EXCEEDED[trial.ending]
    return trial.state.value  # Stopping, Completed, Stopped, Failed


def transitions(trial: TrialRecord) -> list[dict[str, Any]]:
    """SecondaryStatusTransitions: every stage so far, the next beginning where one ends."""
    stages = _stages(trial)
    closings: list[datetime | None] = [start for _, start in stages[1:]]
    is_paused = trial.state is TrialState.PAUSED
    closings.append(None if is_paused else trial.ended_at)
    message = {**_MESSAGES, "Failed": failure_reason(trial) or _MESSAGES["Failed"]}
    if is_paused:
        message["Interrupted"] = "Training job is paused; it is started again if it turns out to be worth it"
    return [
        {
            "Status": status,
            "StartTime": start,
            **({} if closing is None else {"EndTime": closing}),
            "StatusMessage": message[status],
        }
        for (status, start), closing in zip(stages, closings, strict=True)
    ]


def _stages(trial: TrialRecord) -> list[tuple[str, datetime]]:
    """The stages with their beginnings."""
    stages, begun = [], trial.created_at
    for attempt in trial.earlier:
        stages += _begun(begun, attempt.started_at)
        begun = attempt.ended_at
        if attempt.ending in _WAITING:
            stages.append(("Interrupted", begun))
    stages += _begun(begun, trial.started_at)
    if trial.state is TrialState.STOPPING:
        stages.append(("Stopping", stages[-1][1]))  # when it was asked to stop is not recorded
    if trial.ended_at is not None:
        last = secondary_status(trial)
        before = {
            "Completed": ["Uploading"],
            "MaxRuntimeExceeded": ["Uploading"],
            "MaxWaitTimeExceeded": ["Uploading"],
            "Stopped": ["Stopping", "Uploading"],
        }
        stages += [(status, trial.ended_at) for status in (*before.get(last, []), last)]
    return stages


def _begun(begun: datetime, started: datetime | None) -> list[tuple[str, datetime]]:
    """The stages of one attempt, up to its end."""
    running = [] if started is None else [("Downloading", started), ("Training", started)]
    return [("Starting", begun), *running]
