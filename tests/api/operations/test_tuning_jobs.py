from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from tunesmith.api.errors import ResourceInUse, ResourceLimitExceeded, ResourceNotFound, ValidationError
from tunesmith.api.settings import Quotas
from tunesmith.core.training_job import Ending
from tunesmith.store.records import Change

NAME = "HyperParameterTuningJobName"


def describe(api: Any, name: str) -> dict[str, Any]:
    described: dict[str, Any] = api.ask("DescribeHyperParameterTuningJob", **{NAME: name})
    return described


def children(api: Any, name: str, **request: Any) -> list[str]:
    listed = api.pages(
        "ListTrainingJobsForHyperParameterTuningJob", "TrainingJobSummaries", **{NAME: name}, **request
    )
    return [summary["TrainingJobName"] for summary in listed]


def jobs(api: Any, **request: Any) -> list[str]:
    listed = api.pages("ListHyperParameterTuningJobs", "HyperParameterTuningJobSummaries", **request)
    return [summary[NAME] for summary in listed]


def test_a_new_tuning_job_is_in_progress_and_has_zeros(api: Any) -> None:
    arn = "arn:aws:sagemaker:us-east-1:000000000000:hyper-parameter-tuning-job/my-job"
    assert api.tune("My-Job") == {"HyperParameterTuningJobArn": arn}
    described = describe(api, "my-job")
    assert (described[NAME], described["HyperParameterTuningJobArn"]) == ("My-Job", arn)
    assert described["HyperParameterTuningJobStatus"] == "InProgress"
    assert set(described["TrainingJobStatusCounters"].values()) == {0}
    assert set(described["ObjectiveStatusCounters"].values()) == {0}
    assert "BestTrainingJob" not in described
    assert described["CreationTime"] == described["LastModifiedTime"] == api.now


def test_a_description_has_what_aws_sdk_reads_without_asking(api: Any, config: dict[str, Any]) -> None:
    ranges = {"ContinuousParameterRanges": config["ParameterRanges"]["ContinuousParameterRanges"]}
    api.tune("job", HyperParameterTuningJobConfig={**config, "ParameterRanges": ranges})
    described = describe(api, "job")
    definition = described["TrainingJobDefinition"]
    assert definition["StaticHyperParameters"]["_tuning_objective_metric"] == "loss"
    assert definition["ResourceConfig"] == definition["HyperParameterTuningResourceConfig"]
    assert definition["OutputDataConfig"]["KmsKeyId"] == ""
    metrics = [metric["Name"] for metric in definition["AlgorithmSpecification"]["MetricDefinitions"]]
    assert metrics == ["loss", "acc", "ObjectiveMetric"]
    described_ranges = described["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert described_ranges["IntegerParameterRanges"] == described_ranges["CategoricalParameterRanges"] == []


@pytest.mark.parametrize("name", ["job", "JOB"])
def test_a_name_is_taken_in_any_case(api: Any, name: str) -> None:
    api.tune("job", invocation="first")
    for invocation in ("second", None):
        with pytest.raises(ResourceInUse, match=r"job with the name job already exists.* within a minute"):
            api.tune(name, invocation)


def test_a_call_that_is_repeated_gets_the_same_answer(api: Any) -> None:
    first = api.tune("job", invocation="one")
    api.quotas = Quotas(concurrent_tuning_jobs=1)
    assert api.tune("job", invocation="one") == first
    assert jobs(api) == ["job"]


def test_without_an_invocation_nothing_is_a_repetition(api: Any) -> None:
    api.tune("job")
    with pytest.raises(ResourceInUse):
        api.tune("job")


def test_only_so_many_tuning_jobs_at_a_time(api: Any) -> None:
    api.quotas = Quotas(concurrent_tuning_jobs=2)
    api.tune("one")
    api.tune("two")
    with pytest.raises(ResourceLimitExceeded, match="concurrent_tuning_jobs"):
        api.tune("three")
    api.finish("one")
    api.tune("three")


def test_a_request_that_breaks_a_rule_creates_nothing(api: Any) -> None:
    with pytest.raises(ValidationError):
        api.tune("job", TrainingJobDefinition=None)
    assert jobs(api) == []


def test_a_source_that_cannot_be_read_is_the_fault_of_the_request(api: Any) -> None:
    def freeze(_: object) -> Any:
        msg = "source: s3://code/sourcedir.tar.gz holds no train.py"
        raise ValueError(msg)

    api.freeze = freeze
    with pytest.raises(ValidationError, match=r"holds no train\.py"):
        api.tune("job")
    with pytest.raises(ValidationError, match=r"holds no train\.py"):
        api.train("job")
    assert jobs(api) == []


def test_counters_best_and_last_change_follow_the_trials(api: Any) -> None:
    api.tune("job")
    api.trial("job", 1, value=0.5)
    best = api.trial("job", 2, value=0.25)
    api.trial("job", 3, "Failed", value=0.1, ending=Ending.EXITED, reason="exit 3")
    api.trial("job", 4, "Failed", ending=Ending.LOST, reason="gone")
    api.trial("job", 5, "Stopped", value=0.75)
    api.trial("job", 6)
    api.trial("job", 7, "Running", value=0.01)
    api.trial("job", 8, "Pending")
    api.store.record("job", Change(not_improving=4, has_converged=True, at=api.now))
    described = describe(api, "job")
    assert described["TrainingJobStatusCounters"] == {
        "Completed": 3,
        "InProgress": 2,
        "RetryableError": 1,
        "NonRetryableError": 1,
        "Stopped": 1,
    }
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 2, "Failed": 3}
    assert described["BestTrainingJob"]["TrainingJobName"] == best
    assert described["TuningJobCompletionDetails"] == {
        "NumberOfTrainingJobsObjectiveNotImproving": 4,
        "ConvergenceDetectedTime": api.now,
    }


def test_consumed_time_grows_until_the_end(api: Any) -> None:
    api.tune("job")
    api.now += timedelta(seconds=90)
    assert describe(api, "job")["ConsumedResources"] == {"RuntimeInSeconds": 90}
    api.finish("job", "Failed", "all of them failed")
    api.now += timedelta(days=1)
    described = describe(api, "job")
    assert described["ConsumedResources"] == {"RuntimeInSeconds": 3600}
    assert described["FailureReason"] == "all of them failed"
    assert described["HyperParameterTuningEndTime"] == described["LastModifiedTime"]


@pytest.mark.parametrize(
    "operation",
    [
        "DescribeHyperParameterTuningJob",
        "StopHyperParameterTuningJob",
        "DeleteHyperParameterTuningJob",
        "ListTrainingJobsForHyperParameterTuningJob",
    ],
)
def test_an_unknown_tuning_job(operation: str, api: Any) -> None:
    with pytest.raises(ResourceNotFound, match=r"^Amazon SageMaker can't find a tuning job .* nobody"):
        api.ask(operation, **{NAME: "nobody"})


def test_a_tuning_job_is_stopped_once(api: Any) -> None:
    api.tune("job")
    assert api.ask("StopHyperParameterTuningJob", **{NAME: "job"}) == {}
    assert describe(api, "job")["HyperParameterTuningJobStatus"] == "Stopping"
    with pytest.raises(ValidationError, match="its status is already Stopping"):
        api.ask("StopHyperParameterTuningJob", **{NAME: "job"})
    api.finish("job", "Stopped")
    with pytest.raises(ValidationError, match="its status is already Stopped"):
        api.ask("StopHyperParameterTuningJob", **{NAME: "job"})


def test_a_tuning_job_is_deleted_without_its_training_jobs(api: Any) -> None:
    api.tune("job")
    name = api.trial("job", 1, value=0.5)
    with pytest.raises(ValidationError, match="job is InProgress, so it is not in a terminal state"):
        api.ask("DeleteHyperParameterTuningJob", **{NAME: "job"})
    api.finish("job")
    assert api.ask("DeleteHyperParameterTuningJob", **{NAME: "job"}) == {}
    assert jobs(api) == []
    with pytest.raises(ResourceNotFound):
        describe(api, "job")
    child = api.ask("DescribeTrainingJob", TrainingJobName=name)
    assert child["TuningJobArn"].endswith("hyper-parameter-tuning-job/job")
    assert child["FinalMetricDataList"][0]["Value"] == 0.5
    api.tune("job")


def test_tuning_jobs_are_listed_by_name(api: Any) -> None:
    for name in ("b", "c", "a"):
        api.tune(name)
        api.now += timedelta(hours=1)
    api.finish("c", "Failed")
    api.train("alone")
    assert jobs(api) == ["a", "b", "c"]
    assert jobs(api, SortOrder="Descending") == ["c", "b", "a"]
    assert jobs(api, SortBy="CreationTime") == ["b", "c", "a"]
    assert jobs(api, SortBy="CreationTime", SortOrder="Descending") == ["a", "c", "b"]
    assert jobs(api, SortBy="Status", SortOrder="Ascending")[0] == "c"
    assert jobs(api, StatusEquals="Failed") == ["c"]
    assert jobs(api, StatusEquals="DeleteFailed") == []
    assert jobs(api, NameContains="A") == ["a"]
    middle = (api.now - timedelta(hours=2)).timestamp()
    assert jobs(api, CreationTimeAfter=middle) == ["a"]
    assert jobs(api, CreationTimeBefore=middle) == ["b"]


def test_the_training_jobs_of_a_tuning_job_in_every_order(api: Any) -> None:
    api.tune("job")
    values = [0.5, None, 0.25, 0.75, 0.25, None, 0.1]
    states = ["Completed", "Completed", "Stopped", "Running", "Completed", "Pending", "Failed"]
    names = [
        api.trial("job", number, state, value)
        for number, (state, value) in enumerate(zip(states, values, strict=True), 1)
    ]
    for sort in ("Name", "CreationTime", "Status"):
        for order in ("Ascending", "Descending"):
            listed = children(api, "job", SortBy=sort, SortOrder=order, MaxResults=2)
            assert sorted(listed) == names, (sort, order)
    assert children(api, "job") == children(api, "job", SortBy="CreationTime") == names
    assert children(api, "job", SortOrder="Descending") == names[::-1]
    ranked = children(api, "job", SortBy="FinalObjectiveMetricValue", MaxResults=2)
    assert [name.split("-")[1] for name in ranked] == ["003", "005", "001"]
    best_last = children(api, "job", SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    assert sorted(best_last) == sorted(ranked)
    assert describe(api, "job")["BestTrainingJob"]["TrainingJobName"] == ranked[0]
    assert children(api, "job", StatusEquals="Failed") == [names[6]]
    assert children(api, "job", StatusEquals="InProgress") == [names[3], names[5]]
    assert children(api, "job", StatusEquals="Deleting") == []
    assert children(api, "job", StatusEquals="Failed", SortBy="FinalObjectiveMetricValue") == []


def test_pages_have_ten_unless_they_are_asked_to_have_another_size(api: Any) -> None:
    api.tune("job")
    for number in range(1, 26):
        api.trial("job", number, value=float(number % 3))
    first = api.ask("ListTrainingJobsForHyperParameterTuningJob", **{NAME: "job"})
    assert len(first["TrainingJobSummaries"]) == 10
    for size in (1, 7, 25, 100):
        listed = children(api, "job", MaxResults=size, SortBy="FinalObjectiveMetricValue")
        assert len(set(listed)) == 25
    named = children(api, "job", MaxResults=7)
    assert all(one < two for one, two in pairwise(named))
    with pytest.raises(ValidationError, match="NextToken is invalid"):
        api.ask("ListHyperParameterTuningJobs", NextToken=first["NextToken"])


def test_describing_takes_few_queries_however_many_trials(api: Any, count_queries: Any) -> None:
    api.tune("job")
    name = api.trial("job", 1, value=0.5)
    counts = []
    for more in (2, 40):
        for number in range(2, more):
            api.trial("job", number, value=1.0)
        with count_queries() as queries:
            describe(api, "job")
            api.ask("DescribeTrainingJob", TrainingJobName=name)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 10


@pytest.mark.parametrize(
    "operation",
    ["ListTrainingJobs", "ListTrainingJobsForHyperParameterTuningJob", "ListHyperParameterTuningJobs"],
)
def test_a_list_takes_as_many_queries_however_long_it_is(
    operation: str, api: Any, count_queries: Any
) -> None:
    counts = []
    for first in (1, 2, 20):
        for job in range(first, 2 * first):
            api.tune(f"job-{job}")
            for number in (1, 2, 3):
                api.trial(f"job-{job}", number, value=1.0)
        asked = {NAME: "job-1"} if "For" in operation else {}
        with count_queries() as queries:
            api.ask(operation, MaxResults=100, **asked)
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] < 5
