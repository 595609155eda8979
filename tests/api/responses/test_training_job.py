from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tunesmith.api.model import service_model
from tunesmith.api.responses.place import Place
from tunesmith.api.responses.stored import Stored
from tunesmith.api.responses.training_job import TrainingJobFacts, describe, summary
from tunesmith.api.shapes import shape_answer
from tunesmith.core.objective import Objective
from tunesmith.core.training_job import Ending
from tunesmith.core.trial import TrialState
from tunesmith.store.records import MetricPoint, TrialRecord

MakeFacts = Callable[..., TrainingJobFacts]
At = Callable[[float], datetime]


@pytest.fixture
def make_facts(
    make_stored: Callable[..., Stored], make_trial: Callable[..., TrialRecord], place: Place
) -> MakeFacts:
    def make(
        points: list[MetricPoint] | None = None, stored: Stored | None = None, **members: Any
    ) -> TrainingJobFacts:
        return TrainingJobFacts(
            stored=stored or make_stored(),
            trial=make_trial(**members),
            place=place,
            load_points=lambda: points or [],
        )

    return make


@pytest.fixture
def completed(make_facts: MakeFacts, at: At) -> TrainingJobFacts:
    points = [MetricPoint(7, "loss", 0.25, at(8)), MetricPoint(7, "acc", 0.75, at(9))]
    moments = {"started_at": at(2), "ended_at": at(12.6)}
    return make_facts(points, state=TrialState.COMPLETED, value=0.75, rank=3, **moments)


def test_a_description_has_the_members_of_the_model(completed: TrainingJobFacts) -> None:
    operation = service_model("sagemaker").operation_model("DescribeTrainingJob")
    described = describe(completed)
    assert set(shape_answer(operation, described) or {}) == set(described)


def test_a_training_job_of_a_tuning_job(completed: TrainingJobFacts, at: At) -> None:
    described = describe(completed)
    arn = "arn:aws:sagemaker:eu-west-1:123456789012"
    assert described["TrainingJobArn"] == f"{arn}:training-job/job-007-0a1b2c3d"
    assert described["TuningJobArn"] == f"{arn}:hyper-parameter-tuning-job/job"
    assert described["TrainingJobStatus"] == described["SecondaryStatus"] == "Completed"
    assert described["ModelArtifacts"] == {
        "S3ModelArtifacts": "s3://out/job-007-0a1b2c3d/output/model.tar.gz"
    }
    assert (described["CreationTime"], described["TrainingStartTime"]) == (at(0), at(2))
    assert described["TrainingEndTime"] == described["LastModifiedTime"] == at(12.6)
    assert described["TrainingTimeInSeconds"] == described["BillableTimeInSeconds"] == 11
    assert "FailureReason" not in described
    assert described["ResourceConfig"]["InstanceType"] == "ml.m5.large"


def test_hyperparameters_are_texts_of_all_kinds(completed: TrainingJobFacts) -> None:
    assert describe(completed)["HyperParameters"] == {
        "epochs": "3",
        "lr": "0.1",
        "depth": "3",
        "opt": '"adam"',
        "_tuning_objective_metric": "acc",
    }


def test_the_final_metrics_have_the_objective_twice(completed: TrainingJobFacts, at: At) -> None:
    assert describe(completed)["FinalMetricDataList"] == [
        {"MetricName": "ObjectiveMetric", "Value": 0.75, "Timestamp": at(9)},
        {"MetricName": "loss", "Value": 0.25, "Timestamp": at(8)},
        {"MetricName": "acc", "Value": 0.75, "Timestamp": at(9)},
    ]


def test_no_more_final_metrics_than_the_model_allows(make_facts: MakeFacts, at: At) -> None:
    points = [MetricPoint(7, f"m{number}", 1.0, at(1)) for number in range(50)]
    facts = make_facts([*points, MetricPoint(7, "acc", 2.0, at(1))])
    metrics = describe(facts)["FinalMetricDataList"]
    assert len(metrics) == 40
    assert metrics[0]["MetricName"] == "ObjectiveMetric"


def test_a_training_job_that_has_not_started(make_facts: MakeFacts, at: At) -> None:
    described = describe(make_facts())
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("InProgress", "Starting")
    assert described["LastModifiedTime"] == at(0)
    absent = {"TrainingStartTime", "TrainingEndTime", "TrainingTimeInSeconds", "FinalMetricDataList"}
    assert not absent & set(described)


def test_one_that_failed_before_it_started_has_no_training_times(make_facts: MakeFacts, at: At) -> None:
    described = describe(make_facts(state=TrialState.FAILED, ended_at=at(3), reason="no source"))
    assert described["FailureReason"] == "AlgorithmError: no source"
    assert not {"TrainingStartTime", "TrainingEndTime", "BillableTimeInSeconds"} & set(described)
    assert described["LastModifiedTime"] == at(3)


def test_a_short_one_takes_a_second(make_facts: MakeFacts, at: At) -> None:
    facts = make_facts(state=TrialState.COMPLETED, started_at=at(2), ended_at=at(2.1))
    assert describe(facts)["TrainingTimeInSeconds"] == 1


def test_one_that_stands_alone(
    make_facts: MakeFacts, make_stored: Callable[..., Stored], request_of_a_job: dict[str, Any], at: At
) -> None:
    members = {
        **request_of_a_job["TrainingJobDefinition"],
        "HyperParameters": {"epochs": "9"},
        "CheckpointConfig": {"S3Uri": "s3://out/checkpoints"},
    }
    del members["StaticHyperParameters"]
    stored = make_stored(members, alone=True, objective=Objective("\0"))
    facts = make_facts([MetricPoint(1, "acc", 0.5, at(1))], stored, config={}, name="mine", number=1)
    described = describe(facts)
    assert "TuningJobArn" not in described
    assert described["HyperParameters"] == {"epochs": "9"}
    assert [metric["MetricName"] for metric in described["FinalMetricDataList"]] == ["acc"]
    assert described["CheckpointConfig"] == {
        "S3Uri": "s3://out/checkpoints",
        "LocalPath": "/opt/ml/checkpoints/",
    }


def test_training_jobs_of_a_tuning_job_do_not_share_checkpoints(
    make_facts: MakeFacts, make_stored: Callable[..., Stored], request_of_a_job: dict[str, Any]
) -> None:
    definition = {
        **request_of_a_job["TrainingJobDefinition"],
        "CheckpointConfig": {"S3Uri": "s3://out/checkpoints/", "LocalPath": "/elsewhere"},
    }
    stored = make_stored({**request_of_a_job, "TrainingJobDefinition": definition})
    assert describe(make_facts(stored=stored))["CheckpointConfig"] == {
        "S3Uri": "s3://out/checkpoints/job-007-0a1b2c3d/",
        "LocalPath": "/elsewhere",
    }


def test_its_tuning_job_is_told_after_that_was_deleted(
    make_facts: MakeFacts, make_stored: Callable[..., Stored]
) -> None:
    described = describe(make_facts(stored=make_stored(name="0" * 32, former_name="Job")))
    assert described["TuningJobArn"].endswith(":hyper-parameter-tuning-job/job")


def test_a_summary_is_a_part_of_the_description(completed: TrainingJobFacts) -> None:
    shape: Any = service_model("sagemaker").shape_for("TrainingJobSummary")
    assert set(summary(completed)) == set(shape.members) - {"WarmPoolStatus", "TrainingPlanArn"}
    assert summary(completed).items() <= describe(completed).items()


def test_a_paused_training_job_is_in_progress_and_has_no_end(make_facts: MakeFacts, at: At) -> None:
    described = describe(
        make_facts(state=TrialState.PAUSED, ending=Ending.PAUSED, started_at=at(2), ended_at=at(9))
    )
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("InProgress", "Interrupted")
    assert described["TrainingStartTime"] == at(2)
    assert "TrainingEndTime" not in described
    assert "TrainingTimeInSeconds" not in described
