from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from tunesmith.core.trial import TrialState
from tunesmith.store.errors import NotFound
from tunesmith.store.records import Change, MetricPoint, TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
VALUES = {"One": (0.5, 0.25, 0.25, None), "two": (None, 3.0), "three": ()}


@pytest.fixture
def filled(store: Store, make_job: Callable[..., Any], make_trial: Callable[..., TrialRecord]) -> Store:
    """Three tuning jobs with trials, tags and metrics."""
    for job, values in VALUES.items():
        store.create_tuning_job(make_job(name=job), tags={"team": job, "all": "yes"})
        trials, points = [], []
        for number, value in enumerate(values, start=1):
            trial = replace(make_trial(number), name=f"{job}-{number}", value=value, rank=number)
            trials.append(replace(trial, state=TrialState.COMPLETED, started_at=NOW, ended_at=NOW))
            points += [MetricPoint(number, "loss", float(step), NOW) for step in range(number)]
            points.append(MetricPoint(number, "time", 9.0, NOW))
        store.record(job, Change(trials=tuple(trials), metrics=tuple(points), at=NOW))
    return store


NAMES = [f"{job}-{number}" for job, values in VALUES.items() for number in range(1, len(values) + 1)]


def test_an_overview_is_what_the_store_says_otherwise(filled: Store) -> None:
    for name in VALUES:
        found = filled.overview(name.upper())
        assert found.record == filled.tuning_job(name)
        assert found.summary == filled.summary(name)
        assert found.best == filled.best_trial(name)
    with pytest.raises(NotFound, match="no tuning job 'four'"):
        filled.overview("four")


def test_many_jobs_are_what_they_are_one_by_one(filled: Store) -> None:
    names = [*VALUES, "none"]
    assert filled.records_of(names) == {name.lower(): filled.tuning_job(name) for name in VALUES}
    best = {name.lower(): filled.best_trial(name) for name in VALUES}
    assert filled.best_of(names) == {name: trial for name, trial in best.items() if trial is not None}
    assert best["one"] is not None
    assert best["one"].number == 2  # of equals the one that ended first


def test_tags_of_many_jobs(filled: Store) -> None:
    filled.set_tags(("training", "One-2"), {"team": "other"})
    filled.remove_tags(("training", "two-1"), ["team", "all"])
    expected = {name.lower(): filled.tags(("training", name)) for name in NAMES if name != "two-1"}
    assert filled.tags_of("training", [*NAMES, "none"]) == expected
    assert expected["one-2"] == {"all": "yes", "team": "other"}
    assert filled.tags_of("tuning", ["ONE"]) == {"one": {"all": "yes", "team": "One"}}
    assert filled.tags_of("tuning", []) == {}


def test_metrics_of_many_training_jobs(filled: Store) -> None:
    by_name = {name: filled.latest_metrics(*_place(name)) for name in NAMES}
    assert filled.latest_metrics_of(NAMES) == {name.lower(): points for name, points in by_name.items()}
    loss = filled.latest_metrics_of(["ONE-3", "two-2"], "loss")
    assert {name: [point.value for point in points] for name, points in loss.items()} == {
        "one-3": [2.0],
        "two-2": [1.0],
    }
    assert filled.latest_metrics_of(NAMES, "\0") == {}


def test_forgotten_training_jobs_are_left_out(filled: Store) -> None:
    filled.forget_training_job("One-1")
    assert "one-1" not in filled.latest_metrics_of(NAMES)
    assert "one-1" not in filled.tags_of("training", NAMES)


def test_each_takes_one_query(filled: Store) -> None:
    statements: list[str] = []
    event.listen(filled._engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    filled.records_of(VALUES)
    filled.best_of(VALUES)
    filled.tags_of("training", NAMES)
    filled.latest_metrics_of(NAMES)
    assert len(statements) == 4
    filled.overview("One")
    assert len(statements) == 4 + 3


def _place(name: str) -> tuple[str, int]:
    job, _, number = name.partition("-")
    return job, int(number)
