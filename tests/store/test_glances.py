from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tunesmith.core.trial import TrialState
from tunesmith.store.glances import CurvePoint
from tunesmith.store.records import Change, MetricPoint, TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def filled(store: Store, make_job: Callable[..., Any], make_trial: Callable[..., TrialRecord]) -> None:
    store.create_tuning_job(make_job(name="job"))
    done = replace(
        make_trial(1),
        name="Job-Alpha",
        state=TrialState.COMPLETED,
        value=0.5,
        rank=1,
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=3),
    )
    lost = replace(
        make_trial(2), name="job-2", state=TrialState.FAILED, rank=2, value=9.0, reason="Out of 100% memory"
    )
    runs = replace(make_trial(3), name="job-3", state=TrialState.RUNNING, value=0.25, started_at=NOW)
    points = [MetricPoint(1, "loss", float(n), NOW + timedelta(seconds=n)) for n in range(1, 11)]
    store.record(
        "job", Change(trials=(done, lost, runs), metrics=(*points, MetricPoint(3, "other", 1.0, NOW)), at=NOW)
    )


def test_glances_tell_what_a_picture_shows(
    store: Store, make_job: Callable[..., Any], make_trial: Callable[..., TrialRecord]
) -> None:
    filled(store, make_job, make_trial)
    done, lost, runs = store.glances("JOB")
    assert (done.number, done.state, done.value, done.counts, done.rank) == (
        1,
        TrialState.COMPLETED,
        0.5,
        True,
        1,
    )
    assert done.ended is not None
    assert done.started is not None
    assert done.ended - done.started == 3_000_000
    assert done.config == store.trial("job", 1).config
    assert not lost.counts
    assert not runs.counts
    assert runs.value == 0.25
    assert [each.number for each in store.glances("job", 1, {1})] == [1, 2, 3]
    assert [each.number for each in store.glances("job", 2)] == [3]


def test_trials_are_found_by_name_and_reason(
    store: Store, make_job: Callable[..., Any], make_trial: Callable[..., TrialRecord]
) -> None:
    filled(store, make_job, make_trial)
    assert store.numbers_with("job", " alpha ") == [1]
    assert store.numbers_with("job", "MEMORY") == [2]
    assert store.numbers_with("job", "0%") == [2]
    assert store.numbers_with("job", "_") == []


def test_curves_are_thinned_and_keep_their_ends(
    store: Store, make_job: Callable[..., Any], make_trial: Callable[..., TrialRecord]
) -> None:
    filled(store, make_job, make_trial)
    everything = store.curves("job", "loss", [1, 2, 3], 10)
    assert [(each.report, each.value) for each in everything] == [(n, float(n)) for n in range(1, 11)]
    few = store.curves("job", "loss", [1], 4)
    assert [each.report for each in few] == [1, 4, 7, 10]
    assert isinstance(few[0], CurvePoint)
    assert [each.report for each in store.curves("job", "loss", [1], 1)] == [1, 10]
    assert store.curves("job", "loss", [3], 5) == []
