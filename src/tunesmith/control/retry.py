"""What becomes of a training job that has ended and may go on: it was lost, or it is paused. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tunesmith.core.training_job import Ending, JobStatus, JobUpdate
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob
from tunesmith.storage.location import below
from tunesmith.store.records import Attempt, TrialRecord

WAITED = "with its interruptions it took longer than max_wait_seconds"
"""The reason of what is stopped because of that."""


def is_due(job: TuningJob, record: TrialRecord, news: JobUpdate, now: datetime) -> bool:
    """Whether a training job that has ended is to be started again, if nobody has asked to stop it.

    That is so if it was lost and is left some of its run time and of its retries. Where it may be interrupted, an
    interruption is none of them.
    """
    if record.state is TrialState.STOPPING or news.ending not in (Ending.LOST, Ending.INTERRUPTED):
        return False
    left = seconds_left(job, again(record, news, now))
    if left is not None and left <= 0:
        return False
    if job.max_wait_seconds is not None and news.ending is Ending.INTERRUPTED:
        return not is_overdue(job, record, now)
    return sum(_is_retry(job, attempt) for attempt in record.earlier) < job.retries


def again(
    record: TrialRecord, news: JobUpdate, now: datetime, reports: int = 0, forgotten: int = 0
) -> TrialRecord:
    """Give the record of a trial whose training job was lost and is to be started again.

    Args:
        record: What was known of it.
        news: How it has ended.
        now: The time.
        reports: How many reports this attempt has made.
        forgotten: How many of the reports so far do not count any more.
    """
    lost = Attempt(
        started_at=news.started_at or record.started_at,
        ended_at=news.ended_at or now,
        ending=news.ending or Ending.LOST,
        reason=news.reason,
        reports=reports,
        forgotten=forgotten,
    )
    return replace(record, handle=None, started_at=None, earlier=(*record.earlier, lost))


def may_pause(job: TuningJob, record: TrialRecord, news: JobUpdate, now: datetime) -> bool:
    """Whether a training job that was to be paused, and has ended, can go on later.

    That is so if it has ended for that reason, and is left some of its run time; or if it was lost on the way, and
    would have been started again.
    """
    if news.ending is not Ending.STOPPED:
        return is_due(job, record, news, now)
    left = seconds_left(job, again(record, news, now))
    return left is None or left > 0


def paused(record: TrialRecord, news: JobUpdate, now: datetime) -> TrialRecord:
    """Give the record of a trial whose training job was to be paused, and has ended."""
    return replace(
        record,
        ending=Ending.PAUSED if news.ending is Ending.STOPPED else news.ending,
        started_at=news.started_at,
        ended_at=news.ended_at or now,
    )


def resumed(record: TrialRecord, reports: int) -> TrialRecord:
    """Give the record of a paused trial whose training job, which has made so many `reports`, is to go on."""
    attempt = Attempt(
        started_at=record.started_at,
        ended_at=record.ended_at or record.created_at,
        ending=record.ending or Ending.PAUSED,
        reason=record.reason,
        reports=reports,
    )
    anew = replace(record, handle=None, reason=None, ending=None, started_at=None, ended_at=None)
    return replace(anew, earlier=(*record.earlier, attempt))


def last_word(record: TrialRecord, news: JobUpdate) -> JobUpdate:
    """Give how a training job has ended, in the light of why it was stopped."""
    if record.reason == WAITED and news.status is JobStatus.STOPPED:
        return replace(news, ending=Ending.MAX_WAIT)
    return news


def seconds_left(job: TuningJob, record: TrialRecord) -> float | None:
    """Give how long the latest attempt may run, as `max_seconds` is for all together; None for any time."""
    most = job.max_seconds if record.max_seconds is None else record.max_seconds
    if most is None:
        return None
    return most - sum(_run_time(a.started_at, a.ended_at) for a in record.earlier)


def is_overdue(job: TuningJob, record: TrialRecord, now: datetime) -> bool:
    """Whether an open training job that may be interrupted has taken longer than it may."""
    if job.max_wait_seconds is None or record.state is TrialState.STOPPING:
        return False
    return now - _paused_for(record, now) >= record.created_at + timedelta(seconds=job.max_wait_seconds)


def checkpoints_at(job: TuningJob, record: TrialRecord) -> str | None:
    """Give where a training job's checkpoints are kept: each has a folder of its own, unless it is alone."""
    if job.checkpoints is None or job.alone:
        return job.checkpoints
    return below(job.checkpoints, record.name)


def _is_retry(job: TuningJob, attempt: Attempt) -> bool:
    return job.max_wait_seconds is None or attempt.ending is not Ending.INTERRUPTED


def _paused_for(record: TrialRecord, now: datetime) -> timedelta:
    """How long a trial was paused in all, which is no waiting."""
    starts = [*(attempt.started_at for attempt in record.earlier), record.started_at]
    pauses = [
        (begun_again or now) - attempt.ended_at
        for attempt, begun_again in zip(record.earlier, starts[1:], strict=True)
        if attempt.ending is Ending.PAUSED
    ]
    return sum(pauses, timedelta(0))


def _run_time(started: datetime | None, ended: datetime) -> float:
    return 0.0 if started is None else max((ended - started).total_seconds(), 0.0)
