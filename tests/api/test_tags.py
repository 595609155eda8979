from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tunesmith.api import tags
from tunesmith.api.call import Call, Json
from tunesmith.api.errors import ValidationError
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.records import TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TUNING = "arn:aws:sagemaker:us-east-1:000000000000:hyper-parameter-tuning-job/my-job"
TRAINING = "arn:aws:sagemaker:us-east-1:000000000000:training-job/my-job-001"


@pytest.fixture
def store() -> Iterator[Store]:
    job = TuningJob(
        name="My-Job",
        work=Command(("true",)),
        space=Space([Continuous("lr", 0, 1)]),
        objective=Objective("loss"),
        limits=Limits(trials=1),
        created_at=NOW,
    )
    with Store("sqlite://") as store:
        trial = TrialRecord(number=1, name="My-Job-001", config={"lr": 0.5}, created_at=NOW)
        store.create_tuning_job(job, tags={"b": "1"}, trials=(trial,))
        yield store


def call(arn: str = TUNING, **request: Any) -> Call:
    return Call(operation="ListTags", request={"ResourceArn": arn, **request})


def pairs(answer: Json) -> list[tuple[str, str]]:
    return [(tag["Key"], tag["Value"]) for tag in answer["Tags"]]


def some(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def test_tags_are_added_and_replaced(store: Store) -> None:
    added = tags.add(store, call(Tags=some(a="x", b="y")))
    assert pairs(added) == [("a", "x"), ("b", "y")]
    assert pairs(tags.list_page(store, call())) == [("a", "x"), ("b", "y")]
    assert pairs(tags.list_page(store, call(TUNING.replace("my-job", "MY-JOB")))) == [("a", "x"), ("b", "y")]


def test_training_jobs_that_run_already_are_not_touched(store: Store) -> None:
    tags.add(store, call(Tags=some(a="x")))
    assert pairs(tags.list_page(store, call(TRAINING))) == [("b", "1")]
    tags.delete(store, call(TagKeys=["b"]))
    assert pairs(tags.list_page(store, call(TRAINING))) == [("b", "1")]


def test_tags_are_removed_by_key_and_none_is_no_fault(store: Store) -> None:
    assert tags.delete(store, call(TRAINING, TagKeys=["b", "nothing"])) == {}
    assert pairs(tags.list_page(store, call(TRAINING))) == []


def test_a_resource_has_at_most_fifty(store: Store) -> None:
    many = some(**{f"k{number:02d}": "" for number in range(50)})
    with pytest.raises(ValidationError, match=r"at most 50 tags; .*my-job would have 51"):
        tags.add(store, call(Tags=many))
    assert pairs(tags.list_page(store, call())) == [("b", "1")]
    tags.add(store, call(Tags=many[:49]))
    assert len(pairs(tags.add(store, call(Tags=some(b="other"))))) == 50


def test_pages_have_fifty(store: Store) -> None:
    store.set_tags(("tuning", "my-job"), {f"k{number:03d}": "" for number in range(70)})
    first = tags.list_page(store, call())
    assert len(first["Tags"]) == 50
    rest = tags.list_page(store, call(NextToken=first["NextToken"]))
    assert [key for key, _ in pairs(first) + pairs(rest)] == [
        "b",
        *(f"k{number:03d}" for number in range(70)),
    ]
    assert rest["NextToken"] is None


@pytest.mark.parametrize("operation", [tags.add, tags.list_page, tags.delete])
@pytest.mark.parametrize(
    "arn", [f"{TUNING}-2", f"{TRAINING}-2", "arn:aws:sagemaker:x:000000000000:model/m", "x"]
)
def test_a_resource_that_is_not_there(
    operation: Callable[[Store, Call], Json], arn: str, store: Store
) -> None:
    with pytest.raises(ValidationError, match="ARN"):
        operation(store, call(arn, Tags=[], TagKeys=["a"]))
