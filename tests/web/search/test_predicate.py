from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.records import TrainingJobRecord, TrialRecord, TuningJobRecord
from tunesmith.web.search.expression import ExpressionError, parse
from tunesmith.web.search.predicate import predicate, value_of

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
JOB = TuningJob(
    name="churn",
    work=Command(("true",)),
    space=Space(
        [Continuous("rate", 0.0, 1.0), Integer("depth", 1, 9), Categorical("booster", ("dart", "Tree"))]
    ),
    objective=Objective("loss"),
    limits=Limits(trials=9),
    hyperparameters={"epochs": 25},
    created_at=AT,
)
TRIAL = TrialRecord(
    number=3,
    name="churn-003",
    config={"rate": 0.25, "depth": 7, "booster": "Tree"},
    state=TrialState.COMPLETED,
    value=0.125,
    created_at=AT,
    started_at=AT,
    ended_at=AT + timedelta(minutes=10),
)
RECORD = TrainingJobRecord(TuningJobRecord(job=JOB, modified_at=AT), TRIAL)
FAILED = replace(RECORD, trial=replace(TRIAL, state=TrialState.FAILED, value=None, reason="Out of Memory"))


def metric(name: str) -> float | None:
    return {"accuracy": 0.875, "rate": 99.0}.get(name)


@pytest.mark.parametrize(
    "text",
    [
        "objective < 0.2",
        "value <= 0.125 and not objective < 0.125",
        "rate = 0.25",
        "rate = .25",
        "metric.rate = 99",
        "param.rate < 1",
        "depth >= 7 and depth < 8",
        "booster = tree",
        "booster != dart",
        "booster ~ re",
        "epochs = 25",
        "accuracy > 0.8",
        "missing_metric = none",
        "missing_metric != 3",
        "objective != none",
        "status = completed",
        "status in (Failed, Completed)",
        "name ~ CHURN",
        "job = Churn",
        "metric = loss",
        "number = 3",
        "time = 10 min",
        "time > 599 and time < 1h",
        "created > 2026-02-28",
        "created <= 2026-03-01T12:00",
        "attempts = 1",
        "algorithm = none",
        "",
    ],
)
def test_holds(text: str) -> None:
    assert predicate(parse(text))(RECORD, metric)


@pytest.mark.parametrize(
    "text",
    [
        "objective > 0.2",
        "missing_metric > 0",
        "missing_metric = 3",
        "rate = none",
        "booster = dart",
        "booster > 1",
        "status = Failed",
        "status != Completed",
        "created < 2026-03-01",
        "job = other",
        "reason ~ memory",
    ],
)
def test_does_not_hold(text: str) -> None:
    assert not predicate(parse(text))(RECORD, metric)


def test_what_is_not_there_is_in_no_order() -> None:
    assert predicate(parse("reason ~ memory and objective = none"))(FAILED, metric)
    for text in ("objective < 1", "objective > 0"):
        assert not predicate(parse(text))(FAILED, metric)


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("status = Done", "there is no status 'Done'; there are Pending, Running, Pausing", 9),
        ("rate < fast", "rate < needs a number, and 'fast' is none", 7),
        ("objective = good", "objective = needs a number, and 'good' is none", 12),
        ("created > yesterday", "'yesterday' is no time; write it as 2026-01-31", 10),
        ("time > long", "'long' is no span of time; write it as 90, 90 s, 5 min or 2 h", 7),
        ("status < Failed", "status has no order: compare it with =, != or ~", 0),
    ],
)
def test_a_value_that_does_not_suit_is_named_with_its_place(text: str, message: str, at: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        predicate(parse(text))
    assert str(caught.value).startswith(message)
    assert caught.value.at == at


def test_a_hyperparameter_comes_before_a_metric_of_its_name() -> None:
    assert value_of(RECORD, "rate", metric) == 0.25
    assert value_of(RECORD, "metric.rate", metric) == 99.0
