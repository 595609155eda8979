"""Finding what a name stands for, and saying so when there is nothing."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, bindparam, func, select

from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store import rows
from tunesmith.store.errors import NotFound
from tunesmith.store.records import TrainingJobRecord
from tunesmith.store.rows import key
from tunesmith.store.tables import trials, tuning_jobs

JOB = tuning_jobs.c.key == bindparam("job")
"""The tuning job of the key `job`."""

TRAINING = trials.c.key == bindparam("training")
"""The trial whose training job has the key `training`."""

Place: TypeAlias = tuple[int, int]
"""Where a trial is: the id of its tuning job, and its number."""

_SUGGESTED = 1000  # of this many names, the newest, the close ones are looked for


def job_row(connection: Connection, name: str) -> Row[Any]:
    """The row of a tuning job; raises NotFound."""
    row = connection.execute(select(tuning_jobs).where(JOB), {"job": key(name)}).first()
    if row is None:
        raise no_job(connection, name)
    return row


def job_id(connection: Connection, name: str) -> int:
    """The id of a tuning job; raises NotFound."""
    found: int | None = connection.scalar(select(tuning_jobs.c.id).where(JOB), {"job": key(name)})
    if found is None:
        raise no_job(connection, name)
    return found


def status(connection: Connection, name: str) -> TuningStatus:
    """Where a tuning job is; raises NotFound."""
    found = connection.scalar(select(tuning_jobs.c.status).where(JOB), {"job": key(name)})
    if found is None:
        raise no_job(connection, name)
    return TuningStatus(found)


def training_row(connection: Connection, name: str) -> Row[Any]:
    """The row of the trial whose training job has a name; raises NotFound."""
    row = connection.execute(select(trials).where(TRAINING), {"training": key(name)}).first()
    if row is None:
        msg = f"no training job {name!r}"
        raise NotFound(msg)
    return row


def place(connection: Connection, name: str) -> Place:
    """Where the trial of a training job is; raises NotFound."""
    row = training_row(connection, name)
    return row.job_id, row.number


def no_job(connection: Connection, name: str) -> NotFound:
    """Say which names there are: the close ones, else the newest."""
    newest = select(tuning_jobs.c.name).where(tuning_jobs.c.listed).order_by(tuning_jobs.c.id.desc())
    names = {key(other): other for other in connection.scalars(newest.limit(_SUGGESTED))}
    close = [names[match] for match in difflib.get_close_matches(key(name), names)]
    if close:
        return NotFound(f"no tuning job {name!r}; did you mean {' or '.join(close)}?")
    if names:
        return NotFound(f"no tuning job {name!r}; there are {', '.join(list(names.values())[:10])}")
    return NotFound(f"no tuning job {name!r}: the store has none yet")


def no_trial(connection: Connection, name: str, job: int, number: int) -> NotFound:
    """Say which numbers there are."""
    count = connection.scalar(select(func.count()).where(trials.c.job_id == job))
    have = f"its trials are 1 to {count}" if count else "it has none yet"
    return NotFound(f"no trial {number} in the tuning job {name!r}: {have}")


def with_tuning_jobs(connection: Connection, page: Sequence[Row[Any]]) -> list[TrainingJobRecord]:
    """Put the trials of these rows beside the tuning jobs that they belong to."""
    owners = select(tuning_jobs).where(tuning_jobs.c.id.in_({row.job_id for row in page}))
    jobs = {row.id: rows.job_record(row) for row in connection.execute(owners)}
    return [TrainingJobRecord(jobs[row.job_id], rows.trial_record(row)) for row in page]
