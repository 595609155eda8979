from __future__ import annotations

from typing import Any

import pytest

from tunesmith.api.errors import ResourceLimitExceeded, ValidationError
from tunesmith.api.requests.stopping_condition import max_seconds_of
from tunesmith.api.settings import Quotas


def seconds(spot: bool, **condition: Any) -> int:
    members = {"EnableManagedSpotTraining": spot, "StoppingCondition": condition}
    return max_seconds_of(members, "J.", Quotas(training_seconds=100_000))


def test_a_day_is_the_default() -> None:
    assert seconds(spot=False) == 86_400
    assert seconds(spot=False, MaxRuntimeInSeconds=5) == 5


def test_waiting_goes_with_spot() -> None:
    assert seconds(spot=True, MaxRuntimeInSeconds=5, MaxWaitTimeInSeconds=5) == 5


@pytest.mark.parametrize(
    ("spot", "condition", "words"),
    [
        (False, {"MaxWaitTimeInSeconds": 10}, "J.StoppingCondition.*only supported when EnableManagedSpot"),
        (True, {}, "MaxWaitTimeInSeconds: is missing"),
        (True, {"MaxRuntimeInSeconds": 6, "MaxWaitTimeInSeconds": 5}, "5 must not be less .* 6"),
    ],
)
def test_rules_of_spot(spot: bool, condition: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        seconds(spot, **condition)


def test_the_quota_bounds_the_run_time() -> None:
    with pytest.raises(ResourceLimitExceeded, match=r"training_seconds.*100000.*100001"):
        seconds(spot=False, MaxRuntimeInSeconds=100_001)
