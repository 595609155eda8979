"""Training jobs by their own names, tags, and what is hidden or forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tunesmith.core.training_job import Ending
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.errors import NameTaken, NotFound
from tunesmith.store.listing import Listing, Sort
from tunesmith.store.records import Attempt, Change, MetricPoint, ObjectiveCounts, Standing, TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 3, 1, 13, tzinfo=UTC)
TOKEN = str(7)
LATER = NOW + timedelta(hours=1)
MakeJob = Callable[..., Any]
MakeTrial = Callable[..., TrialRecord]


def names(store: Store, tuning_job: str | None = None) -> list[str]:
    return [item.trial.name for item in store.list_training_jobs(Listing(), tuning_job).items]


def create_alone(store: Store, make_job: MakeJob, trial: TrialRecord, **fields: Any) -> str:
    """A training job by itself, and the name of the tuning job behind it."""
    hidden = f"hidden-{trial.name}"
    store.create_tuning_job(make_job(hidden, alone=True), trials=[trial], **fields)
    return hidden


def test_a_request_comes_back_as_it_was(store: Store, make_job: MakeJob) -> None:
    request = {"Name": "Job", "Nested": {"a": [1, 2.5, None, "é"]}}
    store.create_tuning_job(make_job(), request=request, token=TOKEN)
    record = store.tuning_job("job")
    assert (record.request, record.token) == (request, TOKEN)


def test_a_training_job_alone_is_found_by_its_name_only(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    trial = make_trial(1, name="Solo")
    hidden = create_alone(store, make_job, trial, token=TOKEN, tags={"a": "b"})
    found = store.training_job("sOLO")
    assert found.trial == trial
    assert (found.tuning.job.alone, found.tuning.token) == (True, TOKEN)
    assert store.tuning_jobs() == []
    assert store.list_tuning_jobs(Listing()).items == []
    assert (store.count_open(), store.open_jobs()) == (0, [hidden])
    assert names(store) == ["Solo"]
    assert store.tags(("training", "solo")) == {"a": "b"}
    assert store.tags(("tuning", hidden)) == {}


def test_not_found_does_not_speak_of_hidden_jobs(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    hidden = create_alone(store, make_job, make_trial(1, name="Solo"))
    with pytest.raises(NotFound, match="the store has none yet"):
        store.status(hidden[:-1])
    with pytest.raises(NotFound, match="no training job 'other'"):
        store.training_job("other")


def test_names_of_training_jobs_are_unique_over_all(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    create_alone(store, make_job, make_trial(1, name="Solo"))
    store.create_tuning_job(make_job())
    with pytest.raises(NameTaken, match="a training job named 'SOLO' exists already"):
        store.create_tuning_job(make_job("other", alone=True), trials=[make_trial(1, name="SOLO")])
    with pytest.raises(NotFound):
        store.tuning_job("other")
    with pytest.raises(NameTaken, match="training job"):
        store.record("job", Change(trials=(make_trial(1, name="solo"),), at=NOW))
    assert store.trials("job") == []


def test_whatever_is_recorded_moves_the_tuning_job(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    store.create_tuning_job(make_job())
    store.record("job", Change(trials=(make_trial(1),), at=LATER))
    record = store.tuning_job("job")
    assert (record.modified_at, record.status) == (LATER, TuningStatus.IN_PROGRESS)


def test_a_request_to_stop_outlives_what_the_controller_writes(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    store.create_tuning_job(make_job())
    running = make_trial(1, state=TrialState.RUNNING)
    store.record("job", Change(trials=(running, make_trial(2)), at=NOW))
    assert store.standing("job") == Standing(TuningStatus.IN_PROGRESS)
    assert store.ask_to_stop_training_job("JOB-1", LATER) is TrialState.STOPPING
    assert store.tuning_job("job").modified_at == LATER
    store.record("job", Change(trials=(replace(running, value=0.5),), at=NOW))
    assert store.standing("job") == Standing(TuningStatus.IN_PROGRESS, frozenset({1}))
    assert store.trial("job", 1).state is TrialState.STOPPING
    assert store.trial("job", 1).value == 0.5
    ended = replace(running, state=TrialState.STOPPED, rank=1)
    store.record("job", Change(trials=(ended,), at=NOW))
    assert store.trial("job", 1) == ended
    assert store.standing("job").asked_to_stop == frozenset()
    assert store.ask_to_stop_training_job("job-1", LATER) is TrialState.STOPPED
    assert store.trial("job", 1) == ended
    with pytest.raises(NotFound):
        store.ask_to_stop_training_job("job-9", LATER)


def test_a_paused_one_that_is_asked_to_stop_stays_paused_until_its_controller_knows(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    store.create_tuning_job(make_job())
    paused = make_trial(1, state=TrialState.PAUSED, value=0.5)
    pausing = make_trial(2, state=TrialState.PAUSING)
    store.record("job", Change(trials=(paused, pausing), at=NOW))
    assert store.best_trial("job") == paused
    assert store.ask_to_stop_training_job("job-1", LATER) is TrialState.PAUSED
    assert store.ask_to_stop_training_job("job-2", LATER) is TrialState.STOPPING
    assert store.standing("job").asked_to_stop == {1, 2}
    store.record("job", Change(trials=(replace(pausing, state=TrialState.PAUSED),), at=NOW))
    assert store.standing("job").asked_to_stop == {1, 2}
    store.record("job", Change(trials=(replace(paused, state=TrialState.PENDING),), at=NOW))
    assert store.trial("job", 1).state is TrialState.STOPPING  # it was to go on, but nobody wants it to


def test_a_paused_trial_has_a_value_that_counts_and_no_rank(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    store.create_tuning_job(make_job())
    paused = make_trial(1, state=TrialState.PAUSED, value=0.5)
    run = Attempt(started_at=NOW, ended_at=LATER, ending=Ending.PAUSED, reports=3, forgotten=1)
    again = make_trial(2, state=TrialState.RUNNING, value=0.25, earlier=(run,))
    store.record("job", Change(trials=(paused, again), at=NOW))
    assert store.trial("job", 2) == again
    assert store.best_trial("job") == again
    assert store.summary("job").objective_counts == ObjectiveCounts(pending=2)
    listed = store.list_training_jobs(Listing(sort=Sort.VALUE, limit=9), "job")
    assert listed.items == []  # a list by value is one of those that have ended
    failed = replace(again, state=TrialState.FAILED, rank=1)
    store.record("job", Change(trials=(failed,), at=NOW))
    assert store.best_trial("job") == paused


def test_a_summary_counts(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    store.create_tuning_job(make_job("a"))
    store.create_tuning_job(make_job("b"))
    trials = (
        make_trial(1, state=TrialState.COMPLETED, value=0.5, rank=1),
        make_trial(2, state=TrialState.COMPLETED, rank=2),
        make_trial(3, state=TrialState.STOPPED, value=0.5, rank=3),
        make_trial(4, state=TrialState.FAILED, value=0.5, rank=4, ending=Ending.LOST),
        make_trial(5, state=TrialState.FAILED, rank=5, ending=Ending.EXITED),
        make_trial(6, state=TrialState.STOPPING, value=0.1),
    )
    store.record("a", Change(trials=trials, at=LATER))
    summary = store.summary("A")
    assert store.list_tuning_jobs(Listing()).items == [summary, store.summary("b")]
    assert (summary.name, summary.strategy, summary.limits) == ("a", "Bayesian", make_job().limits)
    assert (summary.status, summary.modified_at) == (TuningStatus.IN_PROGRESS, LATER)
    assert summary.counts == store.counts("a")
    assert summary.objective_counts == ObjectiveCounts(succeeded=2, pending=1, failed=3)
    assert summary.retryable == 1
    assert store.summary("b").objective_counts == ObjectiveCounts()


def test_a_forgotten_tuning_job_leaves_its_training_jobs(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    store.create_tuning_job(make_job("Job"), tags={"a": "b"})
    point = MetricPoint(1, "loss", 0.5, NOW)
    trial = make_trial(1, state=TrialState.COMPLETED, rank=1)
    store.record("job", Change(trials=(trial,), metrics=(point,), status=TuningStatus.COMPLETED, at=NOW))
    store.forget_tuning_job("JOB")
    with pytest.raises(NotFound, match="none yet"):
        store.tuning_job("job")
    assert (store.tuning_jobs(), store.list_tuning_jobs(Listing()).items) == ([], [])
    found = store.training_job("job-1")
    assert found.trial == trial
    assert found.tuning.former_name == "Job"
    assert found.tuning.status is TuningStatus.COMPLETED
    assert store.latest_metrics(found.tuning.job.name, 1) == [point]
    assert store.tags(("training", "job-1")) == {"a": "b"}
    store.create_tuning_job(make_job("job"))
    assert store.trials("job") == []
    assert store.tags(("tuning", "job")) == {}
    assert names(store) == ["job-1"]


def test_a_forgotten_names_successor_gets_what_is_its_own(
    lasting_url: str, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    with Store(lasting_url) as writer, Store(lasting_url) as other:
        writer.create_tuning_job(make_job())
        writer.record("job", Change(trials=(make_trial(1),), status=TuningStatus.COMPLETED, at=NOW))
        other.forget_tuning_job("job")
        other.create_tuning_job(make_job())
        with pytest.raises(NotFound):
            writer.record("job", Change(trials=(make_trial(2),), at=NOW))
        writer.record("job", Change(at=NOW))
        with writer.claim("job"):
            writer.record("job", Change(trials=(make_trial(1, name="new-1"),), at=NOW))
        assert [trial.name for trial in other.trials("job")] == ["new-1"]


def test_a_forgotten_training_job_stays_a_trial(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    store.create_tuning_job(make_job(), tags={"a": "b"})
    trials = tuple(make_trial(n, state=TrialState.COMPLETED, rank=n, value=0.5) for n in (1, 2))
    store.record("job", Change(trials=trials, at=NOW))
    store.forget_training_job("JOB-1")
    with pytest.raises(NotFound):
        store.training_job("job-1")
    for sort in Sort:
        assert [i.trial.number for i in store.list_training_jobs(Listing(sort=sort), "job").items] == [2]
    assert store.counts("job")[TrialState.COMPLETED] == 2
    assert store.trials("job") == list(trials)
    create_alone(store, make_job, make_trial(1, name="job-1"))
    assert store.tags(("training", "job-1")) == {}


def test_a_forgotten_training_job_alone_is_gone(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    hidden = create_alone(store, make_job, make_trial(1, name="Solo"))
    store.forget_training_job("solo")
    with pytest.raises(NotFound):
        store.status(hidden)
    assert (names(store), store.open_jobs()) == ([], [])


def test_the_last_of_each_metric(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    store.create_tuning_job(make_job())
    points = [(1, "loss", 0.3), (1, "epoch", 1.0), (2, "loss", 9.0), (1, "loss", 0.2)]
    emitted = tuple(MetricPoint(trial, metric, value, NOW) for trial, metric, value in points)
    store.record("job", Change(trials=(make_trial(1), make_trial(2)), metrics=emitted, at=NOW))
    assert store.latest_metrics("job", 1) == [emitted[1], emitted[3]]
    assert store.latest_metrics("job", 3) == []


def test_new_trials_get_the_tags_that_their_tuning_job_has_then(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    store.create_tuning_job(make_job(), tags={"b": "1", "a": "2"})
    store.record("job", Change(trials=(make_trial(1),), at=NOW))
    assert store.set_tags(("tuning", "job"), {"a": "3", "c": ""}) == {"a": "3", "b": "1", "c": ""}
    store.remove_tags(("training", "job-1"), ["b", "never"])
    store.record("job", Change(trials=(make_trial(1), make_trial(2)), at=NOW))
    assert store.tags(("training", "job-1")) == {"a": "2"}
    assert list(store.tags(("training", "job-2")).items()) == [("a", "3"), ("b", "1"), ("c", "")]


def test_open_jobs_come_oldest_first(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    for name in ("b", "a", "c"):
        store.create_tuning_job(make_job(name))
    hidden = create_alone(store, make_job, make_trial(1, name="Solo"))
    store.record("a", Change(status=TuningStatus.STOPPED, at=NOW))
    store.request_stop("c", NOW)
    assert store.open_jobs() == ["b", "c", hidden]
    assert store.count_open() == 2
    store.reopen("a", LATER)
    assert store.open_jobs() == ["b", "a", "c", hidden]
