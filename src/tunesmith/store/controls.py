"""What people change of a tuning job that runs: each change is written with the words that tell of it.

Whoever decides, a person or the controller, does so by what was seen at a moment. The `revision` of a tuning job counts
the changes that people have made, and a decision that was made by an earlier one is not written: `Outdated`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, and_, exists, func, insert, literal, or_, select, update

from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningStatus
from tunesmith.store import rows, writing
from tunesmith.store.errors import Outdated
from tunesmith.store.lookups import JOB, job_id, job_row, no_job, status
from tunesmith.store.records import STOPPED_BY_USER, Controls, Intervention, Kind, Standing
from tunesmith.store.search import SearchQueries
from tunesmith.store.tables import interventions, trials, tuning_jobs

_ASKED = and_(
    trials.c.job_id == tuning_jobs.c.id,
    or_(*(trials.c.state == literal(state.value) for state in (TrialState.STOPPING, TrialState.PAUSED))),
    trials.c.asked_to_stop_at.is_not(None),
)
_STANDING = (
    select(tuning_jobs.c.status, tuning_jobs.c.paused_at, tuning_jobs.c.revision, trials.c.number)
    .select_from(tuning_jobs.outerjoin(trials, _ASKED))
    .where(JOB)
)
_TRIED = exists().where(trials.c.job_id == interventions.c.job_id, trials.c.suggestion == interventions.c.id)
_NUMBER_OF_TRIALS = (
    select(func.count()).where(trials.c.job_id == tuning_jobs.c.id).correlate(tuning_jobs).scalar_subquery()
)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """By what a person's change was decided."""

    revision: int
    trials: int | None = None  # how many there were, if that matters


class ControlQueries(SearchQueries):
    """The part of a store that is about what people change."""

    _engine: Engine

    def standing(self, name: str) -> Standing:
        """Where the tuning job is, and which of its trials were asked to stop, in one query."""
        with self._engine.connect() as connection:
            found = connection.execute(_STANDING, {"job": rows.key(name)}).all()
            if not found:
                raise no_job(connection, name)
        numbers = frozenset(row.number for row in found if row.number is not None)
        first = found[0]
        return Standing(TuningStatus(first.status), numbers, first.paused_at is not None, first.revision)

    def controls(self, name: str) -> Controls:
        """What people have set that a controller goes by."""
        with self._engine.connect() as connection:
            row = job_row(connection, name)
            waiting = select(interventions).where(
                interventions.c.job_id == row.id, interventions.c.kind == Kind.SUGGEST.value, ~_TRIED
            )
            found = connection.execute(waiting.order_by(interventions.c.id)).all()
        record = rows.job_record(row)
        return Controls(record.job.limits, tuple(map(rows.intervention, found)), record.paused_at)

    def interventions(self, name: str) -> list[Intervention]:
        """What people have changed, the latest last."""
        with self._engine.connect() as connection:
            ours = select(interventions).where(interventions.c.job_id == job_id(connection, name))
            return [rows.intervention(row) for row in connection.execute(ours.order_by(interventions.c.id))]

    def intervene(
        self,
        name: str,
        intervention: Intervention,
        seen: Seen,
        *,
        limits: Limits | None = None,
        pauses: bool | None = None,
        reopens: bool = False,
        stops_running: bool = False,
    ) -> None:
        """Write down what a person has done to a tuning job, with its effects, all of it or nothing.

        Args:
            name: The tuning job.
            intervention: What was done.
            seen: By what it was decided.
            limits: The tuning job's limits from now on.
            pauses: Whether nothing new is to be started, or something new again.
            reopens: Whether a tuning job that has ended goes on, as by `reopen`. Without it, it must not have ended.
            stops_running: Whether its open training jobs are asked to stop.

        Raises:
            Outdated: Something has changed since it was seen; nothing was written.
            NotFound: There is no such tuning job.
        """
        moment = rows.micros(intervention.at)
        values: dict[str, object] = {"modified_at": moment, "revision": tuning_jobs.c.revision + 1}
        if pauses is not None:
            values["paused_at"] = func.coalesce(tuning_jobs.c.paused_at, moment) if pauses else None
        if reopens:
            values |= writing.status_values(TuningStatus.IN_PROGRESS, None, moment)
        as_seen = [JOB, tuning_jobs.c.revision == seen.revision]
        as_seen += [] if seen.trials is None else [literal(seen.trials) == _NUMBER_OF_TRIALS]
        as_seen += [] if reopens else [tuning_jobs.c.ended_at.is_(None)]
        touch = update(tuning_jobs).where(*as_seen).values(values)
        with self._engine.begin() as connection:
            row = connection.execute(
                touch.returning(tuning_jobs.c.id, tuning_jobs.c.description), {"job": rows.key(name)}
            ).first()
            if row is None:
                status(connection, name)
                raise Outdated(name)
            described = row.description if limits is None else rows.with_limits(row.description, limits)
            if reopens:
                described = rows.with_criteria_since(described, _ended(connection, row.id))
            if described != row.description:
                _describe(connection, row.id, described)
            connection.execute(insert(interventions), rows.intervention_row(row.id, intervention))
            if stops_running:
                _stop_running(connection, row.id, moment)

    def request_stop(self, name: str, at: datetime, by: str | None = None) -> TuningStatus:
        """Ask a tuning job in progress to stop, and return where it is then; one that has ended stays so."""
        in_progress = tuning_jobs.c.status == TuningStatus.IN_PROGRESS.value
        values = {"status": TuningStatus.STOPPING.value, "modified_at": rows.micros(at)}
        asked = Intervention(at=at, kind=Kind.STOP, words="stopped", by=by)
        with self._engine.begin() as connection:
            stop = update(tuning_jobs).where(JOB, in_progress).returning(tuning_jobs.c.id)
            stopped = connection.scalar(stop, {"job": rows.key(name), **values})
            if stopped is not None:
                connection.execute(insert(interventions), rows.intervention_row(stopped, asked))
            return status(connection, name)

    def reopen(self, name: str, at: datetime) -> None:
        """Put a tuning job that has ended or is about to back in progress.

        The completion criteria of one that has ended are measured anew from here, as it would end again at once.
        """
        named = {"job": rows.key(name)}
        touch = update(tuning_jobs).where(JOB).values(revision=tuning_jobs.c.revision + 1)
        with self._engine.begin() as connection:
            row = connection.execute(touch.returning(*tuning_jobs.c), named).first()
            if row is None:
                raise no_job(connection, name)
            values = writing.status_values(TuningStatus.IN_PROGRESS, None, rows.micros(at))
            if row.ended_at is not None:
                values["description"] = rows.with_criteria_since(row.description, _ended(connection, row.id))
            connection.execute(update(tuning_jobs).where(JOB), named | values)

    def set_limits(self, name: str, limits: Limits, at: datetime) -> None:
        """Give a tuning job other limits; one that has ended goes on only after `reopen`."""
        moment = rows.micros(at)
        self._change(
            name, lambda text: {"description": rows.with_limits(text, limits), "modified_at": moment}
        )

    def _change(self, name: str, values: Callable[[str], dict[str, object]]) -> None:
        """Change columns of a tuning job, which its description may decide."""
        named = {"job": rows.key(name)}
        with self._engine.begin() as connection:
            touch = update(tuning_jobs).where(JOB).values(revision=tuning_jobs.c.revision + 1)
            text = connection.scalar(touch.returning(tuning_jobs.c.description), named)
            if text is None:
                raise no_job(connection, name)
            connection.execute(update(tuning_jobs).where(JOB), named | values(text))


def _ended(connection: Connection, job: int) -> int:
    """How many trials of a tuning job have ended."""
    ended = select(func.count()).where(trials.c.job_id == job, trials.c.rank.is_not(None))
    return connection.scalar(ended) or 0


def _describe(connection: Connection, job: int, description: str) -> None:
    connection.execute(update(tuning_jobs).where(tuning_jobs.c.id == job).values(description=description))


def _stop_running(connection: Connection, job: int, moment: int) -> None:
    """Ask the open trials of a tuning job to stop, as `Store.ask_to_stop_training_job` does one."""
    stop = {"state": TrialState.STOPPING.value, "reason": STOPPED_BY_USER, "asked_to_stop_at": moment}
    ours = trials.c.job_id == job, trials.c.state.in_(writing.ASKABLE)
    connection.execute(update(trials).where(*ours).values(stop))
