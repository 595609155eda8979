"""What is gathered from a store, and that the report on it is whole and bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tunesmith.analysis.finding import Kind
from tunesmith.analysis.report.write import Format
from tunesmith.analysis.why import Reason
from tunesmith.control.early_stop import EARLY
from tunesmith.control.insight import insight, report
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Config, Continuous, Space
from tunesmith.core.training_job import Command, Script
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Completion, Definition, Limits, MetricPattern, TuningJob
from tunesmith.store.errors import NotFound
from tunesmith.store.records import Change, MetricPoint, TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
SPACE = Space([Continuous("x", 0.0, 1.0), Categorical("kind", ("a", "b"))])


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        yield store


def job(**changes: Any) -> TuningJob:
    usual: dict[str, Any] = {
        "name": "job",
        "work": Script("code", "train.py"),
        "space": SPACE,
        "objective": Objective("accuracy", Goal.MAXIMIZE),
        "metrics": (MetricPattern("accuracy", r"accuracy=(\S+)"),),
        "limits": Limits(trials=40, parallel=2),
        "completion": Completion(target=0.99),
        "created_at": NOW,
    }
    return TuningJob(**{**usual, **changes})


def trial(number: int, config: Config, value: float | None, **changes: Any) -> TrialRecord:
    start = NOW + timedelta(minutes=number)
    usual: dict[str, Any] = {
        "number": number,
        "name": f"job-{number}",
        "config": config,
        "state": TrialState.FAILED if value is None else TrialState.COMPLETED,
        "value": value,
        "rank": number,
        "created_at": start,
        "started_at": start,
        "ended_at": start + timedelta(seconds=50),
    }
    return TrialRecord(**{**usual, **changes})


def twelve() -> list[TrialRecord]:
    """Ten with values, one that failed and one that was given up; the best is the fourth."""
    points = np.random.default_rng(0).random((12, 2))
    configs = SPACE.decode(points)
    trials = [trial(i, c, 0.9 - (c["x"] - 0.4) ** 2) for i, c in enumerate(configs, start=1)]  # type: ignore[operator]
    trials[3] = trial(4, configs[3], 0.95)
    trials[6] = trial(7, configs[6], None, reason="out of memory")
    trials[8] = trial(9, configs[8], 0.3, state=TrialState.STOPPED, reason=f"{EARLY}hopeless")
    return trials


def fill(store: Store, trials: list[TrialRecord], job: TuningJob) -> None:
    store.create_tuning_job(job)
    points = [
        MetricPoint(each.number, "accuracy", share * each.value, each.created_at)
        for each in trials
        if each.value is not None
        for share in (0.5, 1.0)
    ]
    store.record(job.name, Change(trials=tuple(trials), metrics=tuple(points), at=NOW))


def test_it_gathers_what_the_store_knows(store: Store) -> None:
    running = trial(13, {"x": 0.5, "kind": "a"}, None, state=TrialState.RUNNING, rank=None, ended_at=None)
    fill(store, [*twelve(), running], job())
    found = insight(store, "job", LATER)
    assert (found.name, found.status, found.written_at) == ("job", "InProgress", LATER)
    assert found.best is not None
    assert (found.best.number, found.best.value) == (4, 0.95)
    assert found.first is not None
    assert found.first.number == 1
    assert found.counts == {"Completed": 10, "Failed": 1, "Stopped": 1, "Running": 1}
    assert len(found.values) == 12
    assert found.values[6] is None
    assert [row.number for row in found.top][:1] == [4]
    assert 7 not in {row.number for row in found.top}
    assert found.curves[0].values == (0.475, 0.95)
    assert {curve.number for curve in found.curves if curve.stopped} == {9}
    assert ("Target", "0.99") in found.settings
    assert found.setups[0].runs == "script train.py in code"


def test_it_finds_what_is_to_find(store: Store) -> None:
    fill(store, twelve(), job())
    by_kind = {finding.kind: finding for finding in insight(store, "job", LATER).findings}
    assert "out of memory" in by_kind[Kind.FAILURES].sentence
    assert by_kind[Kind.EARLY_STOPPING].facts.stopped == 1
    assert by_kind[Kind.SUGGESTION].facts.number == 12
    assert by_kind[Kind.SUGGESTION].facts.reason in {Reason.EXPLORE, Reason.REFINE}
    assert Kind.CERTAINTY in by_kind
    assert Kind.ALGORITHMS not in by_kind


def test_the_last_suggestion_is_seen_with_what_was_known_then(store: Store) -> None:
    trials = twelve()
    trials[10] = trial(11, trials[10].config, 0.99, ended_at=LATER)  # after the last was created
    fill(store, trials, job())
    suggestion = next(f.facts for f in insight(store, "job", LATER).findings if f.kind is Kind.SUGGESTION)
    assert suggestion.best == pytest.approx(0.95)
    assert 11 not in {neighbour.number for neighbour in suggestion.nearest}


def test_several_algorithms_are_learned_from_apart(store: Store) -> None:
    def definition(name: str) -> Definition:
        return Definition(
            name=name,
            work=Command((name,)),
            space=Space([Continuous(name, 0.0, 1.0)]),
            objective=Objective("loss"),
        )

    compared = TuningJob.comparing(
        (definition("forest"), definition("net")), name="job", limits=Limits(trials=40), created_at=NOW
    )
    rng = np.random.default_rng(0)
    names = ["forest", "net"] * 10
    trials = [
        trial(i, {name: float(x)}, float(x + (name == "net")), definition=name)
        for i, (name, x) in enumerate(zip(names, rng.random(20), strict=True), start=1)
    ]
    store.create_tuning_job(compared)
    store.record("job", Change(trials=tuple(trials), at=NOW))
    found = insight(store, "job", LATER)
    assert [each.algorithm for each in found.learned] == ["forest", "net"]
    assert [share.name for share in found.shares] == ["forest", "net"]
    assert Kind.ALGORITHMS in {finding.kind for finding in found.findings}
    assert found.recommended is not None
    assert found.recommended.algorithm == "forest"
    text, _ = report(store, "job", Format.HTML, LATER)
    assert b"Which hyperparameters of net matter" in text


def test_a_job_without_training_jobs_has_a_report(store: Store) -> None:
    fill(store, [], job())
    text, media_type = report(store, "job", Format.MARKDOWN, LATER)
    assert media_type == "text/markdown"
    assert "No training job has a value of accuracy yet." in text.decode()


def test_the_facts_are_json(store: Store) -> None:
    fill(store, twelve(), job())
    text, media_type = report(store, "job", Format.JSON, LATER)
    assert media_type == "application/json"
    assert json.loads(text)["best"]["number"] == 4


def test_a_job_that_is_not_there(store: Store) -> None:
    with pytest.raises(NotFound):
        report(store, "nobody", Format.HTML, LATER)


@pytest.mark.long
def test_the_report_on_ten_thousand_training_jobs_is_small(store: Store) -> None:
    configs = SPACE.decode(np.random.default_rng(0).random((10_000, 2)))
    trials = [
        trial(i, c, 0.9 - (c["x"] - 0.4) ** 2)  # type: ignore[operator]
        for i, c in enumerate(configs, start=1)
    ]
    fill(store, trials, job(limits=Limits(trials=10_000)))
    text, _ = report(store, "job", Format.HTML, LATER)
    assert len(text) < 2_000_000
