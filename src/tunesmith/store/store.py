"""The store: the facts of all tuning jobs, in one SQL database."""

from __future__ import annotations

import difflib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Executable, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from tunesmith.core.objective import Objective
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob, TuningStatus
from tunesmith.store import rows
from tunesmith.store.claim import Claims, file_claims, memory_claims, server_claims
from tunesmith.store.engine import connectable, database_file, parse
from tunesmith.store.errors import NameTaken, NotFound
from tunesmith.store.records import Change, MetricPoint, TrialRecord, TuningJobRecord
from tunesmith.store.schema import prepare
from tunesmith.store.tables import metrics, trials, tuning_jobs

_JOB = tuning_jobs.c.key == bindparam("job")


@dataclass(frozen=True)
class _Identity:
    """What `record` needs to know of a tuning job; neither ever changes."""

    id: int
    objective: Objective


class Store:
    """Everything known of all tuning jobs, in an SQLite file, in memory, or on a PostgreSQL server.

    `url` is `sqlite:///FILE`, `sqlite://` (in memory, gone with the store) or `postgresql://HOST/DATABASE`; the
    database is created or migrated as needed. Raises StoreError if that fails. A tuning job is found by its name
    in upper or lower case; NotFound is raised if there is none. A store may be used by several threads, and its
    database by several processes: writers wait for each other, up to a minute, because every transaction here
    begins with its first write (SQLite would not let one wait that had read before).
    """

    def __init__(self, url: str = "sqlite://") -> None:
        self._engine = connectable(parse(url))
        try:
            prepare(self._engine)
        except BaseException:
            self.close()
            raise
        self._claims = self._choose_claims()
        self._identities: dict[str, _Identity] = {}
        self._upsert = _upsert(self._engine.dialect.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; what was in memory is gone."""
        self._engine.dispose()

    # Tuning jobs

    def create_tuning_job(self, job: TuningJob) -> None:
        """Add a tuning job that is in progress; raises NameTaken, whatever became of the one of that name."""
        created = rows.micros(job.created_at)
        row = {
            "key": _key(job.name),
            "name": job.name,
            "description": rows.describe(job),
            "status": TuningStatus.IN_PROGRESS.value,
            "created_at": created,
            "modified_at": created,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(tuning_jobs), row)
        except IntegrityError:
            raise NameTaken(job.name) from None

    def tuning_job(self, name: str) -> TuningJobRecord:
        """The tuning job of that name."""
        with self._engine.connect() as connection:
            return rows.job_record(_job_row(connection, name))

    def tuning_jobs(self) -> list[TuningJobRecord]:
        """All tuning jobs, the newest first."""
        with self._engine.connect() as connection:
            newest = select(tuning_jobs).order_by(tuning_jobs.c.id.desc())
            return [rows.job_record(row) for row in connection.execute(newest)]

    def status(self, name: str) -> TuningStatus:
        """Where the tuning job is."""
        with self._engine.connect() as connection:
            return _status(connection, name)

    def request_stop(self, name: str, at: datetime) -> TuningStatus:
        """Ask a tuning job in progress to stop, and return where it is then; one that has ended stays so."""
        in_progress = tuning_jobs.c.status == TuningStatus.IN_PROGRESS.value
        with self._engine.begin() as connection:
            connection.execute(
                update(tuning_jobs).where(_JOB, in_progress),
                {"job": _key(name), "status": TuningStatus.STOPPING.value, "modified_at": rows.micros(at)},
            )
            return _status(connection, name)

    def reopen(self, name: str, at: datetime) -> None:
        """Put a tuning job that has ended or is about to back in progress."""
        with self._engine.begin() as connection:
            _set_status(connection, name, _id(connection, name), TuningStatus.IN_PROGRESS, reason=None, at=at)

    def set_limits(self, name: str, limits: Limits, at: datetime) -> None:
        """Give a tuning job other limits; one that has ended goes on only after `reopen`."""
        with self._engine.begin() as connection:
            touch = update(tuning_jobs).where(_JOB).returning(tuning_jobs.c.description)
            text = connection.scalar(touch, {"job": _key(name), "modified_at": rows.micros(at)})
            if text is None:
                raise _no_job(connection, name)
            changed = {"job": _key(name), "description": rows.with_limits(text, limits)}
            connection.execute(update(tuning_jobs).where(_JOB), changed)

    def delete_tuning_job(self, name: str) -> None:
        """Remove a tuning job with its trials and metrics; claim it first, or its controller may be writing."""
        with self._engine.begin() as connection:
            if not connection.execute(delete(tuning_jobs).where(_JOB), {"job": _key(name)}).rowcount:
                raise _no_job(connection, name)
        self._identities.pop(_key(name), None)

    def claim(self, name: str) -> AbstractContextManager[None]:
        """Be the one that drives a tuning job while the context lasts; raises Claimed if another does.

        The operating system or the server keeps the claim, so that it ends with the process that has it.
        """
        with self._engine.connect() as connection:
            job_id = _id(connection, name)
        return self._claims(name, job_id)

    # Trials and metrics

    def trials(self, name: str, state: TrialState | None = None) -> list[TrialRecord]:
        """The trials of a tuning job, or those in one state, by number."""
        with self._engine.connect() as connection:
            found = select(trials).where(trials.c.job_id == _id(connection, name))
            if state is not None:
                found = found.where(trials.c.state == state.value)
            return [rows.trial_record(r) for r in connection.execute(found.order_by(trials.c.number))]

    def trial(self, name: str, number: int) -> TrialRecord:
        """One trial of a tuning job; raises NotFound."""
        with self._engine.connect() as connection:
            job_id = _id(connection, name)
            found = select(trials).where(trials.c.job_id == job_id, trials.c.number == number)
            row = connection.execute(found).first()
            if row is None:
                raise _no_trial(connection, name, job_id, number)
            return rows.trial_record(row)

    def counts(self, name: str) -> dict[TrialState, int]:
        """How many trials of a tuning job are in each state."""
        with self._engine.connect() as connection:
            ours = trials.c.job_id == _id(connection, name)
            counted = select(trials.c.state, func.count()).where(ours).group_by(trials.c.state)
            found = {TrialState(state): count for state, count in connection.execute(counted)}
        return {state: found.get(state, 0) for state in TrialState}

    def best_trial(self, name: str) -> TrialRecord | None:
        """The completed or stopped trial with the best value, of equals the one that ended first."""
        with self._engine.connect() as connection:
            scored = trials.c.job_id == _id(connection, name), trials.c.loss.is_not(None)
            first = select(trials).where(*scored).order_by(trials.c.loss, trials.c.rank).limit(1)
            row = connection.execute(first).first()
        return None if row is None else rows.trial_record(row)

    def metric_points(
        self, name: str, trial: int | None = None, metric: str | None = None
    ) -> list[MetricPoint]:
        """The emissions of a tuning job, or those of one trial or metric, in the order of writing."""
        with self._engine.connect() as connection:
            found = select(metrics).where(metrics.c.job_id == _id(connection, name))
            if trial is not None:
                found = found.where(metrics.c.trial == trial)
            if metric is not None:
                found = found.where(metrics.c.metric == rows.clean(metric))
            return [rows.metric_point(row) for row in connection.execute(found.order_by(metrics.c.id))]

    def record(self, name: str, change: Change) -> None:
        """Write what a tick has seen or decided, all of it or nothing.

        Raises NotFound if the tuning job, or the trial of a metric, is not there, and ValueError for a value that
        is not finite.
        """
        job = self._identity(name)
        try:
            with self._engine.begin() as connection:
                if change.trials:
                    new = [rows.trial_row(job.id, job.objective, trial) for trial in change.trials]
                    connection.execute(self._upsert, new)
                if change.metrics:
                    points = [rows.metric_row(job.id, point) for point in change.metrics]
                    connection.execute(insert(metrics), points)
                if change.status is not None:
                    _set_status(connection, name, job.id, change.status, reason=change.reason, at=change.at)
        except IntegrityError:
            self._identities.pop(_key(name), None)
            msg = f"cannot record in {name!r}: it was deleted, or a metric's trial was never recorded"
            raise NotFound(msg) from None

    def _identity(self, name: str) -> _Identity:
        identity = self._identities.get(_key(name))
        if identity is None:
            with self._engine.connect() as connection:
                row = _job_row(connection, name)
            identity = _Identity(row.id, rows.job_record(row).job.objective)
            self._identities[_key(name)] = identity
        return identity

    def _choose_claims(self) -> Claims:
        file = database_file(self._engine.url)
        if file is not None:
            return file_claims(file)
        return memory_claims() if self._engine.dialect.name == "sqlite" else server_claims(self._engine.url)


def _upsert(dialect: str) -> Executable:
    """Insert trials, or replace those whose numbers are known. Loads one dialect only: PostgreSQL's takes 30 ms."""
    new = import_module(f"sqlalchemy.dialects.{dialect}").insert(trials)
    replaced = {c.name: new.excluded[c.name] for c in trials.c if not c.primary_key}
    upsert: Executable = new.on_conflict_do_update(index_elements=list(trials.primary_key), set_=replaced)
    return upsert


def _key(name: str) -> str:
    return name.lower()


def _job_row(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(tuning_jobs).where(_JOB), {"job": _key(name)}).first()
    if row is None:
        raise _no_job(connection, name)
    return row


def _id(connection: Connection, name: str) -> int:
    found: int | None = connection.scalar(select(tuning_jobs.c.id).where(_JOB), {"job": _key(name)})
    if found is None:
        raise _no_job(connection, name)
    return found


def _status(connection: Connection, name: str) -> TuningStatus:
    status = connection.scalar(select(tuning_jobs.c.status).where(_JOB), {"job": _key(name)})
    if status is None:
        raise _no_job(connection, name)
    return TuningStatus(status)


def _set_status(
    connection: Connection, name: str, job_id: int, status: TuningStatus, *, reason: str | None, at: datetime
) -> None:
    moment = rows.micros(at)
    values = {
        "status": status.value,
        "reason": None if reason is None else rows.clean(reason),
        "modified_at": moment,
        "ended_at": moment if status.is_final else None,
    }
    if not connection.execute(update(tuning_jobs).where(tuning_jobs.c.id == job_id), values).rowcount:
        raise _no_job(connection, name)


def _no_job(connection: Connection, name: str) -> NotFound:
    """Say which names there are: the close ones, else the newest."""
    newest = select(tuning_jobs.c.name).order_by(tuning_jobs.c.id.desc())
    names = {_key(other): other for other in connection.scalars(newest)}
    close = [names[key] for key in difflib.get_close_matches(_key(name), names)]
    if close:
        return NotFound(f"no tuning job {name!r}; did you mean {' or '.join(close)}?")
    if names:
        return NotFound(f"no tuning job {name!r}; there are {', '.join(list(names.values())[:10])}")
    return NotFound(f"no tuning job {name!r}: the store has none yet")


def _no_trial(connection: Connection, name: str, job_id: int, number: int) -> NotFound:
    count = connection.scalar(select(func.count()).where(trials.c.job_id == job_id))
    have = f"its trials are 1 to {count}" if count else "it has none yet"
    return NotFound(f"no trial {number} in the tuning job {name!r}: {have}")
