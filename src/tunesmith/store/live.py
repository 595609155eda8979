"""Queries for those who watch: what has changed since they last looked, and the course of many jobs at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, and_, bindparam, func, or_, select, true

from tunesmith.core.objective import Objective
from tunesmith.core.training_job import Resources
from tunesmith.core.trial import TrialState
from tunesmith.store import rows
from tunesmith.store.glances import GlanceQueries
from tunesmith.store.listing import Listing, Page
from tunesmith.store.lookups import job_id, with_tuning_jobs
from tunesmith.store.records import MetricPoint, TrainingJobRecord, TrialRecord
from tunesmith.store.tables import metrics, trials, tuning_jobs

_ON_SLOTS = (TrialState.RUNNING.value, TrialState.PAUSING.value, TrialState.STOPPING.value)
_KEYS = tuning_jobs.c.key.in_(bindparam("keys", expanding=True))

# Made once: to make SQL of a query takes longer than most of them take.
_pulse = select(tuning_jobs.c.key, tuning_jobs.c.modified_at).where(tuning_jobs.c.ended_at.is_(None))
_newest = select(func.max(tuning_jobs.c.id))
_occupied = (
    select(tuning_jobs.c.id, trials.c.definition, func.count().label("running"))
    .join_from(tuning_jobs, trials, trials.c.job_id == tuning_jobs.c.id)
    .where(tuning_jobs.c.ended_at.is_(None), trials.c.state.in_(_ON_SLOTS))
    .group_by(tuning_jobs.c.id, trials.c.definition)
)
_earlier = func.min(trials.c.loss).over(partition_by=trials.c.job_id, order_by=trials.c.rank, rows=(None, -1))
_scored = (
    select(tuning_jobs.c.key, trials.c.rank, trials.c.loss, _earlier.label("earlier"))
    .join_from(tuning_jobs, trials, trials.c.job_id == tuning_jobs.c.id)
    .where(_KEYS, trials.c.loss.is_not(None), trials.c.rank.is_not(None))
    .subquery()
)
_improvements = (
    select(_scored.c.key, _scored.c.rank, _scored.c.loss)
    .where(or_(_scored.c.earlier.is_(None), _scored.c.loss < _scored.c.earlier))
    .order_by(_scored.c.key, _scored.c.rank)
)
_spent = (
    select(
        tuning_jobs.c.key,
        func.coalesce(func.sum(trials.c.ended_at - trials.c.started_at), 0).label("ended"),
        func.count().filter(trials.c.ended_at.is_(None)).label("running"),
        func.coalesce(func.sum(trials.c.started_at).filter(trials.c.ended_at.is_(None)), 0).label("starts"),
        func.max(trials.c.rank).label("last"),
    )
    .join_from(tuning_jobs, trials, trials.c.job_id == tuning_jobs.c.id)
    .where(_KEYS, trials.c.started_at.is_not(None))
    .group_by(tuning_jobs.c.key)
)
_jobs = select(tuning_jobs).where(_KEYS)


@dataclass(frozen=True)
class Pulse:
    """What tells one state of the store from another, for whoever watches all jobs."""

    newest: int = 0  # grows with every tuning job that is created
    open: Mapping[str, int] = field(default_factory=dict)  # when each changed last; by name in lower case

    def changed_since(self, earlier: Pulse) -> frozenset[str]:
        """The jobs that were changed, opened or ended after an earlier pulse."""
        moved = {name for name, at in self.open.items() if earlier.open.get(name) != at}
        return frozenset(moved | (earlier.open.keys() - self.open.keys()))


@dataclass(frozen=True)
class Occupation:
    """Training jobs that run at this moment, all alike."""

    resources: Resources  # of each
    count: int


@dataclass(frozen=True, kw_only=True)
class Course:
    """How far a tuning job has come."""

    objective: Objective
    improvements: tuple[
        tuple[int, float], ...
    ] = ()  # at which ended trial (1, 2, ...) the best became which value
    ended: int = 0  # trials that have ended, at the least
    seconds: float = 0.0  # that training jobs have run in all, those that still run until now


class LiveQueries(GlanceQueries):
    """The part of a store that is asked again and again by those who watch it."""

    _engine: Engine

    def pulse(self) -> Pulse:
        """Where everything is; two pulses tell what happened between them. Costs next to nothing."""
        with self._engine.connect() as connection:
            newest = connection.scalar(_newest) or 0
            return Pulse(newest, {row.key: row.modified_at for row in connection.execute(_pulse)})

    def occupations(self) -> list[Occupation]:
        """What the training jobs that run now occupy, those that are alone included."""
        with self._engine.connect() as connection:
            found = connection.execute(_occupied).all()
            owners = select(tuning_jobs).where(tuning_jobs.c.id.in_({row.id for row in found}))
            jobs = {row.id: rows.job_record(row).job for row in connection.execute(owners)}
        parts = [(jobs[row.id].parts.get(row.definition, jobs[row.id]), row.running) for row in found]
        return [Occupation(part.resources, count) for part, count in parts]

    def courses(self, names: Iterable[str], now: datetime) -> dict[str, Course]:
        """How far the tuning jobs of these names have come; by name in lower case, without those not there."""
        keys = {"keys": [rows.key(name) for name in names]}
        better: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        with self._engine.connect() as connection:
            objectives = {
                row.key: rows.job_record(row).job.objective for row in connection.execute(_jobs, keys)
            }
            for name, rank, loss in connection.execute(_improvements, keys):
                better[name].append((rank, objectives[name].value(loss)))
            spent = {row.key: row for row in connection.execute(_spent, keys)}
        return {
            name: Course(
                objective=objective,
                improvements=tuple(better[name]),
                ended=0 if name not in spent else spent[name].last or 0,
                seconds=0.0 if name not in spent else _seconds(spent[name], rows.micros(now)),
            )
            for name, objective in objectives.items()
        }

    def trials_after(self, name: str, last: int, unended: Collection[int]) -> list[TrialRecord]:
        """The trials of a tuning job that may have changed for one who knows those up to number `last`.

        Args:
            name: The tuning job.
            last: The largest number that was seen.
            unended: The numbers of those that had not ended then; no other can have changed.
        """
        with self._engine.connect() as connection:
            ours = trials.c.job_id == job_id(connection, name)
            new = or_(trials.c.number > last, trials.c.number.in_(unended))
            found = connection.execute(select(trials).where(ours, new).order_by(trials.c.number))
            return [rows.trial_record(row) for row in found]

    def metric_points_after(
        self, name: str, cursor: int = 0, metric: str | None = None, trial: int | None = None
    ) -> tuple[list[MetricPoint], int]:
        """The emissions that were written after a cursor, and the cursor after them; 0 stands before all."""
        with self._engine.connect() as connection:
            wanted = [metrics.c.job_id == job_id(connection, name), metrics.c.id > cursor]
            if metric is not None:
                wanted.append(metrics.c.metric == rows.clean(metric))
            if trial is not None:
                wanted.append(metrics.c.trial == trial)
            found = connection.execute(select(metrics).where(*wanted).order_by(metrics.c.id)).all()
        return [rows.metric_point(row) for row in found], found[-1].id if found else cursor

    def lone_training_jobs(self, listing: Listing) -> Page[TrainingJobRecord]:
        """A page of the training jobs that belong to no tuning job, in the order of creation.

        Of the listing count `descending`, `contains`, `status` (states), `limit` and `after`.
        """
        alone = tuning_jobs.c.listed.is_not(true()), tuning_jobs.c.former_name.is_(None)
        found = select(trials).join_from(
            tuning_jobs, trials, and_(trials.c.job_id == tuning_jobs.c.id, trials.c.number == 1)
        )
        found = found.where(*alone, trials.c.key.is_not(None))
        if listing.contains is not None:
            found = found.where(trials.c.key.contains(rows.key(listing.contains), autoescape=True))
        if listing.status is not None:
            found = found.where(trials.c.state.in_(sorted(map(str, listing.status))))
        place = tuning_jobs.c.id
        if listing.after is not None:
            bound = int(listing.after[0])
            found = found.where(place < bound if listing.descending else place > bound)
        order = place.desc() if listing.descending else place.asc()
        with self._engine.connect() as connection:
            page = connection.execute(found.order_by(order).limit(listing.limit + 1)).all()
            shown = page[: listing.limit]
            after = (shown[-1].job_id,) if len(page) > len(shown) > 0 else None
            return Page(with_tuning_jobs(connection, shown), after)


def _seconds(row: object, now: int) -> float:
    """The microseconds of ended runs, and those that open ones have run until now, in seconds."""
    ended, running, starts = (int(getattr(row, name)) for name in ("ended", "running", "starts"))
    return max(0, ended + running * now - starts) / 1e6
