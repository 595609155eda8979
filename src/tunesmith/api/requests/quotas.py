"""Limits on how much may be asked for, which an operator may change."""

from __future__ import annotations

from tunesmith.api.errors import ResourceLimitExceeded
from tunesmith.api.settings import Quotas


def check_concurrent_tuning_jobs(quotas: Quotas, running: int) -> None:
    """Raise ResourceLimitExceeded if one more tuning job beside those `running` is too much."""
    check("concurrent_tuning_jobs", quotas.concurrent_tuning_jobs, 1, used=running)


def check(name: str, limit: int, requested: int, *, used: int = 0) -> None:
    """Raise ResourceLimitExceeded, naming the quota, its value and what is asked for, if that is too much."""
    if used + requested > limit:
        msg = (
            f"The limit {name!r} is {limit}, with a current use of {used} and a request of {requested} more. "
            f"Ask for less, or have it raised: it is quotas.{name} in the server's settings."
        )
        raise ResourceLimitExceeded(msg)
