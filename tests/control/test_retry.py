from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tunesmith.control import retry
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command, Cursor, Ending, JobStatus, JobUpdate
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.records import Attempt, TrialRecord

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("score"),
    limits=Limits(trials=6),
    retries=2,
    created_at=NOW,
)
RUNNING = TrialRecord(
    number=1,
    name="job-001-aaaaaaaa",
    config={"x": 0.5},
    state=TrialState.RUNNING,
    handle="job-001-aaaaaaaa",
    cursor=Cursor(10, 20),
    created_at=NOW,
    started_at=NOW,
)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def attempt(ending: Ending = Ending.LOST, begin: float = 0, end: float = 10) -> Attempt:
    return Attempt(started_at=after(begin), ended_at=after(end), ending=ending)


def lost(ending: Ending = Ending.LOST, end: float = 10) -> JobUpdate:
    return JobUpdate(
        handle="job-001-aaaaaaaa",
        status=JobStatus.FAILED,
        cursor=Cursor(10, 20),
        reason="the machine is gone",
        ending=ending,
        started_at=NOW,
        ended_at=after(end),
    )


@pytest.mark.parametrize("ending", [Ending.LOST, Ending.INTERRUPTED])
@pytest.mark.parametrize(("lost_before", "is_due"), [(0, True), (1, True), (2, False), (3, False)])
def test_what_was_lost_is_due_while_retries_are_left(ending: Ending, lost_before: int, is_due: bool) -> None:
    record = replace(RUNNING, earlier=(attempt(),) * lost_before)
    assert retry.is_due(JOB, record, lost(ending), after(10)) is is_due
    assert not retry.is_due(replace(JOB, retries=0), record, lost(ending), after(10))


@pytest.mark.parametrize("ending", [Ending.EXITED, Ending.STOPPED, Ending.MAX_SECONDS, Ending.REFUSED])
def test_nothing_else_is(ending: Ending) -> None:
    assert not retry.is_due(JOB, RUNNING, lost(ending), after(10))


def test_what_somebody_stops_is_not() -> None:
    assert not retry.is_due(JOB, replace(RUNNING, state=TrialState.STOPPING), lost(), after(10))


def test_all_attempts_together_have_max_seconds() -> None:
    job = replace(JOB, max_seconds=25.0)
    record = retry.again(RUNNING, lost(end=10), after(60))
    assert retry.seconds_left(job, record) == 15.0
    assert retry.seconds_left(JOB, record) is None
    assert retry.is_due(job, replace(record, started_at=NOW), lost(end=14.5), after(90))
    assert not retry.is_due(job, replace(record, started_at=NOW), lost(end=15), after(90))


def test_the_record_says_what_was_lost() -> None:
    record = retry.again(RUNNING, lost(), after(11), forgotten=3)
    assert (record.attempt, record.handle, record.started_at, record.cursor) == (
        2,
        None,
        None,
        Cursor(10, 20),
    )
    assert record.first_started_at == NOW
    (earlier,) = record.earlier
    assert (earlier.reason, earlier.forgotten, earlier.ended_at) == ("the machine is gone", 3, after(10))


def test_interruptions_of_a_spot_job_are_no_retries_until_its_time_is_over() -> None:
    spot = replace(JOB, max_wait_seconds=100.0, retries=1)
    record = replace(RUNNING, earlier=(attempt(Ending.INTERRUPTED),) * 5)
    assert retry.is_due(spot, record, lost(Ending.INTERRUPTED), after(99))
    assert not retry.is_due(spot, record, lost(Ending.INTERRUPTED), after(100))
    assert retry.is_due(spot, record, lost(), after(99))
    assert not retry.is_due(spot, replace(record, earlier=(*record.earlier, attempt())), lost(), after(99))


def test_a_spot_job_that_takes_too_long_is_overdue() -> None:
    spot = replace(JOB, max_wait_seconds=100.0)
    assert not retry.is_overdue(spot, RUNNING, after(99.9))
    assert retry.is_overdue(spot, RUNNING, after(100))
    assert not retry.is_overdue(spot, replace(RUNNING, state=TrialState.STOPPING), after(100))
    assert not retry.is_overdue(JOB, RUNNING, after(1e6))


def test_what_was_stopped_for_that_says_so() -> None:
    stopped = JobUpdate(handle="h", status=JobStatus.STOPPED, ending=Ending.STOPPED)
    assert retry.last_word(replace(RUNNING, reason=retry.WAITED), stopped).ending is Ending.MAX_WAIT
    assert retry.last_word(RUNNING, stopped).ending is Ending.STOPPED


@pytest.mark.parametrize("place", ["s3://bucket/kept", "s3://bucket/kept/"])
def test_each_training_job_has_checkpoints_of_its_own(place: str) -> None:
    job = replace(JOB, checkpoints=place)
    assert retry.checkpoints_at(job, RUNNING) == "s3://bucket/kept/job-001-aaaaaaaa"
    assert retry.checkpoints_at(replace(job, alone=True), RUNNING) == place
    assert retry.checkpoints_at(JOB, RUNNING) is None


PAUSING = replace(RUNNING, state=TrialState.PAUSING, reason="paused: it was behind")


def stopped(ending: Ending = Ending.STOPPED, end: float = 10) -> JobUpdate:
    return replace(lost(ending, end), status=JobStatus.STOPPED, reason="asked to stop")


@pytest.mark.parametrize(
    ("news", "max_seconds", "expected"),
    [
        (stopped(), None, True),
        (stopped(), 11, True),
        (stopped(), 10, False),  # no time is left
        (stopped(Ending.MAX_SECONDS), 10, False),
        (lost(), None, True),  # it would have been started again
        (replace(lost(), ending=Ending.EXITED), None, False),
    ],
)
def test_what_was_to_be_paused_is_if_it_can_go_on(
    news: JobUpdate, max_seconds: float | None, *, expected: bool
) -> None:
    job = replace(JOB, max_seconds=max_seconds)
    assert retry.may_pause(job, PAUSING, news, after(10)) is expected
    assert not retry.may_pause(replace(job, retries=0), PAUSING, lost(), after(10))


def test_a_paused_trial_keeps_its_output_and_goes_on_in_a_later_attempt() -> None:
    paused = replace(retry.paused(PAUSING, stopped(), after(10)), state=TrialState.PAUSED)
    assert (paused.ending, paused.ended_at, paused.handle) == (Ending.PAUSED, after(10), RUNNING.handle)
    assert paused.run_seconds == 10
    resumed = retry.resumed(paused, reports=3)
    assert (resumed.handle, resumed.started_at, resumed.ended_at, resumed.ending) == (None, None, None, None)
    assert (resumed.attempt, resumed.cursor, resumed.reason) == (2, RUNNING.cursor, None)
    (earlier,) = resumed.earlier
    assert (earlier.ending, earlier.reason, earlier.reports) == (Ending.PAUSED, "paused: it was behind", 3)
    assert resumed.run_seconds == 10


def test_to_be_paused_is_no_waiting() -> None:
    job = replace(JOB, max_wait_seconds=100.0)
    resumed = replace(RUNNING, earlier=(attempt(Ending.PAUSED),), started_at=after(60))
    assert not retry.is_overdue(job, resumed, after(149))
    assert retry.is_overdue(job, resumed, after(150))
    waiting = replace(resumed, started_at=None)
    assert not retry.is_overdue(job, waiting, after(10_000))
    assert retry.is_overdue(job, replace(resumed, earlier=(attempt(),)), after(100))
