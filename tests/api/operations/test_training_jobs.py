from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tunesmith.api.errors import ResourceInUse, ResourceNotFound, ValidationError
from tunesmith.core.training_job import Ending


def describe(api: Any, name: str) -> dict[str, Any]:
    described: dict[str, Any] = api.ask("DescribeTrainingJob", TrainingJobName=name)
    return described


def names(api: Any, **request: Any) -> list[str]:
    listed = api.pages("ListTrainingJobs", "TrainingJobSummaries", **request)
    return [summary["TrainingJobName"] for summary in listed]


def test_a_training_job_that_stands_alone(api: Any) -> None:
    arn = "arn:aws:sagemaker:us-east-1:000000000000:training-job/mine"
    assert api.train("Mine", Tags=[{"Key": "a", "Value": "b"}]) == {"TrainingJobArn": arn}
    described = describe(api, "mine")
    assert (described["TrainingJobName"], described["TrainingJobArn"]) == ("Mine", arn)
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("InProgress", "Starting")
    assert "TuningJobArn" not in described
    assert described["HyperParameters"]["epochs"] == "3"
    assert described["ModelArtifacts"]["S3ModelArtifacts"] == "s3://out/Mine/output/model.tar.gz"
    assert described["OutputDataConfig"] == {"S3OutputPath": "s3://out/", "KmsKeyId": ""}
    assert api.ask("ListTags", ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_name_is_taken_in_any_case_and_by_any_kind(api: Any) -> None:
    api.train("mine", invocation="one")
    api.tune("job", invocation="one")
    child = api.trial("job", 1)
    for name in ("mine", "MINE"):
        with pytest.raises(ResourceInUse, match="A training job with the name mine already exists"):
            api.train(name, invocation="two")
    with pytest.raises(ResourceInUse, match=child):
        api.train(child, invocation="one")


def test_a_call_that_is_repeated_gets_the_same_answer(api: Any) -> None:
    assert api.train("mine", invocation="one") == api.train("mine", invocation="one")
    assert names(api) == ["mine"]


@pytest.mark.parametrize(
    ("operation", "refusal"),
    [
        ("DescribeTrainingJob", ValidationError),
        ("StopTrainingJob", ValidationError),
        ("DeleteTrainingJob", ResourceNotFound),
        ("UpdateTrainingJob", ResourceNotFound),
    ],
)
def test_an_unknown_training_job(operation: str, refusal: type[Exception], api: Any) -> None:
    with pytest.raises(refusal, match=r"^Requested resource not found"):
        api.ask(operation, TrainingJobName="nobody")


def test_a_training_job_is_stopped_once(api: Any) -> None:
    api.train("mine")
    assert api.ask("StopTrainingJob", TrainingJobName="mine") == {}
    described = describe(api, "mine")
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("Stopping", "Stopping")
    with pytest.raises(ValidationError, match="rejected because the training job is in status Stopping"):
        api.ask("StopTrainingJob", TrainingJobName="mine")
    api.end_training("mine", "Stopped", ending=Ending.STOPPED)
    with pytest.raises(ValidationError, match="rejected because the training job is in status Stopped"):
        api.ask("StopTrainingJob", TrainingJobName="mine")


def test_a_training_job_of_a_tuning_job_can_be_stopped(api: Any) -> None:
    api.tune("job")
    name = api.trial("job", 1, "Running")
    api.ask("StopTrainingJob", TrainingJobName=name)
    assert describe(api, name)["TrainingJobStatus"] == "Stopping"


def test_too_long_a_run_is_a_stop(api: Any) -> None:
    api.train("mine")
    api.end_training("mine", "Stopped", ending=Ending.MAX_SECONDS)
    described = describe(api, "mine")
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert described["TrainingTimeInSeconds"] == 60


def test_a_name_is_free_after_deletion(api: Any) -> None:
    api.train("mine")
    with pytest.raises(ResourceInUse, match="mine is InProgress, so it is not in a terminal state"):
        api.ask("DeleteTrainingJob", TrainingJobName="mine")
    api.end_training("mine", "Failed", ending=Ending.EXITED, reason="exit 1")
    assert describe(api, "mine")["FailureReason"] == "AlgorithmError: exit 1"
    assert api.ask("DeleteTrainingJob", TrainingJobName="mine") == {}
    assert names(api) == []
    api.train("mine")


def test_an_update_of_what_is_kept_has_no_effect(api: Any) -> None:
    arn = api.train("mine")
    keep = {"KeepAlivePeriodInSeconds": 60}
    assert api.ask("UpdateTrainingJob", TrainingJobName="mine", ResourceConfig=keep) == arn
    with pytest.raises(ValidationError, match="RemoteDebugConfig"):
        api.ask("UpdateTrainingJob", TrainingJobName="mine", RemoteDebugConfig={"EnableRemoteDebug": True})


def test_training_jobs_are_listed_the_newest_first(api: Any) -> None:
    api.tune("job")
    children = [api.trial("job", number, value=0.5) for number in (1, 2, 3)]
    api.now += timedelta(seconds=90)  # between the first and the second
    api.train("alone")
    order = [children[2], children[1], "alone", children[0]]
    assert names(api) == names(api, MaxResults=1) == order
    assert names(api, SortBy="CreationTime", SortOrder="Descending") == order
    assert names(api, SortBy="CreationTime") == names(api, SortOrder="Ascending") == order[::-1]
    assert names(api, SortBy="Name") == ["alone", *children]
    assert names(api, StatusEquals="InProgress") == ["alone"]
    assert names(api, StatusEquals="Deleting") == []
    assert names(api, NameContains="OB-00", SortBy="Name") == children
    assert names(api, WarmPoolStatusEquals="Available") == []
    assert names(api, CreationTimeAfter=api.now.timestamp(), SortBy="Name") == children[1:]
    assert names(api, LastModifiedTimeBefore=api.now.timestamp()) == [children[0]]


def test_a_summary_says_how_far_a_training_job_is(api: Any) -> None:
    api.train("mine")
    api.end_training("mine")
    (summary,) = api.ask("ListTrainingJobs")["TrainingJobSummaries"]
    assert (summary["TrainingJobStatus"], summary["SecondaryStatus"]) == ("Completed", "Completed")
    assert summary["TrainingEndTime"] == summary["LastModifiedTime"]
