from __future__ import annotations

from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.limits import limits_of
from tunesmith.api.settings import Quotas
from tunesmith.core.space import Categorical, Continuous, Integer, Parameter, Space
from tunesmith.core.tuning_job import Limits

REAL = Continuous("x", 0, 1)
NOT_IMPROVING = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}


def limits(
    strategy: str, parameter: Parameter, criteria: dict[str, Any] | None = None, **given: int
) -> Limits:
    config = {
        "Strategy": strategy,
        "ResourceLimits": {"MaxParallelTrainingJobs": 1, **given},
        "TuningJobCompletionCriteria": criteria,
    }
    return limits_of(config, [Space([parameter])], Quotas(training_jobs=50, random_training_jobs=60))


def test_time_alone_bounds_a_tuning_job() -> None:
    assert limits("Random", REAL, MaxRuntimeInSeconds=120) == Limits(None, 1, 120)


@pytest.mark.parametrize(
    "criteria",
    [
        NOT_IMPROVING,
        {"TargetObjectiveMetricValue": 0.0},
        {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}},
    ],
)
def test_with_criteria_alone_the_quota_bounds_a_tuning_job(criteria: dict[str, Any]) -> None:
    assert limits("Bayesian", REAL, criteria).trials == 50
    assert limits("Random", REAL, criteria).trials == 60


@pytest.mark.parametrize(
    "criteria", [None, {}, {"ConvergenceDetected": {"CompleteOnConvergence": "Disabled"}}]
)
def test_a_tuning_job_must_end(criteria: dict[str, Any] | None) -> None:
    with pytest.raises(ValidationError, match="never end"):
        limits("Bayesian", REAL, criteria)


def test_a_finite_space_must_be_large_enough() -> None:
    assert limits("Random", Integer("n", 1, 7), MaxNumberOfTrainingJobs=7).trials == 7
    with pytest.raises(ValidationError, match=r"7 combinations.* 8 training jobs"):
        limits("Random", Integer("n", 1, 7), MaxNumberOfTrainingJobs=8)


def test_a_grid_takes_every_combination() -> None:
    assert limits("Grid", Categorical("c", ("a", "b"))).trials == 2
    with pytest.raises(ValidationError, match="categorical ranges only; n is another"):
        limits("Grid", Integer("n", 1, 7), MaxNumberOfTrainingJobs=7)
