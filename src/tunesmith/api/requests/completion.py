"""The criteria by which a tuning job may end before it has used up its limits."""

from __future__ import annotations

import math

from tunesmith.api.call import Json
from tunesmith.api.requests.refusal import refuse


def check_completion_criteria(config: Json) -> None:
    """Raise ValidationError for a target that is no number. `config` is a HyperParameterTuningJobConfig."""
    criteria = config.get("TuningJobCompletionCriteria") or {}
    target = criteria.get("TargetObjectiveMetricValue")
    if target is not None and not math.isfinite(target):
        field = "HyperParameterTuningJobConfig.TuningJobCompletionCriteria.TargetObjectiveMetricValue"
        refuse(field, f"{target} is not a finite number")


def bounds_the_job(config: Json) -> bool:
    """Say whether a criterion may end the tuning job."""
    criteria = config.get("TuningJobCompletionCriteria") or {}
    convergence = (criteria.get("ConvergenceDetected") or {}).get("CompleteOnConvergence") == "Enabled"
    target = criteria.get("TargetObjectiveMetricValue") is not None
    return convergence or target or bool(criteria.get("BestObjectiveNotImproving"))
