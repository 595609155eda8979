"""The statements that write what a tick of the controller has to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
    Executable,
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from tunesmith.core.objective import Objective
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store import rows, tagging
from tunesmith.store.errors import NameTaken, Outdated
from tunesmith.store.records import Change, TrialRecord
from tunesmith.store.tables import metrics, tags, trials, tuning_jobs

ASKABLE = (TrialState.PENDING.value, TrialState.RUNNING.value, TrialState.PAUSING.value)
"""The states of trials that can still be asked to stop. A paused one can, too, but nothing of it runs."""

_FIXED = {
    "job_id",
    "number",
    "name",
    "key",
    "config",
    "created_at",
    "asked_to_stop_at",
    "max_seconds",
    "suggestion",
}

_last = select(func.max(trials.c.number)).where(trials.c.job_id == bindparam("job_id")).scalar_subquery()
_is_tagged = exists().where(tags.c.job_id == bindparam("job_id"), tags.c.trial == literal_column("0"))
_touch = (
    update(tuning_jobs)
    .where(tuning_jobs.c.id == bindparam("job_id"), tuning_jobs.c.key == bindparam("job_key"))
    .values(modified_at=bindparam("at"))
    .returning(_last.label("last"), _is_tagged.label("is_tagged"), tuning_jobs.c.revision)
)


@dataclass(frozen=True)
class Identity:
    """What writing needs to know of a tuning job; nothing of it ever changes."""

    id: int
    key: str
    objective: Objective


class Touch:
    """Moves the time of a tuning job's last change, and tells what is to be known before its trials are written.

    Every tick does so, and making SQL of the statement each time would take longer than the database takes.
    """

    def __init__(self, dialect: Dialect) -> None:
        compiled = _touch.compile(dialect=dialect)
        self._sql = str(compiled)
        self._order = compiled.positiontup  # None where parameters have names

    def __call__(self, connection: Connection, job: Identity, at: int) -> Row[Any] | None:
        """The number of the last trial (None: there is none), and whether there are tags; None: the job is gone."""
        values: dict[str, Any] = {"job_id": job.id, "job_key": job.key, "at": at}
        if self._order is None:
            return connection.exec_driver_sql(self._sql, values).first()
        return connection.exec_driver_sql(self._sql, tuple(values[name] for name in self._order)).first()


def upsert(dialect: str) -> Executable:
    """Insert trials, or replace those whose numbers are known, but for what never changes.

    An open trial that was asked to stop stays so, whatever its controller thinks. Loads one dialect only:
    PostgreSQL's takes 30 ms.
    """
    new = import_module(f"sqlalchemy.dialects.{dialect}").insert(trials)
    replaced = {c.name: new.excluded[c.name] for c in trials.c if c.name not in _FIXED}
    is_askable = or_(*(new.excluded.state == state for state in ASKABLE))
    is_asked = and_(trials.c.asked_to_stop_at.is_not(None), is_askable)
    replaced["state"] = case((is_asked, literal(TrialState.STOPPING.value)), else_=new.excluded.state)
    statement: Executable = new.on_conflict_do_update(index_elements=list(trials.primary_key), set_=replaced)
    return statement


def write(
    connection: Connection, job: Identity, change: Change, touch: Touch, upsert_trials: Executable
) -> bool:
    """Write a change; whether the tuning job is still there. Begins with a write, as every transaction does.

    Raises Outdated if people have changed something since it was decided.
    """
    moment = rows.micros(change.at)
    known = touch(connection, job, moment)
    if known is None:
        return False
    if change.revision not in (None, known.revision):
        raise Outdated(job.key)
    if change.trials:
        write_trials(connection, job, change.trials, upsert_trials)
        if known.is_tagged:
            new = (trial.number for trial in change.trials if trial.number > (known.last or 0))
            tagging.inherit(connection, job.id, new)
    if change.metrics:
        connection.execute(insert(metrics), [rows.metric_row(job.id, point) for point in change.metrics])
    values = _job_values(change, moment)
    if values:
        connection.execute(update(tuning_jobs).where(tuning_jobs.c.id == job.id).values(values))
    return True


def _job_values(change: Change, moment: int) -> dict[str, object]:
    """The columns of the tuning job that a change is about."""
    values: dict[str, object] = {}
    if change.status is not None:
        values |= status_values(change.status, change.reason, moment)
    if change.not_improving is not None:
        values["not_improving"] = change.not_improving
    if change.run_seconds is not None:
        values |= {"run_seconds": change.run_seconds, "spent": change.spent or 0.0}
    if change.has_converged:
        values["converged_at"] = func.coalesce(tuning_jobs.c.converged_at, moment)
    return values


def write_trials(
    connection: Connection, job: Identity, records: Iterable[TrialRecord], statement: Executable
) -> None:
    """Write trials of a tuning job; raises ValueError for a value that is not finite."""
    connection.execute(statement, [rows.trial_row(job.id, job.objective, trial) for trial in records])


def status_values(status: TuningStatus, reason: str | None, moment: int) -> dict[str, object]:
    """The columns of a tuning job that get a status at a moment."""
    return {
        "status": status.value,
        "reason": None if reason is None else rows.clean(reason),
        "modified_at": moment,
        "ended_at": moment if status.is_final else None,
    }


def name_taken(
    connection: Connection, records: Sequence[TrialRecord], job_id: int | None = None
) -> NameTaken | None:
    """Say which of these trials, which could not be written, has the name of a training job elsewhere."""
    wanted = {rows.key(trial.name): trial for trial in records}
    found = select(trials.c.key, trials.c.job_id, trials.c.number).where(trials.c.key.in_(wanted))
    for row in connection.execute(found):
        if (row.job_id, row.number) != (job_id, wanted[row.key].number):
            return NameTaken(wanted[row.key].name, "training job")
    return None
