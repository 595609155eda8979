"""What people change of a tuning job, in databases of every kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Completion, Limits, TuningJob, TuningStatus
from tunesmith.store.controls import Seen
from tunesmith.store.errors import NotFound, Outdated
from tunesmith.store.records import Change, Controls, Intervention, Kind, Standing, TrialRecord
from tunesmith.store.store import Store

MakeJob = Callable[..., TuningJob]
MakeTrial = Callable[..., TrialRecord]


def test_a_pause_is_written_with_its_words_and_lifted_again(store: Store, make_job: MakeJob) -> None:
    job = make_job()
    at = job.created_at
    store.create_tuning_job(job)
    pause = Intervention(at=at, kind=Kind.PAUSE, words="paused", by="ada")
    store.intervene("JOB", pause, Seen(revision=0), pauses=True)
    assert store.standing("job") == Standing(TuningStatus.IN_PROGRESS, is_paused=True, revision=1)
    assert store.tuning_job("job").paused_at == at
    again = replace(pause, at=at + timedelta(seconds=9))
    store.intervene("job", again, Seen(revision=1), pauses=True)
    assert store.summary("job").paused_at == at  # since the first time
    resume = Intervention(at=at, kind=Kind.RESUME, words="resumed")
    store.intervene("job", resume, Seen(revision=2), pauses=False)
    assert store.tuning_job("job").paused_at is None
    assert [replace(each, id=None) for each in store.interventions("job")] == [pause, again, resume]


def test_what_was_decided_by_something_old_is_not_written(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    job = make_job()
    at = job.created_at
    store.create_tuning_job(job)
    limits = Intervention(at=at, kind=Kind.LIMITS, words="more")
    store.record("job", Change(trials=(make_trial(1),), at=at, revision=0))
    for seen in (Seen(revision=1), Seen(revision=0, trials=0)):
        with pytest.raises(Outdated, match="'job' has changed meanwhile"):
            store.intervene("job", limits, seen, limits=Limits(trials=99))
    assert (store.tuning_job("job").job, store.interventions("job")) == (job, [])
    store.intervene("job", limits, Seen(revision=0, trials=1), limits=Limits(trials=99))
    with pytest.raises(Outdated):
        store.record("job", Change(trials=(make_trial(2),), at=at, revision=0))
    assert len(store.trials("job")) == 1
    store.record("job", Change(trials=(make_trial(2),), at=at, revision=1))
    assert store.controls("job") == Controls(Limits(trials=99))


def test_a_suggestion_waits_until_a_trial_tries_it(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    job = make_job()
    store.create_tuning_job(job)
    for number, x in enumerate((0.25, 0.5)):
        words = Intervention(at=job.created_at, kind=Kind.SUGGEST, words="x", config={"x": x})
        store.intervene("job", words, Seen(revision=number))
    first, second = store.controls("job").suggestions
    assert (first.config, second.config) == ({"x": 0.25}, {"x": 0.5})
    trial = make_trial(1, suggestion=first.id, max_seconds=60.5)
    store.record("job", Change(trials=(trial,), at=job.created_at))
    assert store.controls("job").suggestions == (second,)
    assert store.trials("job") == [trial]


def test_running_trials_are_stopped_with_a_pause(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    job = make_job()
    store.create_tuning_job(job)
    trials = make_trial(1, state=TrialState.RUNNING), make_trial(2, state=TrialState.COMPLETED, rank=1)
    store.record("job", Change(trials=trials, at=job.created_at))
    pause = Intervention(at=job.created_at, kind=Kind.PAUSE, words="paused")
    store.intervene("job", pause, Seen(revision=0), pauses=True, stops_running=True)
    assert [trial.state for trial in store.trials("job")] == [TrialState.STOPPING, TrialState.COMPLETED]
    assert store.standing("job").asked_to_stop == {1}


def test_a_paused_job_is_open_only_while_something_of_it_runs(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    job = make_job()
    store.create_tuning_job(job)
    store.record("job", Change(trials=(make_trial(1, state=TrialState.RUNNING),), at=job.created_at))
    pause = Intervention(at=job.created_at, kind=Kind.PAUSE, words="paused")
    store.intervene("job", pause, Seen(revision=0), pauses=True)
    assert store.open_jobs() == ["job"]
    ended = make_trial(1, state=TrialState.COMPLETED, rank=1)
    store.record("job", Change(trials=(ended,), at=job.created_at))
    assert (store.open_jobs(), store.count_open()) == ([], 1)
    store.request_stop("job", job.created_at)
    assert store.open_jobs() == ["job"]  # to be ended


def test_only_what_reopens_it_touches_a_job_that_has_ended(store: Store, make_job: MakeJob) -> None:
    job = make_job()
    store.create_tuning_job(job)
    store.record("job", Change(status=TuningStatus.COMPLETED, at=job.created_at))
    words = Intervention(at=job.created_at, kind=Kind.RESUME, words="resumed")
    with pytest.raises(Outdated):
        store.intervene("job", words, Seen(revision=0), pauses=True)
    store.intervene("job", words, Seen(revision=0), reopens=True, limits=Limits(trials=20))
    record = store.tuning_job("job")
    assert (record.status, record.ended_at, record.job.limits) == (
        TuningStatus.IN_PROGRESS,
        None,
        Limits(trials=20),
    )


def test_one_that_had_ended_measures_its_criteria_from_then_on(
    store: Store, make_job: MakeJob, make_trial: MakeTrial
) -> None:
    job = make_job(completion=Completion(not_improving=3))
    at = job.created_at
    store.create_tuning_job(job)
    trials = (make_trial(1, state=TrialState.COMPLETED, rank=1), make_trial(2))
    store.record("job", Change(trials=trials, at=at))
    store.reopen("job", at)
    assert store.tuning_job("job").job == job  # it had not ended
    ended = replace(trials[1], state=TrialState.FAILED, rank=2)
    store.record("job", Change(trials=(ended,), status=TuningStatus.COMPLETED, at=at))
    store.reopen("job", at)
    assert store.tuning_job("job").job.completion == Completion(not_improving=3, since=2)
    store.record("job", Change(trials=(make_trial(3, state=TrialState.FAILED, rank=3),), at=at))
    store.record("job", Change(status=TuningStatus.COMPLETED, at=at))
    words = Intervention(at=at, kind=Kind.RESUME, words="resumed")
    store.intervene("job", words, Seen(revision=2), reopens=True)
    assert store.tuning_job("job").job.completion == Completion(not_improving=3, since=3)


def test_a_stop_is_among_the_interventions_once(store: Store, make_job: MakeJob) -> None:
    job = make_job()
    store.create_tuning_job(job)
    for _ in range(2):
        store.request_stop("job", job.created_at, "ada")
    assert [(each.kind, each.by) for each in store.interventions("job")] == [(Kind.STOP, "ada")]


def test_what_was_used_is_in_the_lists(store: Store, make_job: MakeJob) -> None:
    job = make_job()
    store.create_tuning_job(job)
    store.record("job", Change(run_seconds=12.5, spent=0.75, at=job.created_at))
    summary = store.summary("job")
    assert (summary.run_seconds, summary.spent) == (12.5, 0.75)


def test_a_job_that_is_not_there_cannot_be_changed(store: Store, make_job: MakeJob) -> None:
    words = Intervention(at=make_job().created_at, kind=Kind.PAUSE, words="paused")
    with pytest.raises(NotFound):
        store.intervene("gone", words, Seen(revision=0), pauses=True)
    for ask in (store.controls, store.interventions):
        with pytest.raises(NotFound):
            ask("gone")
