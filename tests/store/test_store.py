from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.training_job import Channel, Cursor, Ending
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningStatus
from tunesmith.store.errors import NameTaken, NotFound
from tunesmith.store.listing import Listing
from tunesmith.store.records import Change, MetricPoint, TrialRecord
from tunesmith.store.store import Store

NOW = datetime.fromisoformat("2026-03-01T13:00:00.654321+00:00")
LATER = NOW + timedelta(hours=1)

MakeJob = Callable[..., Any]  # the fixtures' types are in conftest.py, which cannot be imported
MakeTrial = Callable[..., TrialRecord]


def done(trial: TrialRecord, value: float | None, **fields: Any) -> TrialRecord:
    defaults: dict[str, Any] = {"state": TrialState.COMPLETED, "rank": trial.number}
    return replace(trial, value=value, **defaults | fields)


def test_a_new_tuning_job_is_in_progress(store: Store, make_job: MakeJob) -> None:
    job = make_job("First")
    store.create_tuning_job(job)
    record = store.tuning_job("First")
    assert record.job == job
    assert record.status is TuningStatus.IN_PROGRESS
    assert (record.reason, record.modified_at, record.ended_at) == (None, job.created_at, None)


def test_names_are_unique_whatever_their_case(store: Store, make_job: MakeJob) -> None:
    store.create_tuning_job(make_job("First"))
    with pytest.raises(NameTaken, match="'FIRST' exists already"):
        store.create_tuning_job(make_job("FIRST"))
    assert store.tuning_job("fIRST").job.name == "First"


def test_another_store_opens_the_same_by_its_url(tmp_path: Path, make_job: MakeJob) -> None:
    with Store(f"sqlite:///{tmp_path / 'jobs.db'}") as first, Store(first.url) as second:
        first.create_tuning_job(make_job("First"))
        assert second.tuning_job("First").job.name == "First"


def test_what_jobs_mention(store: Store, make_job: MakeJob) -> None:
    files = re.compile(r"/(\w+\.csv)")
    assert store.mentioned(files) == set()
    for name, file in (("a", "one"), ("b", "two"), ("c", "three")):
        store.create_tuning_job(make_job(name, channels={"train": Channel(f"/data/{file}.csv")}))
    store.create_tuning_job(make_job("d", alone=True), request={"where": "/data/four.csv"})
    assert store.mentioned(files) == {"one.csv", "two.csv", "three.csv", "four.csv"}
    store.record("b", Change(status=TuningStatus.COMPLETED, at=NOW))
    for name in ("b", "c"):
        store.forget_tuning_job(name)
    assert store.mentioned(files) == {"one.csv", "three.csv", "four.csv"}  # the third still runs


def test_the_newest_tuning_job_comes_first(store: Store, make_job: MakeJob) -> None:
    assert store.tuning_jobs() == []
    for name in ("b", "c", "a"):
        store.create_tuning_job(make_job(name))
    assert [record.job.name for record in store.tuning_jobs()] == ["a", "c", "b"]


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.tuning_job("gone"),
        lambda store: store.status("gone"),
        lambda store: store.standing("gone"),
        lambda store: store.summary("gone"),
        lambda store: store.list_training_jobs(Listing(), "gone"),
        lambda store: store.latest_metrics("gone", 1),
        lambda store: store.tags(("tuning", "gone")),
        lambda store: store.set_tags(("tuning", "gone"), {"a": "b"}),
        lambda store: store.forget_tuning_job("gone"),
        lambda store: store.request_stop("gone", NOW),
        lambda store: store.set_limits("gone", Limits(trials=1), NOW),
        lambda store: store.reopen("gone", NOW),
        lambda store: store.trials("gone"),
        lambda store: store.trial("gone", 1),
        lambda store: store.counts("gone"),
        lambda store: store.best_trial("gone"),
        lambda store: store.metric_points("gone"),
        lambda store: store.record("gone", Change(at=NOW)),
        lambda store: store.delete_tuning_job("gone"),
        lambda store: store.claim("gone"),
    ],
)
def test_an_unknown_tuning_job_is_not_found(use: Callable[[Store], object]) -> None:
    with Store() as store, pytest.raises(NotFound, match="'gone': the store has none yet"):
        use(store)


def test_not_found_says_which_names_there_are(store: Store, make_job: MakeJob) -> None:
    for name in ("digits-XGB", "churn"):
        store.create_tuning_job(make_job(name))
    with pytest.raises(NotFound, match=r"'digit-xgb'; did you mean digits-XGB\?"):
        store.status("digit-xgb")
    with pytest.raises(NotFound, match="'zzz'; there are churn, digits-XGB"):
        store.status("zzz")


def test_a_trial_that_is_not_found_says_which_there_are(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    store.create_tuning_job(make_job())
    with pytest.raises(NotFound, match="no trial 1 in the tuning job 'job': it has none yet"):
        store.trial("job", 1)
    store.record("job", Change(trials=(make_trial(1), make_trial(2)), at=NOW))
    with pytest.raises(NotFound, match="no trial 7 in the tuning job 'job': its trials are 1 to 2"):
        store.trial("job", 7)


def test_stopping_is_asked_for_once(store: Store, make_job: MakeJob) -> None:
    store.create_tuning_job(make_job())
    assert store.request_stop("job", NOW) is TuningStatus.STOPPING
    assert store.request_stop("JOB", LATER) is TuningStatus.STOPPING
    assert store.status("job") is TuningStatus.STOPPING
    assert store.tuning_job("job").modified_at == NOW


@pytest.mark.parametrize("final", [s for s in TuningStatus if s.is_final])
def test_a_job_that_has_ended_stays_so_until_reopened(make_job: MakeJob, final: TuningStatus) -> None:
    with Store() as store:
        store.create_tuning_job(make_job())
        store.record("job", Change(status=final, reason="why", at=NOW))
        assert store.request_stop("job", LATER) is final
        ended = store.tuning_job("job")
        assert (ended.status, ended.reason, ended.modified_at, ended.ended_at) == (final, "why", NOW, NOW)
        store.reopen("job", LATER)
        again = store.tuning_job("job")
        assert (again.status, again.reason) == (TuningStatus.IN_PROGRESS, None)
        assert (again.modified_at, again.ended_at) == (LATER, None)


def test_limits_can_be_raised(store: Store, make_job: MakeJob) -> None:
    job = make_job()
    store.create_tuning_job(job)
    store.record("job", Change(status=TuningStatus.COMPLETED, at=NOW))
    store.set_limits("job", Limits(seconds=0.1, parallel=3), LATER)
    record = store.tuning_job("job")
    assert record.job == replace(job, limits=Limits(seconds=0.1, parallel=3))
    assert (record.status, record.modified_at, record.ended_at) == (TuningStatus.COMPLETED, LATER, NOW)


def test_every_field_of_a_trial_comes_back(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    full = make_trial(
        2,
        config={"x": 0.1, "n": 3, "s": "é\ud800\0", "b": True, "whole": 1.0},
        state=TrialState.FAILED,
        handle="h/2",
        cursor=Cursor(log=2**40, reports=2**33),
        value=0.1 + 0.2,
        reason="ran out of luck",
        ending=Ending.LOST,
        exit_code=-9,
        rank=1,
        started_at=NOW,
        ended_at=LATER,
    )
    store.create_tuning_job(make_job())
    store.record("job", Change(trials=(full, make_trial(1)), at=NOW))
    assert store.trials("job") == [make_trial(1), full]
    assert store.trial("job", 2) == full
    assert [type(v) for v in store.trial("job", 2).config.values()] == [float, int, str, bool, float]


def test_known_trials_are_replaced(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    store.create_tuning_job(make_job())
    store.record("job", Change(trials=(make_trial(1), make_trial(2)), at=NOW))
    running = make_trial(1, state=TrialState.RUNNING, handle="h", started_at=NOW)
    store.record("job", Change(trials=(running, make_trial(3)), at=NOW))
    assert store.trials("job") == [running, make_trial(2), make_trial(3)]
    assert store.trials("job", TrialState.PENDING) == [make_trial(2), make_trial(3)]
    assert store.trials("job", TrialState.FAILED) == []


def test_all_states_are_counted(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    store.create_tuning_job(make_job())
    assert store.counts("job") == dict.fromkeys(TrialState, 0)
    states = [TrialState.COMPLETED, TrialState.PENDING, TrialState.COMPLETED]
    store.record("job", Change(trials=tuple(make_trial(i, state=s) for i, s in enumerate(states)), at=NOW))
    assert store.counts("job") == dict.fromkeys(TrialState, 0) | {
        TrialState.COMPLETED: 2,
        TrialState.PENDING: 1,
    }


@pytest.mark.parametrize(("goal", "best"), [(Goal.MINIMIZE, 3), (Goal.MAXIMIZE, 5)])
def test_the_best_trial_is_best_for_the_goal(
    store: Store, make_job: MakeJob, make_trial: MakeTrial, goal: Goal, best: int
) -> None:
    store.create_tuning_job(make_job(objective=Objective("auc", goal)))
    assert store.best_trial("job") is None
    trials = (
        done(make_trial(1), None),
        done(make_trial(2), 0.9, rank=4),
        done(make_trial(3), -0.5, state=TrialState.STOPPED, rank=2),
        done(make_trial(4), -0.5, rank=3),
        done(make_trial(5), 0.9, rank=1),
        done(make_trial(6), 99.0, state=TrialState.FAILED),
        done(make_trial(7), -99.0, state=TrialState.FAILED),
        make_trial(8, state=TrialState.RUNNING, value=99.0),
        make_trial(9, state=TrialState.STOPPING, value=-99.0),
    )
    store.record("job", Change(trials=trials, at=NOW))
    assert store.best_trial("job") == trials[best - 1]


def test_jobs_do_not_see_each_others_trials(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    for name in ("a", "b"):
        store.create_tuning_job(make_job(name))
        trial = done(make_trial(1, name=name), 0.5)
        store.record(name, Change(trials=(trial,), metrics=(MetricPoint(1, name, 0.5, NOW),), at=NOW))
    assert [t.name for t in store.trials("b")] == ["b"]
    assert [p.metric for p in store.metric_points("a")] == ["a"]
    assert store.counts("a")[TrialState.COMPLETED] == 1
    best = store.best_trial("b")
    assert best is not None
    assert best.name == "b"


def test_metrics_keep_their_order(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    points = (
        MetricPoint(2, "loss", 0.3, LATER),
        MetricPoint(1, "loss", 0.1 + 0.2, NOW),
        MetricPoint(1, "loss", 0.1, NOW),
        MetricPoint(1, "epoch", 1.0, NOW),
        MetricPoint(2, "loss", -1e-300, LATER),
    )
    store.create_tuning_job(make_job())
    store.record("job", Change(trials=(make_trial(1), make_trial(2)), metrics=points[:3], at=NOW))
    store.record("job", Change(metrics=points[3:], at=NOW))
    assert store.metric_points("job") == list(points)
    assert store.metric_points("job", trial=1) == list(points[1:4])
    assert store.metric_points("job", metric="loss") == [*points[:3], points[4]]
    assert store.metric_points("job", trial=1, metric="epoch") == [points[3]]


def test_what_a_database_refuses_in_a_text_is_replaced(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    store.create_tuning_job(make_job())
    trial = make_trial(1, reason="NUL\0 and \udcff, but é")
    point = MetricPoint(1, "a\0b", 1.0, NOW)
    store.record("job", Change(trials=(trial,), metrics=(point,), at=NOW))
    assert store.trial("job", 1).reason == "NUL\N{REPLACEMENT CHARACTER} and ?, but é"
    assert [p.value for p in store.metric_points("job", metric="a\0b")] == [1.0]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_only_finite_values_are_stored(make_job: MakeJob, make_trial: MakeTrial, value: float) -> None:
    with Store() as store:
        store.create_tuning_job(make_job())
        store.record("job", Change(trials=(make_trial(1),), at=NOW))
        for change in (
            Change(trials=(make_trial(2, value=value),), at=NOW),
            Change(trials=(make_trial(2, config={"x": value}),), at=NOW),
            Change(trials=(make_trial(2),), metrics=(MetricPoint(1, "loss", value, NOW),), at=NOW),
        ):
            with pytest.raises(ValueError, match=r"finite|JSON compliant"):
                store.record("job", change)
        assert [trial.number for trial in store.trials("job")] == [1]


def test_a_change_is_written_whole_or_not_at_all(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    store.create_tuning_job(make_job())
    orphan = MetricPoint(9, "loss", 1.0, NOW)
    with pytest.raises(NotFound, match="cannot record in 'job'"):
        store.record(
            "job",
            Change(trials=(make_trial(1),), metrics=(orphan,), status=TuningStatus.FAILED, at=NOW),
        )
    assert store.trials("job") == []
    assert store.status("job") is TuningStatus.IN_PROGRESS


def test_a_deleted_tuning_job_leaves_nothing_behind(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    point = MetricPoint(1, "loss", 1.0, NOW)
    for name in ("keep", "job"):
        store.create_tuning_job(make_job(name))
        store.record(name, Change(trials=(make_trial(1, name=f"{name}-1"),), metrics=(point,), at=NOW))
    store.delete_tuning_job("JOB")
    store.create_tuning_job(make_job("Job"))
    assert store.trials("job") == []
    assert store.metric_points("job") == []
    assert store.trials("keep") == [make_trial(1, name="keep-1")]
    assert store.metric_points("keep") == [point]


@pytest.mark.parametrize(
    "late",
    [
        lambda trial: Change(trials=(trial,), at=NOW),
        lambda _: Change(metrics=(MetricPoint(1, "loss", 1.0, NOW),), at=NOW),
        lambda _: Change(status=TuningStatus.COMPLETED, at=NOW),
    ],
)
def test_who_still_writes_to_a_deleted_job_does_not_hit_its_successor(
    lasting_url: str,
    make_job: MakeJob,
    make_trial: MakeTrial,
    late: Callable[[TrialRecord], Change],
) -> None:
    with Store(lasting_url) as writer, Store(lasting_url) as other:
        writer.create_tuning_job(make_job())
        writer.record("job", Change(trials=(make_trial(1),), at=NOW))
        other.delete_tuning_job("job")
        other.create_tuning_job(make_job())
        other.record("job", Change(trials=(make_trial(1),), at=NOW))
        with pytest.raises(NotFound):
            writer.record("job", late(make_trial(1, state=TrialState.RUNNING)))
        assert other.trials("job") == [make_trial(1)]
        assert other.metric_points("job") == []
        assert other.status("job") is TuningStatus.IN_PROGRESS


def test_a_store_is_found_as_it_was_left(lasting_url: str, make_job: MakeJob, make_trial: MakeTrial) -> None:
    trial = done(make_trial(1), 0.25)
    with Store(lasting_url) as store:
        store.create_tuning_job(make_job())
        store.record("job", Change(trials=(trial,), at=NOW))
    with Store(lasting_url) as store:
        assert store.tuning_job("job").job == make_job()
        assert store.trials("job") == [trial]


def test_moments_need_a_time_zone(make_job: MakeJob) -> None:
    with Store() as store, pytest.raises(TypeError, match="offset-naive"):
        store.create_tuning_job(make_job(created_at=NOW.replace(tzinfo=None)))


@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    at=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()),  # noqa: DTZ001 -- the zone is drawn
)
def test_floats_and_moments_are_exact(make_job: MakeJob, value: float, at: datetime) -> None:
    local = TrialRecord(number=1, name="t", config={"x": value}, value=value, created_at=at, ended_at=at)
    point = MetricPoint(1, "auc", value, at)
    utc = at.astimezone(
        UTC
    )  # Python calls a time that clocks skip unequal to the same moment in another zone
    with Store() as store:
        store.create_tuning_job(make_job(objective=Objective("auc", Goal.MAXIMIZE)))
        store.record("job", Change(trials=(local,), metrics=(point,), at=NOW))
        assert store.trial("job", 1) == replace(local, created_at=utc, ended_at=utc)
        assert store.metric_points("job") == [replace(point, at=utc)]


def test_the_frequent_questions_are_answered_from_an_index(file_url: str, make_job: MakeJob) -> None:
    asked: list[tuple[str, Any]] = []
    with Store(file_url) as store:
        store.create_tuning_job(make_job())
        listener = lambda *args: asked.append((args[2], args[3]))  # noqa: E731 -- used once
        event.listen(store._engine, "before_cursor_execute", listener)
        store.counts("job")
        store.best_trial("job")
        store.metric_points("job", trial=1)
        event.remove(store._engine, "before_cursor_execute", listener)
        with store._engine.connect() as connection:
            plans = [
                " / ".join(
                    row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
                )
                for sql, parameters in asked
                if "tuning_jobs" not in sql
            ]
    assert plans == [
        "SEARCH trials USING COVERING INDEX ix_trials_job_id_state_number (job_id=?)",
        "SEARCH trials USING INDEX ix_trials_job_id_loss_rank (job_id=? AND loss>?)",
        "SEARCH metrics USING INDEX ix_metrics_job_id_trial (job_id=? AND trial=?)",
    ]
