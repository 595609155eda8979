"""The criteria by which a tuning job may end before it has used up its limits."""

from __future__ import annotations

import math

from tunesmith.api.call import Json
from tunesmith.api.requests.refusal import refuse
from tunesmith.core.tuning_job import Completion


def check_completion_criteria(config: Json) -> None:
    """Raise ValidationError for a target that is no number. `config` is a HyperParameterTuningJobConfig."""
    criteria = config.get("TuningJobCompletionCriteria") or {}
    target = criteria.get("TargetObjectiveMetricValue")
    if target is not None and not math.isfinite(target):
        field = "HyperParameterTuningJobConfig.TuningJobCompletionCriteria.TargetObjectiveMetricValue"
        refuse(field, f"{target} is not a finite number")


def completion_of(config: Json) -> Completion:
    """Give the criteria of a HyperParameterTuningJobConfig that has been checked."""
    criteria = config.get("TuningJobCompletionCriteria") or {}
    stalled = criteria.get("BestObjectiveNotImproving") or {}
    convergence = criteria.get("ConvergenceDetected") or {}
    return Completion(
        target=criteria.get("TargetObjectiveMetricValue"),
        not_improving=stalled.get("MaxNumberOfTrainingJobsNotImproving"),
        converged=convergence.get("CompleteOnConvergence") == "Enabled",
    )


def bounds_the_job(config: Json) -> bool:
    """Say whether a criterion may end the tuning job."""
    return completion_of(config) != Completion()
