from __future__ import annotations

from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.resources import resources_of
from tunesmith.core.training_job import Resources

MACHINE = Resources(8, 1)
TUNING = "HyperParameterTuningResourceConfig"
LARGE = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
HUGE = {**LARGE, "InstanceType": "ml.p3.16xlarge"}


@pytest.mark.parametrize("name", ["ResourceConfig", TUNING])
def test_both_ways_to_say_it_mean_the_same(name: str) -> None:
    assert resources_of({name: LARGE}, "", MACHINE) == Resources(2, 0)


def test_a_larger_instance_is_the_whole_machine() -> None:
    assert resources_of({"ResourceConfig": HUGE}, "", MACHINE) == Resources(8, 1)


def test_the_first_configuration_that_fits_is_taken() -> None:
    assert resources_of({TUNING: {"InstanceConfigs": [HUGE, LARGE]}}, "", MACHINE) == Resources(2, 0)


def test_the_first_configuration_is_taken_if_none_fits() -> None:
    huge = {**LARGE, "InstanceType": "ml.m5.24xlarge"}
    assert resources_of({TUNING: {"InstanceConfigs": [huge, HUGE]}}, "", MACHINE) == Resources(8, 0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "J.ResourceConfig: is missing"),
        ({"ResourceConfig": LARGE, TUNING: LARGE}, "only one of both"),
        ({"ResourceConfig": {**LARGE, "InstanceCount": 2}}, r"J.ResourceConfig.InstanceCount: 2 .* give 1"),
        ({"ResourceConfig": {**LARGE, "InstanceCount": 0}}, "InstanceCount: 0"),
        ({TUNING: {"InstanceConfigs": [LARGE, {**LARGE, "InstanceCount": 3}]}}, r"InstanceConfigs\[1\].*: 3"),
        ({"ResourceConfig": {"InstanceCount": 1}}, "InstanceType: is missing"),
        ({"ResourceConfig": {"InstanceType": "m5.large"}}, r"InstanceType: 'm5.large' .* ml\.m5\.xlarge"),
        ({TUNING: {**LARGE, "InstanceConfigs": [LARGE]}}, "InstanceConfigs: leave out either"),
        ({TUNING: {**LARGE, "AllocationStrategy": "Prioritized"}}, "AllocationStrategy"),
        ({"ResourceConfig": {"InstanceGroups": [LARGE]}}, "InstanceGroups: .* one machine"),
        ({"ResourceConfig": {"InstancePreferences": [LARGE]}}, "InstancePreferences"),
        ({"ResourceConfig": {**LARGE, "TrainingPlanArn": "arn"}}, "TrainingPlanArn"),
        ({"ResourceConfig": {**LARGE, "InstancePlacementConfig": {"EnableMultipleJobs": True}}}, "Placement"),
    ],
)
def test_what_one_machine_cannot_be_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        resources_of(wrong, "J.", MACHINE)
