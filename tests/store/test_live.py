from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.training_job import Resources
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.listing import Listing
from tunesmith.store.live import Course, Occupation, Pulse
from tunesmith.store.records import Change, MetricPoint, TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MakeJob = Callable[..., Any]
MakeTrial = Callable[..., TrialRecord]


def ended(trial: TrialRecord, rank: int, value: float | None) -> TrialRecord:
    """A trial that ran for a minute."""
    return replace(
        trial, state=TrialState.COMPLETED, value=value, rank=rank, started_at=NOW, ended_at=NOW + MINUTE
    )


def test_two_pulses_tell_what_has_happened_between_them(store: Store, make_job: MakeJob) -> None:
    for name in ("Idle", "Moves", "ends"):
        store.create_tuning_job(make_job(name=name))
    before = store.pulse()
    assert store.pulse().changed_since(before) == set()
    store.record("moves", Change(at=NOW + MINUTE))
    store.record("ends", Change(status=TuningStatus.COMPLETED, at=NOW + MINUTE))
    after = store.pulse()
    assert after.changed_since(before) == {"moves", "ends"}
    assert after.newest == before.newest
    store.reopen("ends", NOW + 2 * MINUTE)
    assert store.pulse().changed_since(after) == {"ends"}


def test_a_pulse_tells_of_a_job_that_came_and_ended_unseen(store: Store, make_job: MakeJob) -> None:
    before = store.pulse()
    assert before == Pulse()
    store.create_tuning_job(make_job(name="short"))
    store.record("short", Change(status=TuningStatus.FAILED, at=NOW))
    assert store.pulse().newest > before.newest


def test_what_runs_occupies_slots(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    store.create_tuning_job(make_job(name="big", resources=Resources(cpus=2, gpus=1)))
    store.create_tuning_job(make_job(name="idle"))
    states = [TrialState.RUNNING, TrialState.STOPPING, TrialState.PENDING, TrialState.COMPLETED]
    some = [replace(make_trial(n), name=f"big-{n}", state=state) for n, state in enumerate(states, start=1)]
    store.record("big", Change(trials=tuple(some), at=NOW))
    assert store.occupations() == [Occupation(Resources(cpus=2, gpus=1), 2)]


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        (Goal.MINIMIZE, ((1, 0.5), (3, 0.25))),
        (Goal.MAXIMIZE, ((1, 0.5), (2, 0.75))),
    ],
)
def test_a_course_tells_when_the_best_value_improved(
    store: Store, make_job: MakeJob, make_trial: MakeTrial, goal: Goal, expected: object
) -> None:
    objective = Objective("loss", goal)
    store.create_tuning_job(make_job(name="Job", objective=objective))
    values = [0.5, 0.75, 0.25, 0.5, None]
    some = [ended(make_trial(n), n, value) for n, value in enumerate(values, start=1)]
    running = replace(make_trial(6), state=TrialState.RUNNING, started_at=NOW)
    store.record("job", Change(trials=(*some, running), at=NOW))
    course = store.courses(["JOB", "none"], NOW + 3 * MINUTE)
    assert course == {
        "job": Course(objective=objective, improvements=expected, ended=5, seconds=5 * 60 + 3 * 60)  # type: ignore[arg-type]
    }


def test_the_course_of_a_job_that_has_not_begun(store: Store, make_job: MakeJob) -> None:
    store.create_tuning_job(make_job(name="job"))
    assert store.courses(["job"], NOW) == {"job": Course(objective=make_job().objective)}


def test_trials_that_may_have_changed(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    store.create_tuning_job(make_job(name="job"))
    store.record("job", Change(trials=tuple(make_trial(n) for n in (1, 2, 3)), at=NOW))
    store.record("job", Change(trials=(ended(make_trial(2), 1, 0.5), make_trial(4)), at=NOW))
    assert [trial.number for trial in store.trials_after("job", 3, {2})] == [2, 4]
    assert store.trials_after("job", 4, []) == []
    assert store.trials_after("JOB", 0, []) == store.trials("job")


def test_metric_points_since_one_looked(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    store.create_tuning_job(make_job(name="job"))
    first = (MetricPoint(1, "loss", 1.0, NOW), MetricPoint(1, "time", 9.0, NOW))
    store.record("job", Change(trials=(make_trial(1), make_trial(2)), metrics=first, at=NOW))
    points, cursor = store.metric_points_after("job")
    assert points == list(first)
    assert store.metric_points_after("job", cursor) == ([], cursor)
    more = (MetricPoint(2, "loss", 0.5, NOW), MetricPoint(1, "loss", 0.25, NOW))
    store.record("job", Change(metrics=more, at=NOW))
    assert store.metric_points_after("job", cursor)[0] == list(more)
    assert store.metric_points_after("job", cursor, "loss", 1)[0] == [more[1]]
    assert store.metric_points_after("job", cursor, "time") == ([], cursor)


def test_training_jobs_by_themselves(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    store.create_tuning_job(make_job(name="tuning"))
    store.record("tuning", Change(trials=(replace(make_trial(1), name="child"),), at=NOW))
    for name in ("first", "second", "third"):
        trial = replace(make_trial(1), name=name)
        store.create_tuning_job(make_job(name=f"hidden{name}", alone=True), trials=(trial,))
    store.forget_training_job("second")
    newest = Listing(descending=True, limit=1)
    page = store.lone_training_jobs(newest)
    assert [each.trial.name for each in page.items] == ["third"]
    page = store.lone_training_jobs(replace(newest, after=page.next))
    assert ([each.trial.name for each in page.items], page.next) == (["first"], None)
    found = store.lone_training_jobs(Listing(contains="IR"))
    assert [each.trial.name for each in found.items] == ["first", "third"]
    assert store.lone_training_jobs(Listing(status={TrialState.FAILED})).items == []
