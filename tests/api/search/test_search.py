from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from tunesmith.api.call import Call
from tunesmith.api.errors import ValidationError
from tunesmith.api.model import service_model
from tunesmith.api.search.search import search
from tunesmith.api.shapes import shape_answer
from tunesmith.store.records import Change
from tunesmith.store.store import Store

ARN = "arn:aws:sagemaker:us-east-1:000000000000:hyper-parameter-tuning-job/first"


def ask(store: Store, now: datetime, resource: str = "TrainingJob", **request: Any) -> dict[str, Any]:
    call = Call(operation="Search", request={"Resource": resource, **request})
    answer = shape_answer(service_model("sagemaker").operation_model("Search"), search(store, call, now))
    assert answer is not None
    return answer


def names(answer: dict[str, Any]) -> list[str]:
    found = [next(iter(result.values())) for result in answer["Results"]]
    return [each.get("TrainingJobName") or each["HyperParameterTuningJobName"] for each in found]


def where(name: str, operator: str, value: str = "") -> dict[str, Any]:
    given = {"Name": name, "Operator": operator} | ({"Value": value} if value else {})
    return {"Filters": [given]}


def test_without_an_expression_everything_is_found_the_latest_changed_first(
    store: Store, now: datetime
) -> None:
    answer = ask(store, now)
    assert names(answer) == ["first-001", "first-002", "first-003", "first-004", "first-005", "alone"]
    assert answer["TotalHits"] == {"Value": 6, "Relation": "EqualTo"}
    assert "NextToken" not in answer


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (where("TuningJobArn", "Equals", ARN), "12345"),
        (where("TuningJobArn", "NotExists"), "e"),
        (where("HyperParameters.lr", "LessThan", "0.25"), "12"),
        (where("HyperParameters.epochs", "Equals", "3"), "12345"),
        (where("HyperParameters._tuning_objective_metric", "Equals", "loss"), "12345"),
        (where("Metrics.loss", "LessThanOrEqualTo", "-4"), "45"),
        (where("Metrics.ObjectiveMetric", "NotExists"), "3e"),
        (where("Metrics.acc", "GreaterThan", "0.025"), "345"),
        (where("Metrics.acc", "NotExists"), "e"),
        (where("Tags.team", "Equals", "solo"), "e"),
        (where("Tags.of-first", "Exists"), "12345"),
        (where("TrainingJobStatus", "Equals", "Completed"), "1234"),
        (where("CreationTime", "GreaterThanOrEqualTo", "2026-03-01T12:04:00"), "45"),
        (where("ModelArtifacts.S3ModelArtifacts", "Contains", "first-002"), "2"),
        (where("ResourceConfig.InstanceType", "Equals", "ml.m5.large"), "e"),
        (where("FinalMetricDataList.Value", "GreaterThan", "0.035"), "45"),
        (where("VpcConfig", "Exists"), ""),
        (where("LabelingJobArn", "Exists"), ""),
    ],
)
def test_any_property_can_be_searched(
    expression: dict[str, Any], expected: str, store: Store, now: datetime
) -> None:
    answer = ask(store, now, SearchExpression=expression, SortBy="CreationTime", SortOrder="Ascending")
    assert sorted(name[-1] for name in names(answer)) == sorted(expected)
    assert answer["TotalHits"]["Value"] == len(expected)


@pytest.mark.parametrize(
    ("sort", "order", "expected"),
    [
        ("Metrics.loss", "Ascending", "54213e"),
        ("Metrics.loss", "Descending", "12453e"),
        ("Metrics.acc", "Descending", "54321e"),
        ("HyperParameters.lr", "Ascending", "12345e"),
        ("TrainingJobName", "Ascending", "e12345"),
        ("Tags.team", "Descending", "e54321"),
    ],
)
def test_any_property_can_sort(sort: str, order: str, expected: str, store: Store, now: datetime) -> None:
    answer = ask(store, now, SortBy=sort, SortOrder=order)
    ranked = [name[-1] for name in names(answer)]
    assert len(ranked) == 6
    if sort == "Metrics.loss":
        assert sorted(ranked[4:]) == ["3", "e"]
        ranked, expected = ranked[:4], expected[:4]
    assert "".join(ranked) == expected


def test_pages_go_on_where_the_one_before_ended(store: Store, now: datetime) -> None:
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        answer = ask(store, now, MaxResults=4, SortBy="Metrics.acc", **more)
        found += names(answer)
        assert answer["TotalHits"]["Value"] == 6
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
    assert [name[-1] for name in found] == ["5", "4", "3", "2", "1", "e"]


def test_a_training_job_is_found_with_its_tags(store: Store, now: datetime) -> None:
    found = ask(store, now, SearchExpression=where("TrainingJobName", "Equals", "first-002"))
    job = found["Results"][0]["TrainingJob"]
    assert job["Tags"] == [{"Key": "of-first", "Value": ""}, {"Key": "team", "Value": "first"}]
    assert job["FinalMetricDataList"][0]["Value"] == 0.02
    assert job["HyperParameters"]["lr"] == "0.2"


def test_tuning_jobs_are_searched_too(store: Store, now: datetime) -> None:
    kind = "HyperParameterTuningJob"
    assert names(ask(store, now, kind)) == ["second", "first"]
    by_tag = ask(store, now, kind, SearchExpression=where("Tags.team", "Equals", "first"))
    job = by_tag["Results"][0][kind]
    assert (job["HyperParameterTuningJobName"], len(job["Tags"])) == ("first", 2)
    assert job["BestTrainingJob"]["TrainingJobName"] == "first-004"
    running = where("TrainingJobStatusCounters.InProgress", "GreaterThan", "0")
    assert names(ask(store, now, kind, SearchExpression=running)) == ["first"]
    no_best = where("BestTrainingJob", "NotExists")
    assert names(ask(store, now, kind, SearchExpression=no_best)) == ["second"]


@pytest.mark.parametrize(
    ("resource", "request_", "message"),
    [
        ("Endpoint", {}, "kind Endpoint cannot be searched here; these can: TrainingJob, HyperParam"),
        ("TrainingJob", {"SortBy": "Color"}, "'Color' is not a property of TrainingJob"),
        ("TrainingJob", {"SortBy": "Tags"}, "cannot be sorted by Tags"),
        ("TrainingJob", {"NextToken": "x"}, "NextToken is invalid"),
        ("TrainingJob", {"SearchExpression": {}}, "needs at least one"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    resource: str, request_: dict[str, Any], message: str, store: Store, now: datetime
) -> None:
    with pytest.raises(ValidationError, match=message):
        ask(store, now, resource, **request_)


def test_more_than_the_store_gives_at_once(store: Store, now: datetime) -> None:
    trial = store.trials("first")[0]
    more = [
        replace(trial, number=number, name=f"first-{number}", created_at=trial.created_at + timedelta(number))
        for number in range(6, 1200)
    ]
    store.record("first", Change(trials=tuple(more), at=now))
    answer = ask(store, now, SortBy="CreationTime", SortOrder="Ascending")
    assert answer["TotalHits"]["Value"] == 1200
    assert names(answer)[:2] == ["alone", "first-001"]


def test_a_job_without_tags(store: Store, now: datetime) -> None:
    store.remove_tags(("training", "alone"), ["team"])
    store.remove_tags(("tuning", "first"), ["team", "of-first"])
    assert names(ask(store, now, SearchExpression=where("Tags", "NotExists"))) == ["alone"]
    kind = "HyperParameterTuningJob"
    assert names(ask(store, now, kind, SearchExpression=where("Tags", "Exists"))) == ["second"]


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("TrainingJob", "Tags.team"),
        ("TrainingJob", "Metrics.acc"),
        ("TrainingJob", "FinalMetricDataList.Value"),
        ("TrainingJob", "HyperParameters.lr"),
        ("HyperParameterTuningJob", "Tags.team"),
        ("HyperParameterTuningJob", "BestTrainingJob.TrainingJobName"),
    ],
)
def test_a_search_takes_as_many_queries_however_much_there_is(
    resource: str, name: str, store: Store, now: datetime
) -> None:
    statements: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    job, trials, points = store.tuning_job("first").job, store.trials("first"), store.metric_points("first")
    counts = []
    for copies in (range(2), range(2, 40)):
        for copy in copies:
            store.create_tuning_job(replace(job, name=f"copy-{copy}"), tags={"team": "copy"})
            renamed = tuple(replace(trial, name=f"copy-{copy}-{trial.number}") for trial in trials)
            store.record(f"copy-{copy}", Change(trials=renamed, metrics=tuple(points), at=now))
        statements.clear()
        answer = ask(store, now, resource, SearchExpression=where(name, "Exists"), MaxResults=100)
        assert answer["TotalHits"]["Value"] > len(copies)
        counts.append(len(statements))
    assert counts[0] == counts[1] < 10
