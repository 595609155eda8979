"""Why a training job failed, in the form that clients know."""

from __future__ import annotations

from tunesmith.core.training_job import Ending
from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrialRecord

LONGEST = 1024
"""Characters of a FailureReason at the most."""

_WHOSE = {
    Ending.LOST: "InternalServerError",
    Ending.INTERRUPTED: "InternalServerError",
    Ending.REFUSED: "ClientError",
}


def failure_reason(trial: TrialRecord) -> str | None:
    """FailureReason: whose fault it was and the reason; None unless the training job failed."""
    if trial.state is not TrialState.FAILED:
        return None
    whose = "AlgorithmError" if trial.ending is None else _WHOSE.get(trial.ending, "AlgorithmError")
    return f"{whose}: {trial.reason or 'no reason is known'}"[:LONGEST]
