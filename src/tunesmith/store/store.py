"""The store: the facts of all tuning jobs, in one SQL database."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import MappingProxyType, TracebackType
from typing import Any, Self

from sqlalchemy import and_, delete, exists, false, func, insert, not_, or_, select, update
from sqlalchemy.exc import IntegrityError

from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob, TuningStatus
from tunesmith.store import lists, rows, tagging, writing
from tunesmith.store.claim import claims_of
from tunesmith.store.controls import ControlQueries
from tunesmith.store.engine import connectable, parse
from tunesmith.store.errors import NameTaken, NotFound
from tunesmith.store.listing import Listing, Page
from tunesmith.store.live import LiveQueries
from tunesmith.store.lookups import (
    JOB,
    TRAINING,
    Place,
    job_id,
    job_row,
    no_job,
    no_trial,
    place,
    status,
    training_row,
    with_tuning_jobs,
)
from tunesmith.store.records import (
    STOPPED_BY_USER,
    Change,
    MetricPoint,
    TrainingJobRecord,
    TrialRecord,
    TuningJobRecord,
    TuningJobSummary,
)
from tunesmith.store.schema import prepare
from tunesmith.store.summaries import state_counts, summaries
from tunesmith.store.tables import metrics, trials, tuning_jobs
from tunesmith.store.tagging import Tagged

_NO_TAGS: Mapping[str, str] = MappingProxyType({})
_AT_WORK = [state.value for state in TrialState if not state.is_final and state is not TrialState.PAUSED]


class Store(ControlQueries, LiveQueries):
    """Everything known of all tuning jobs, in an SQLite file, in memory, or on a PostgreSQL server.

    `url` is `sqlite:///FILE`, `sqlite://` (in memory, gone with the store) or `postgresql://HOST/DATABASE`; the
    database is created or migrated as needed. Raises StoreError if that fails. A job is found by its name in upper or
    lower case; NotFound is raised if there is none. A store may be used by several threads, and its
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
        self._claims = claims_of(self._engine.url)
        self._identities: dict[str, writing.Identity] = {}
        self._upsert = writing.upsert(self._engine.dialect.name)
        self._touch = writing.Touch(self._engine.dialect)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; what was in memory is gone."""
        self._engine.dispose()

    @property
    def url(self) -> str:
        """What opens this store in another process; it may hold a password, so it is not to be shown."""
        return self._engine.url.render_as_string(hide_password=False)

    def mentioned(self, pattern: re.Pattern[str]) -> set[str]:
        """What a pattern finds in all that is known of the settings of tuning jobs, those that are alone too.

        Tuning jobs that were deleted after their end are left out.
        """
        is_there = or_(tuning_jobs.c.former_name.is_(None), tuning_jobs.c.ended_at.is_(None))
        texts = select(tuning_jobs.c.description, tuning_jobs.c.request).where(is_there)
        with self._engine.connect() as connection:
            found = connection.execution_options(yield_per=100).execute(texts)
            return {each for row in found for text in row if text for each in pattern.findall(text)}

    # Tuning jobs

    def create_tuning_job(
        self,
        job: TuningJob,
        *,
        request: Mapping[str, Any] | None = None,
        token: str | None = None,
        tags: Mapping[str, str] = _NO_TAGS,
        trials: Sequence[TrialRecord] = (),
    ) -> None:
        """Add a tuning job that is in progress, and its first trials.

        The tags are the tuning job's, and its trials get them, too; of one that is alone, only its trials get
        them. Raises NameTaken, whatever became of the job of that name.
        """
        row = rows.job_row(job, TuningStatus.IN_PROGRESS, request, token)
        try:
            with self._engine.begin() as connection:
                created = connection.execute(
                    insert(tuning_jobs).returning(tuning_jobs.c.id), row
                ).scalar_one()
                identity = writing.Identity(created, rows.key(job.name), job.objective)
                if trials:
                    writing.write_trials(connection, identity, trials, self._upsert)
                for number in ([] if job.alone else [tagging.OWN]) + [trial.number for trial in trials]:
                    tagging.add(connection, (created, number), tags)
        except IntegrityError:
            with self._engine.connect() as connection:
                raise (writing.name_taken(connection, trials) or NameTaken(job.name)) from None

    def tuning_job(self, name: str) -> TuningJobRecord:
        """The tuning job of that name."""
        with self._engine.connect() as connection:
            return rows.job_record(job_row(connection, name))

    def tuning_jobs(self) -> list[TuningJobRecord]:
        """All tuning jobs, the newest first; those that are alone or forgotten are left out."""
        with self._engine.connect() as connection:
            newest = select(tuning_jobs).where(tuning_jobs.c.listed).order_by(tuning_jobs.c.id.desc())
            return [rows.job_record(row) for row in connection.execute(newest)]

    def list_tuning_jobs(self, listing: Listing) -> Page[TuningJobSummary]:
        """A page of the tuning jobs, of which those that are alone or forgotten are left out.

        Raises ValueError for an order that tuning jobs do not have, or for `after` from another list.
        """
        with self._engine.connect() as connection:
            page, cursor = lists.tuning_jobs_page(connection, listing)
            return Page(summaries(connection, page), cursor)

    def summary(self, name: str) -> TuningJobSummary:
        """The tuning job of that name as in a list."""
        with self._engine.connect() as connection:
            return summaries(connection, [job_row(connection, name)])[0]

    def open_jobs(self) -> list[str]:
        """The names of all tuning jobs that have not ended, those that are alone too, the oldest first.

        Those that are paused are left out once none of their training jobs runs, as there is nothing to do.
        """
        is_open = exists().where(trials.c.job_id == tuning_jobs.c.id, trials.c.state.in_(_AT_WORK))
        can_rest = (
            tuning_jobs.c.status == TuningStatus.IN_PROGRESS.value,
            tuning_jobs.c.paused_at.is_not(None),
        )
        with self._engine.connect() as connection:
            oldest = select(tuning_jobs.c.name).where(tuning_jobs.c.ended_at.is_(None))
            oldest = oldest.where(or_(not_(and_(*can_rest)), is_open))
            return list(connection.scalars(oldest.order_by(tuning_jobs.c.id)))

    def count_open(self) -> int:
        """How many tuning jobs have not ended; those that are alone do not count."""
        with self._engine.connect() as connection:
            is_open = tuning_jobs.c.ended_at.is_(None), tuning_jobs.c.listed
            return connection.scalar(select(func.count()).where(*is_open)) or 0

    def status(self, name: str) -> TuningStatus:
        """Where the tuning job is."""
        with self._engine.connect() as connection:
            return status(connection, name)

    def forget_tuning_job(self, name: str) -> None:
        """Take a tuning job out of every list and free its name; its training jobs stay.

        It goes on under an anonymous name, by which their records lead to it. Claim it first, or its controller
        may be writing.
        """
        anonymous = uuid.uuid4().hex
        values = {"key": anonymous, "name": anonymous, "former_name": tuning_jobs.c.name, "listed": false()}
        with self._engine.begin() as connection:
            forget = update(tuning_jobs).where(JOB).values(values).returning(tuning_jobs.c.id)
            forgotten = connection.scalar(forget, {"job": rows.key(name)})
            if forgotten is None:
                raise no_job(connection, name)
            tagging.remove(connection, (forgotten, tagging.OWN))
        self._identities.pop(rows.key(name), None)

    def delete_tuning_job(self, name: str) -> None:
        """Remove a tuning job with its trials and metrics; claim it first, or its controller may be writing."""
        with self._engine.begin() as connection:
            if not connection.execute(delete(tuning_jobs).where(JOB), {"job": rows.key(name)}).rowcount:
                raise no_job(connection, name)
        self._identities.pop(rows.key(name), None)

    def claim(self, name: str) -> AbstractContextManager[None]:
        """Be the one that drives a tuning job while the context lasts; raises Claimed if another does.

        The operating system or the server keeps the claim, so that it ends with the process that has it.
        """
        self._identities.pop(rows.key(name), None)  # the name may have passed to another job since
        with self._engine.connect() as connection:
            found = job_id(connection, name)
        return self._claims(name, found)

    # Training jobs, by their own names

    def training_job(self, name: str) -> TrainingJobRecord:
        """The training job of that name, whichever tuning job it belongs to."""
        with self._engine.connect() as connection:
            return with_tuning_jobs(connection, [training_row(connection, name)])[0]

    def list_training_jobs(self, listing: Listing, tuning_job: str | None = None) -> Page[TrainingJobRecord]:
        """A page of the training jobs of one tuning job, or of all.

        Raises ValueError for an order that the list does not have, or for `after` from another list.
        """
        with self._engine.connect() as connection:
            owner = None if tuning_job is None else job_row(connection, tuning_job)
            page, cursor = lists.training_jobs_page(connection, listing, owner)
            return Page(with_tuning_jobs(connection, page), cursor)

    def ask_to_stop_training_job(self, name: str, at: datetime) -> TrialState:
        """Ask an open training job to stop, and return where it is then; one that has ended stays so.

        A paused one stays as it is until its controller notices.
        """
        moment, asked = rows.micros(at), {"training": rows.key(name)}
        ours = TRAINING, trials.c.state.in_(writing.ASKABLE)
        owner = select(trials.c.job_id).where(*ours).scalar_subquery()
        stop = {"state": TrialState.STOPPING.value, "reason": STOPPED_BY_USER, "asked_to_stop_at": moment}
        with self._engine.begin() as connection:
            connection.execute(
                update(tuning_jobs).where(tuning_jobs.c.id == owner).values(modified_at=moment), asked
            )
            connection.execute(update(trials).where(*ours).values(stop), asked)
            is_paused = TRAINING, trials.c.state == TrialState.PAUSED.value
            connection.execute(update(trials).where(*is_paused).values(asked_to_stop_at=moment), asked)
            return TrialState(training_row(connection, name).state)

    def forget_training_job(self, name: str) -> None:
        """Take a training job out of every list and free its name.

        One that is alone is removed. Any other stays a trial of its tuning job, which has learnt from it.
        """
        with self._engine.connect() as connection:
            job, number = place(connection, name)
        ours = trials.c.job_id == job, trials.c.number == number
        is_alone = tuning_jobs.c.id == job, ~tuning_jobs.c.listed, tuning_jobs.c.former_name.is_(None)
        with self._engine.begin() as connection:
            if not connection.execute(delete(tuning_jobs).where(*is_alone)).rowcount:
                connection.execute(update(trials).where(*ours).values(key=None))
                tagging.remove(connection, (job, number))

    # Tags

    def tags(self, tagged: Tagged) -> dict[str, str]:
        """The tags of a job, by the alphabet."""
        with self._engine.connect() as connection:
            return tagging.read(connection, tagging.resolve(connection, tagged))

    def set_tags(self, tagged: Tagged, tags: Mapping[str, str]) -> dict[str, str]:
        """Add tags to a job, replacing those of the same names; all that it has then."""
        where = self._place(tagged)
        try:
            with self._engine.begin() as connection:
                tagging.remove(connection, where, tags)
                tagging.add(connection, where, tags)
                return tagging.read(connection, where)
        except IntegrityError:
            msg = f"cannot tag the {tagged[0]} job {tagged[1]!r}: it was deleted"
            raise NotFound(msg) from None

    def remove_tags(self, tagged: Tagged, names: Iterable[str]) -> None:
        """Remove the tags of these names from a job; those that it does not have do no harm."""
        where = self._place(tagged)
        with self._engine.begin() as connection:
            tagging.remove(connection, where, names)

    # Trials and metrics

    def trials(self, name: str, state: TrialState | None = None) -> list[TrialRecord]:
        """The trials of a tuning job, or those in one state, by number."""
        with self._engine.connect() as connection:
            found = select(trials).where(trials.c.job_id == job_id(connection, name))
            if state is not None:
                found = found.where(trials.c.state == state.value)
            return [rows.trial_record(r) for r in connection.execute(found.order_by(trials.c.number))]

    def trial(self, name: str, number: int) -> TrialRecord:
        """One trial of a tuning job; raises NotFound."""
        with self._engine.connect() as connection:
            job = job_id(connection, name)
            found = select(trials).where(trials.c.job_id == job, trials.c.number == number)
            row = connection.execute(found).first()
            if row is None:
                raise no_trial(connection, name, job, number)
            return rows.trial_record(row)

    def counts(self, name: str) -> dict[TrialState, int]:
        """How many trials of a tuning job are in each state."""
        with self._engine.connect() as connection:
            job = job_id(connection, name)
            return state_counts(connection, [job])[job]

    def best_trial(self, name: str) -> TrialRecord | None:
        """The best of the trials whose values count (`TrialRecord.counts`), of equals the one that ended first."""
        with self._engine.connect() as connection:
            scored = trials.c.job_id == job_id(connection, name), trials.c.loss.is_not(None)
            first = select(trials).where(*scored).order_by(trials.c.loss, trials.c.rank).limit(1)
            row = connection.execute(first).first()
        return None if row is None else rows.trial_record(row)

    def metric_points(
        self, name: str, trial: int | None = None, metric: str | None = None
    ) -> list[MetricPoint]:
        """The emissions of a tuning job, or those of one trial or metric, in the order of writing."""
        with self._engine.connect() as connection:
            found = select(metrics).where(metrics.c.job_id == job_id(connection, name))
            if trial is not None:
                found = found.where(metrics.c.trial == trial)
            if metric is not None:
                found = found.where(metrics.c.metric == rows.clean(metric))
            return [rows.metric_point(row) for row in connection.execute(found.order_by(metrics.c.id))]

    def latest_metrics(self, name: str, trial: int) -> list[MetricPoint]:
        """The last emission of each metric of a trial, in the order of writing."""
        with self._engine.connect() as connection:
            ours = metrics.c.job_id == job_id(connection, name), metrics.c.trial == trial
            last = select(func.max(metrics.c.id)).where(*ours).group_by(metrics.c.metric)
            found = select(metrics).where(metrics.c.id.in_(last)).order_by(metrics.c.id)
            return [rows.metric_point(row) for row in connection.execute(found)]

    def record(self, name: str, change: Change) -> None:
        """Write what a tick has seen or decided, all of it or nothing.

        Raises NotFound if the tuning job, or the trial of a metric, is not there, NameTaken if a new trial has the
        name of another training job, ValueError for a value that is not finite, and Outdated for a change that was
        decided by a revision that is over.
        """
        job = self._identity(name)
        try:
            with self._engine.begin() as connection:
                is_there = writing.write(connection, job, change, self._touch, self._upsert)
        except IntegrityError:
            with self._engine.connect() as connection:
                taken = writing.name_taken(connection, change.trials, job.id)
            if taken is not None:
                raise taken from None
            is_there = False
        if not is_there:
            self._identities.pop(job.key, None)
            msg = f"cannot record in {name!r}: it was deleted, or a metric's trial was never recorded"
            raise NotFound(msg)

    def _identity(self, name: str) -> writing.Identity:
        key = rows.key(name)
        identity = self._identities.get(key)
        if identity is None:
            with self._engine.connect() as connection:
                row = job_row(connection, name)
            identity = writing.Identity(row.id, key, rows.job_record(row).job.objective)
            self._identities[key] = identity
        return identity

    def _place(self, tagged: Tagged) -> Place:
        """Find a job in a transaction that ends before one that writes begins."""
        with self._engine.connect() as connection:
            return tagging.resolve(connection, tagged)
