"""Conformance C25 to C30, C48, C49 and C51: lists, stops, deletions, tags, search, restart."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

Build = Callable[..., dict[str, Any]]
NewName = Callable[..., str]
INSTANT = "import json, os\nprint(f\"obj={json.loads(os.environ['SM_HPS'])['x']};\")"
ENDLESS = (
    "import time\nfor step in range(10000):\n    print(f'obj={step};', flush=True)\n    time.sleep(0.05)"
)


def limits(trials: int, parallel: int = 1) -> dict[str, Any]:
    return {"ResourceLimits": {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": parallel}}


def pages(
    operation: Callable[..., dict[str, Any]], result: str, **options: Any
) -> Iterator[list[dict[str, Any]]]:
    token: dict[str, str] = {}
    while True:
        page = operation(**options, **token)
        yield page[result]
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


@pytest.fixture(scope="session")
def many(sagemaker: Any, tuning: Build, new_name: NewName, wait: Build) -> str:
    """A tuning job with 25 training jobs."""
    name = new_name("many")
    sagemaker.create_hyper_parameter_tuning_job(
        **tuning(name, INSTANT, Tags=[{"Key": "size", "Value": "many"}], **limits(25, 4))
    )
    wait(name)
    return name


@pytest.mark.parametrize("order", ["Ascending", "Descending"])
@pytest.mark.parametrize("sort", ["Name", "CreationTime", "Status", "FinalObjectiveMetricValue"])
def test_c25_pages_have_no_gap_and_nothing_twice(sagemaker: Any, many: str, sort: str, order: str) -> None:
    found = list(
        pages(
            sagemaker.list_training_jobs_for_hyper_parameter_tuning_job,
            "TrainingJobSummaries",
            HyperParameterTuningJobName=many,
            SortBy=sort,
            SortOrder=order,
            MaxResults=7,
        )
    )
    assert [len(page) for page in found] == [7, 7, 7, 4]
    jobs = [job for page in found for job in page]
    assert len({job["TrainingJobName"] for job in jobs}) == 25
    keys: dict[str, Callable[[dict[str, Any]], Any]] = {
        "Name": lambda job: job["TrainingJobName"],
        "CreationTime": lambda job: job["CreationTime"],
        "Status": lambda job: job["TrainingJobStatus"],
        "FinalObjectiveMetricValue": lambda job: job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"],
    }
    values = [keys[sort](job) for job in jobs]
    assert values == sorted(values, reverse=order == "Descending")


def test_c25_ten_by_default_and_a_token_of_ours_only(sagemaker: Any, many: str) -> None:
    listing = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job
    assert len(listing(HyperParameterTuningJobName=many)["TrainingJobSummaries"]) == 10
    with pytest.raises(ClientError) as refused:
        listing(HyperParameterTuningJobName=many, NextToken="bogus")
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_c26_tuning_jobs_are_filtered(sagemaker: Any, tuning: Build, new_name: NewName, wait: Build) -> None:
    names = [new_name("filter-me") for _ in range(3)]
    for name in names:
        sagemaker.create_hyper_parameter_tuning_job(**tuning(name, INSTANT))
    ends = [wait(name) for name in names]

    def listed(**filters: Any) -> set[str]:
        found = pages(
            sagemaker.list_hyper_parameter_tuning_jobs,
            "HyperParameterTuningJobSummaries",
            NameContains="filter-me",
            MaxResults=2,
            **filters,
        )
        return {job["HyperParameterTuningJobName"] for page in found for job in page}

    assert listed() == set(names)
    assert listed(StatusEquals="Completed") == set(names)
    assert listed(StatusEquals="InProgress") == set()
    second = ends[1]["CreationTime"]
    assert listed(CreationTimeAfter=second) == {names[2]}
    assert listed(CreationTimeBefore=second) == {names[0]}
    after = ends[1]["LastModifiedTime"]
    expected = {name for name, end in zip(names, ends, strict=True) if end["LastModifiedTime"] > after}
    assert listed(LastModifiedTimeAfter=after) == expected


def test_c27_a_stop_ends_everything_once(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    name = new_name("stop")
    sagemaker.create_hyper_parameter_tuning_job(**tuning(name, ENDLESS, **limits(9, 2)))
    wait(name, until=lambda described: described["TrainingJobStatusCounters"]["InProgress"] == 2)
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    described = wait(name)
    assert described["HyperParameterTuningJobStatus"] == "Stopped"
    assert described["TrainingJobStatusCounters"]["Stopped"] == 2
    with pytest.raises(ClientError, match="already") as refused:
        sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


SAVES_ON_SIGTERM = """
import os, signal, sys, time
def save(*_):
    with open(os.path.join(os.environ["SM_MODEL_DIR"], "saved"), "w") as file:
        file.write("in time")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("obj=1;", flush=True)
time.sleep(600)
"""


def test_c28_a_stopped_training_job_may_save_its_model(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build, unpack: Callable[[str], dict[str, bytes]]
) -> None:
    name = new_name("sigterm")
    sagemaker.create_hyper_parameter_tuning_job(**tuning(name, SAVES_ON_SIGTERM, **limits(1)))
    wait(name, until=lambda described: "BestTrainingJob" in described or _has_value(sagemaker, name))
    (child,) = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)[
        "TrainingJobSummaries"
    ]
    sagemaker.stop_training_job(TrainingJobName=child["TrainingJobName"])
    wait(name)
    job = sagemaker.describe_training_job(TrainingJobName=child["TrainingJobName"])
    assert job["TrainingJobStatus"] == "Stopped"
    assert unpack(job["ModelArtifacts"]["S3ModelArtifacts"])["saved"] == b"in time"
    with pytest.raises(ClientError, match="Stopped"):
        sagemaker.stop_training_job(TrainingJobName=child["TrainingJobName"])


def _has_value(sagemaker: Any, name: str) -> bool:
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return any("FinalHyperParameterTuningJobObjectiveMetric" in job for job in listed["TrainingJobSummaries"])


def test_c29_a_tuning_job_is_deleted_when_it_has_ended_and_leaves_its_training_jobs(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    name = new_name("delete")
    sagemaker.create_hyper_parameter_tuning_job(**tuning(name, ENDLESS, **limits(1)))
    wait(name, until=lambda described: described["TrainingJobStatusCounters"]["InProgress"] == 1)
    with pytest.raises(ClientError, match="not in a terminal state"):
        sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    wait(name)
    (child,) = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)[
        "TrainingJobSummaries"
    ]
    sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    job = sagemaker.describe_training_job(TrainingJobName=child["TrainingJobName"])
    assert job["TrainingJobStatus"] == "Stopped"


def test_c30_a_training_job_is_deleted_when_it_has_ended_and_its_name_is_free(
    sagemaker: Any, definition: Build, new_name: NewName
) -> None:
    name = new_name("alone")

    def create(script: str) -> None:
        request = definition(script)
        static = request.pop("StaticHyperParameters")
        sagemaker.create_training_job(TrainingJobName=name, HyperParameters=static, **request)

    create(ENDLESS)
    with pytest.raises(ClientError):
        sagemaker.delete_training_job(TrainingJobName=name)
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        create(INSTANT)
    sagemaker.stop_training_job(TrainingJobName=name)
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    quick = {"Delay": 1, "MaxAttempts": 60}
    waiter.wait(TrainingJobName=name, WaiterConfig=quick)
    sagemaker.delete_training_job(TrainingJobName=name)
    with pytest.raises(ClientError, match="Requested resource not found"):
        sagemaker.describe_training_job(TrainingJobName=name)
    create("print('obj=1;')")
    waiter.wait(TrainingJobName=name, WaiterConfig=quick)
    described = sagemaker.describe_training_job(TrainingJobName=name)
    assert described["TrainingJobStatus"] == "Completed"
    assert "TuningJobArn" not in described
    assert name in [job["TrainingJobName"] for job in sagemaker.list_training_jobs()["TrainingJobSummaries"]]


def test_c48_tags_reach_later_training_jobs_only(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    name = new_name("tags")
    script = "import time\ntime.sleep(1)\nprint('obj=1;')"
    arn = sagemaker.create_hyper_parameter_tuning_job(**tuning(name, script, **limits(2)))[
        "HyperParameterTuningJobArn"
    ]
    wait(name, until=lambda described: described["TrainingJobStatusCounters"]["InProgress"] == 1)
    tag = {"Key": "later", "Value": "yes"}
    assert sagemaker.add_tags(ResourceArn=arn, Tags=[tag])["Tags"] == [tag]
    wait(name)
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, SortBy="Name", SortOrder="Ascending"
    )
    tags = [
        sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
        for job in listed["TrainingJobSummaries"]
    ]
    assert tags == [[], [tag]]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["later"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": f"k{n:02}", "Value": ""} for n in range(50)])
    assert len(sagemaker.list_tags(ResourceArn=arn, MaxResults=50)["Tags"]) == 50


def test_c49_training_jobs_are_found_by_their_properties(sagemaker: Any, many: str) -> None:
    arn = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=many)[
        "HyperParameterTuningJobArn"
    ]
    by_arn = {"Name": "TuningJobArn", "Operator": "Equals", "Value": arn}
    by_tag = {"Name": "Tags.size", "Operator": "Equals", "Value": "many"}
    found = sagemaker.search(
        Resource="TrainingJob",
        SearchExpression={"Filters": [by_arn, by_tag]},
        SortBy="Metrics.obj",
        SortOrder="Descending",
        MaxResults=100,
    )["Results"]
    values = [
        next(m["Value"] for m in hit["TrainingJob"]["FinalMetricDataList"] if m["MetricName"] == "obj")
        for hit in found
    ]
    assert len(values) == 25
    assert values == sorted(values, reverse=True)
    above = {"Name": "Metrics.obj", "Operator": "GreaterThan", "Value": str(values[10])}
    hits = sagemaker.search(
        Resource="TrainingJob", SearchExpression={"Filters": [by_arn, above]}, MaxResults=100
    )
    assert len(hits["Results"]) == 10
    by_status = {"Name": "HyperParameterTuningJobStatus", "Operator": "Equals", "Value": "Completed"}
    jobs = sagemaker.search(
        Resource="HyperParameterTuningJob", SearchExpression={"Filters": [by_status]}, MaxResults=100
    )["Results"]
    assert many in [hit["HyperParameterTuningJob"]["HyperParameterTuningJobName"] for hit in jobs]
    suggested = sagemaker.get_search_suggestions(
        Resource="TrainingJob", SuggestionQuery={"PropertyNameQuery": {"PropertyNameHint": "metrics.o"}}
    )["PropertyNameSuggestions"]
    assert "metrics.obj" in [suggestion["PropertyName"].lower() for suggestion in suggested]


def test_c51_a_killed_server_loses_and_doubles_nothing(
    serving: Callable[..., Any], tuning: Build, upload_script: Callable[[Any, str], str], tmp_path: Path
) -> None:
    script = (
        "import json, os, time\ntime.sleep(0.3)\nprint(f\"obj={json.loads(os.environ['SM_HPS'])['x']};\")"
    )
    request = tuning("restart", script, RandomSeed=1, **limits(8, 2))
    with serving(tmp_path) as (server, process):
        upload_script(server.client("s3"), script)
        sagemaker = server.client("sagemaker")
        sagemaker.create_hyper_parameter_tuning_job(**request)
        deadline = time.monotonic() + 60
        while sum(_counters(sagemaker).values()) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with serving(tmp_path, server.port) as (server, _):
        sagemaker = server.client("sagemaker")
        deadline = time.monotonic() + 90
        while _status(sagemaker) == "InProgress":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert _status(sagemaker) == "Completed"
        assert _counters(sagemaker) == {
            "Completed": 8,
            "InProgress": 0,
            "RetryableError": 0,
            "NonRetryableError": 0,
            "Stopped": 0,
        }
        listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="restart"
        )
        configs = [tuple(job["TunedHyperParameters"].items()) for job in listed["TrainingJobSummaries"]]
        assert len(set(configs)) == len(configs) == 8


def _described(sagemaker: Any) -> dict[str, Any]:
    described: dict[str, Any] = sagemaker.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="restart"
    )
    return described


def _status(sagemaker: Any) -> str:
    status: str = _described(sagemaker)["HyperParameterTuningJobStatus"]
    return status


def _counters(sagemaker: Any) -> dict[str, int]:
    counters: dict[str, int] = _described(sagemaker)["TrainingJobStatusCounters"]
    return counters


def test_c26_moments_are_exclusive(sagemaker: Any, many: str) -> None:
    created = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=many)["CreationTime"]
    listed = sagemaker.list_hyper_parameter_tuning_jobs(
        NameContains=many, CreationTimeAfter=created - timedelta(seconds=1)
    )
    assert len(listed["HyperParameterTuningJobSummaries"]) == 1
