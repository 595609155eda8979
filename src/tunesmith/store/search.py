"""Queries on many jobs at once: so many however many the jobs are, where asking for each alone would take one each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine, bindparam, func, or_, select

from tunesmith.store import rows
from tunesmith.store.lookups import job_row, no_job
from tunesmith.store.records import MetricPoint, TrialRecord, TuningJobRecord, TuningJobSummary
from tunesmith.store.summaries import summaries
from tunesmith.store.tables import metrics, tags, trials, tuning_jobs
from tunesmith.store.tagging import OWN

# Made once: to make SQL of a query takes longer than most of them take.
_JOBS = tuning_jobs.c.key.in_(bindparam("keys", expanding=True))
_TRAINING_JOBS = trials.c.key.in_(bindparam("keys", expanding=True))

_records = select(tuning_jobs).where(_JOBS)

_other = trials.alias()
_first = (
    select(_other.c.number)
    .where(_other.c.job_id == tuning_jobs.c.id, _other.c.loss.is_not(None))
    .order_by(_other.c.loss, _other.c.rank)
    .limit(1)
    .correlate(tuning_jobs)
    .scalar_subquery()
)
_best = (
    select(trials, tuning_jobs.c.key.label("job_key"))
    .join_from(tuning_jobs, trials, (trials.c.job_id == tuning_jobs.c.id) & (trials.c.number == _first))
    .where(_JOBS)
)

_tags = {
    "tuning": select(tuning_jobs.c.key, tags.c.tag, tags.c.value)
    .join_from(tuning_jobs, tags, (tags.c.job_id == tuning_jobs.c.id) & (tags.c.trial == OWN))
    .where(_JOBS),
    "training": select(trials.c.key, tags.c.tag, tags.c.value)
    .join_from(trials, tags, (tags.c.job_id == trials.c.job_id) & (tags.c.trial == trials.c.number))
    .where(_TRAINING_JOBS),
}

_emitted = (metrics.c.job_id == trials.c.job_id) & (metrics.c.trial == trials.c.number)
_last = select(func.max(metrics.c.id)).join_from(trials, metrics, _emitted).where(_TRAINING_JOBS)
_of_each = _last.group_by(metrics.c.job_id, metrics.c.trial, metrics.c.metric)
_of_one = _last.where(metrics.c.metric == bindparam("metric")).group_by(metrics.c.job_id, metrics.c.trial)
_of_metrics, _of_metric = (
    select(trials.c.key, metrics)
    .join_from(metrics, trials, _emitted)
    .where(metrics.c.id.in_(last))
    .order_by(metrics.c.id)
    for last in (_of_each, _of_one)
)


@dataclass(frozen=True)
class Overview:
    """A tuning job with all that is told of it at once."""

    summary: TuningJobSummary
    record: TuningJobRecord
    best: TrialRecord | None


class SearchQueries:
    """The part of a store that is asked about many jobs at a time.

    Names may be in upper or lower case; the answers are by name in lower case, without those that are not there.
    """

    _engine: Engine

    def overview(self, name: str) -> Overview:
        """All of the tuning job of a name, as it was at one moment; raises NotFound."""
        with self._engine.connect() as connection:
            row = job_row(connection, name)
            best = connection.execute(_best, {"keys": [row.key]}).first()
            return Overview(
                summaries(connection, [row])[0],
                rows.job_record(row),
                None if best is None else rows.trial_record(best),
            )

    def records_of(self, names: Iterable[str]) -> dict[str, TuningJobRecord]:
        """The tuning jobs of these names."""
        with self._engine.connect() as connection:
            found = connection.execute(_records, _keys(names))
            return {row.key: rows.job_record(row) for row in found}

    def known_then(self, name: str, at: datetime) -> tuple[TuningJobRecord, list[TrialRecord]]:
        """The tuning job that had this name at a moment, and its trials that had ended, in the order of ending.

        The answer for a moment in the past is always the same: later trials do not count, and it does not matter
        whether the job was forgotten since or another has its name now. Raises NotFound if there was none.
        """
        named = or_(
            tuning_jobs.c.key == rows.key(name), func.lower(tuning_jobs.c.former_name) == rows.key(name)
        )
        created = tuning_jobs.c.created_at <= rows.micros(at)
        with self._engine.connect() as connection:
            row = connection.execute(
                select(tuning_jobs).where(named, created).order_by(tuning_jobs.c.id.desc()).limit(1)
            ).first()
            if row is None:
                raise no_job(connection, name)
            ended = trials.c.job_id == row.id, trials.c.ended_at <= rows.micros(at)
            found = connection.execute(select(trials).where(*ended).order_by(trials.c.rank))
            return rows.job_record(row), [rows.trial_record(each) for each in found]

    def best_of(self, names: Iterable[str]) -> dict[str, TrialRecord]:
        """The best trials of the tuning jobs of these names, as `Store.best_trial` has them."""
        with self._engine.connect() as connection:
            return {row.job_key: rows.trial_record(row) for row in connection.execute(_best, _keys(names))}

    def tags_of(self, kind: Literal["tuning", "training"], names: Iterable[str]) -> dict[str, dict[str, str]]:
        """The tags of the jobs of these names that have any."""
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        with self._engine.connect() as connection:
            for row in connection.execute(_tags[kind], _keys(names)):
                found[row.key][row.tag] = row.value
        return dict(found)

    def latest_metrics_of(
        self, names: Iterable[str], metric: str | None = None
    ) -> dict[str, list[MetricPoint]]:
        """The last emission of one metric or of each by the training jobs of these names, in the order of writing."""
        query = _of_metrics if metric is None else _of_metric
        given = _keys(names) if metric is None else {**_keys(names), "metric": rows.clean(metric)}
        found: defaultdict[str, list[MetricPoint]] = defaultdict(list)
        with self._engine.connect() as connection:
            for row in connection.execute(query, given):
                found[row.key].append(rows.metric_point(row))
        return dict(found)


def _keys(names: Iterable[str]) -> dict[str, object]:
    return {"keys": [rows.key(name) for name in names]}
