from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tunesmith.api.model import service_model
from tunesmith.api.responses.place import Place
from tunesmith.api.responses.stored import Stored
from tunesmith.api.responses.tuning_job import TuningJobFacts, describe, summary
from tunesmith.api.shapes import shape_answer
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.records import ObjectiveCounts, TrialRecord, TuningJobSummary

MakeFacts = Callable[..., TuningJobFacts]
At = Callable[[float], datetime]
COUNTS = {
    **dict.fromkeys(TrialState, 0),
    TrialState.RUNNING: 2,
    TrialState.COMPLETED: 4,
    TrialState.FAILED: 3,
}


@pytest.fixture
def make_facts(make_stored: Callable[..., Stored], place: Place, at: At) -> MakeFacts:
    def make(best: TrialRecord | None = None, reason: str | None = None, **members: Any) -> TuningJobFacts:
        record = replace(make_stored().record, reason=reason)
        usual: dict[str, Any] = {
            "name": "Job",
            "strategy": "Random",
            "status": TuningStatus.IN_PROGRESS,
            "limits": record.job.limits,
            "created_at": at(0),
            "modified_at": at(50),
            "ended_at": None,
            "counts": COUNTS,
            "objective_counts": ObjectiveCounts(succeeded=4, pending=2, failed=3),
            "retryable": 1,
        }
        return TuningJobFacts(
            summary=TuningJobSummary(**usual | members),
            load_record=lambda: record,
            load_best=lambda: best,
            place=place,
            now=at(90.9),
        )

    return make


def test_a_description_has_the_members_of_the_model(
    make_facts: MakeFacts, make_trial: Callable[..., TrialRecord], at: At
) -> None:
    best = make_trial(state=TrialState.COMPLETED, value=0.75, rank=3)
    facts = make_facts(best, "it broke", status=TuningStatus.FAILED, ended_at=at(60))
    operation = service_model("sagemaker").operation_model("DescribeHyperParameterTuningJob")
    described = describe(facts)
    assert set(shape_answer(operation, described) or {}) == set(described)


def test_a_running_tuning_job(make_facts: MakeFacts, at: At) -> None:
    described = describe(make_facts())
    assert described["HyperParameterTuningJobName"] == "Job"
    assert described["HyperParameterTuningJobArn"].endswith(":hyper-parameter-tuning-job/job")
    assert described["HyperParameterTuningJobStatus"] == "InProgress"
    assert described["TrainingJobStatusCounters"] == {
        "Completed": 4,
        "InProgress": 2,
        "RetryableError": 1,
        "NonRetryableError": 2,
        "Stopped": 0,
    }
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 4, "Pending": 2, "Failed": 3}
    assert (described["CreationTime"], described["LastModifiedTime"]) == (at(0), at(50))
    assert described["ConsumedResources"] == {"RuntimeInSeconds": 90}
    absent = {"BestTrainingJob", "HyperParameterTuningEndTime", "FailureReason", "TrainingJobDefinitions"}
    assert not absent & set(described)


def test_consumed_time_stays_when_it_has_ended(make_facts: MakeFacts, at: At) -> None:
    described = describe(make_facts(status=TuningStatus.COMPLETED, ended_at=at(60)))
    assert described["HyperParameterTuningEndTime"] == at(60)
    assert described["ConsumedResources"] == {"RuntimeInSeconds": 60}


def test_the_best_training_job_and_how_long_it_has_been(
    make_facts: MakeFacts, make_trial: Callable[..., TrialRecord], at: At
) -> None:
    best = make_trial(state=TrialState.COMPLETED, value=0.75, rank=3)
    described = describe(make_facts(best, not_improving=4, converged_at=at(30)))
    assert described["BestTrainingJob"]["TrainingJobName"] == best.name
    assert "TuningJobName" not in described["BestTrainingJob"]
    assert described["TuningJobCompletionDetails"] == {
        "NumberOfTrainingJobsObjectiveNotImproving": 4,
        "ConvergenceDetectedTime": at(30),
    }
    nothing_yet = describe(make_facts())["TuningJobCompletionDetails"]
    assert nothing_yet == {"NumberOfTrainingJobsObjectiveNotImproving": 0}


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("Failed", "all failed", "all failed"),
        ("Failed", "x" * 2000, "x" * 1024),
        ("Failed", None, None),
        ("Stopped", "stopped by the user", None),
        ("Completed", "30 training jobs", None),
    ],
)
def test_only_a_failure_has_a_reason(
    status: str, reason: str | None, expected: str | None, make_facts: MakeFacts, at: At
) -> None:
    described = describe(make_facts(reason=reason, status=TuningStatus(status), ended_at=at(60)))
    assert described.get("FailureReason") == expected


def test_a_summary(make_facts: MakeFacts) -> None:
    facts = make_facts()
    found = summary(facts)
    shape: Any = service_model("sagemaker").shape_for("HyperParameterTuningJobSummary")
    assert set(found) == set(shape.members) - {"HyperParameterTuningEndTime"}
    assert found["Strategy"] == "Random"
    assert found["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 2}


def test_a_summary_loads_nothing(make_facts: MakeFacts) -> None:
    def refuse() -> Any:
        pytest.fail("this is for descriptions only")

    summary(replace(make_facts(), load_record=refuse, load_best=refuse))
