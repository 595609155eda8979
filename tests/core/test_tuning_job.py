import math
from datetime import UTC, datetime
from typing import Any

import pytest

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Definition, Limits, Transfer, TuningJob, TuningStatus

SPACE = Space([Continuous("lr", 0.0, 1.0)])


def job(**changes: Any) -> TuningJob:
    fields: dict[str, Any] = {
        "name": "job-1",
        "work": Command(("true",)),
        "space": SPACE,
        "objective": Objective("loss"),
        "limits": Limits(trials=3),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return TuningJob(**(fields | changes))


@pytest.mark.parametrize("name", ["a", "7", "a-b", "a--b", "A" * 32])
def test_good_names(name: str) -> None:
    assert job(name=name).name == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "a_b", "a b", "ä", "a\n", "A" * 33])
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"name: .* 1 to 32"):
        job(name=name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": -1}, ("seed", "-1", ">= 0")),
        ({"hyperparameters": {"lr": 1, "epochs": 2}}, ("hyperparameters", "lr", "both tuned and fixed")),
        ({"max_seconds": -1.0}, ("max_seconds", "-1.0")),
        ({"max_seconds": math.inf}, ("max_seconds", "inf")),
        ({"grace_seconds": math.nan}, ("grace_seconds", "nan")),
        ({"initial": ({"lr": 0.5}, {"lr": 2.0})}, ("initial[1]", "lr", "2.0", "[0.0, 1.0]")),
        ({"initial": ({},)}, ("initial[0]", "no value for 'lr'")),
    ],
)
def test_errors_name_the_field_and_the_value(change: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the words are checked below
        job(**change)
    assert [word for word in words if word not in str(error.value)] == []


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({}, ("trials, seconds or both",)),
        ({"trials": 0}, ("trials", "0", ">= 1")),
        ({"trials": 1.5}, ("trials", "1.5", "whole")),
        ({"trials": 1, "parallel": 0}, ("parallel", "0", ">= 1")),
        ({"seconds": 0.0}, ("seconds", "0.0", "> 0")),
        ({"seconds": math.inf}, ("seconds", "inf")),
        ({"seconds": math.nan}, ("seconds", "nan")),
    ],
)
def test_limits_that_limit_nothing_or_everything_are_refused(
    limits: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="limits: ") as error:
        Limits(**limits)
    assert [word for word in words if word not in str(error.value)] == []


def test_one_limit_is_enough() -> None:
    assert Limits(trials=1).seconds is None
    assert Limits(seconds=0.5).trials is None


def test_three_statuses_are_final() -> None:
    final = {status for status in TuningStatus if status.is_final}
    assert final == {TuningStatus.COMPLETED, TuningStatus.STOPPED, TuningStatus.FAILED}


def definition(name: str, **changes: Any) -> Definition:
    fields: dict[str, Any] = {"work": Command((name,)), "space": SPACE, "objective": Objective("loss")}
    return Definition(name=name, **fields | changes)


def several(*definitions: Definition, **changes: Any) -> TuningJob:
    fields: dict[str, Any] = {"name": "job", "limits": Limits(trials=3), "created_at": job().created_at}
    return TuningJob.comparing(definitions, **fields | changes)


def test_a_job_without_definitions_is_its_only_part() -> None:
    single = job()
    assert single.parts == {None: single}


def test_each_part_is_the_job_with_the_fields_of_a_definition() -> None:
    other = Space([Continuous("depth", 0.0, 9.0)])
    both = several(definition("a"), definition("b", space=other, max_seconds=5.0), seed=7)
    assert list(both.parts) == ["a", "b"]
    part = both.parts["b"]
    assert (part.work, part.space, part.max_seconds) == (Command(("b",)), other, 5.0)
    assert (part.name, part.limits, part.definitions) == ("job", both.limits, ())
    assert part.seed != both.parts["a"].seed
    assert (both.work, both.max_seconds) == (Command(("a",)), None)
    assert both.tuned == ("lr", "depth")


def test_another_work_is_given_to_every_definition() -> None:
    changed = several(definition("a"), definition("b")).with_work(lambda _: Command(("new",)))
    assert changed.work == changed.parts["a"].work == changed.parts["b"].work == Command(("new",))
    assert job().with_work(lambda _: Command(("new",))).work == Command(("new",))


def test_at_most_ten_definitions() -> None:
    names = [f"d{i}" for i in range(11)]
    assert len(several(*map(definition, names[:10])).parts) == 10
    with pytest.raises(ValueError, match="definitions: at most 10 are allowed, got 11"):
        several(*map(definition, names))


@pytest.mark.parametrize(
    ("second", "others", "words"),
    [
        (definition("a"), {}, "a name of its own, got a, a"),
        (definition("b", objective=Objective("f1", Goal.MAXIMIZE)), {}, "all must maximize or all minimize"),
        (
            definition("b", hyperparameters={"lr": 1}),
            {},
            "definitions: b: hyperparameters: lr cannot be both",
        ),
        (
            definition("b"),
            {"parents": ("earlier",), "transfer": Transfer.RELATED},
            "parents: a tuning job with definitions",
        ),
    ],
)
def test_definitions_that_do_not_go_together_are_refused(
    second: Definition, others: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        several(definition("a"), second, **others)


@pytest.mark.parametrize("name", ["", "a_b", "-a", "a" * 65])
def test_bad_names_of_definitions_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 64 letters"):
        definition(name)
