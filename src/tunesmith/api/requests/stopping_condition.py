"""How long a training job may run, and may wait for a spot instance; and what may interrupt it."""

from __future__ import annotations

from tunesmith.api.call import Json
from tunesmith.api.requests import quotas
from tunesmith.api.requests.refusal import refuse
from tunesmith.api.settings import Quotas

DEFAULT_SECONDS = 24 * 3600


def max_seconds_of(members: Json, field: str, limits: Quotas) -> int:
    """Give the longest run time. Raises ValidationError where it does not agree with the rules of spot training."""
    condition = members.get("StoppingCondition") or {}
    seconds = int(condition.get("MaxRuntimeInSeconds") or DEFAULT_SECONDS)
    quotas.check("training_seconds", limits.training_seconds, seconds)
    spot, wait = members.get("EnableManagedSpotTraining"), condition.get("MaxWaitTimeInSeconds")
    field = f"{field}StoppingCondition.MaxWaitTimeInSeconds"
    if wait is not None and not spot:
        refuse(field, f"{wait} is only supported when EnableManagedSpotTraining is set; leave it out")
    if spot and wait is None:
        refuse(field, "is missing; EnableManagedSpotTraining needs it")
    if wait is not None and wait < seconds:
        refuse(field, f"{wait} must not be less than MaxRuntimeInSeconds, which is {seconds}")
    return seconds


def max_wait_seconds_of(members: Json) -> int | None:
    """Give how long a job on a spot instance may take, interruptions included; None for any other."""
    if not members.get("EnableManagedSpotTraining"):
        return None
    return int(members["StoppingCondition"]["MaxWaitTimeInSeconds"])


def retries_of(members: Json) -> int:
    """Give how often a job is started again that an internal error has ended."""
    return int((members.get("RetryStrategy") or {}).get("MaximumRetryAttempts") or 0)
