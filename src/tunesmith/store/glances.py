"""Queries for pictures of a whole tuning job, however many training jobs it has: narrow rows, thinned by the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import NamedTuple

from sqlalchemy import Engine, func, or_, select

from tunesmith.core.space import Config
from tunesmith.core.trial import TrialState
from tunesmith.store import rows
from tunesmith.store.lookups import job_id
from tunesmith.store.tables import metrics, trials

_CHUNK = 1000


class Glance(NamedTuple):
    """What a picture shows of a trial. Moments are microseconds since 1970."""

    number: int
    state: TrialState
    value: float | None
    counts: bool  # whether the value is one to choose by
    rank: int | None
    created: int
    started: int | None
    ended: int | None
    definition: str | None
    config: Config


class CurvePoint(NamedTuple):
    """A report of a metric by a trial."""

    trial: int
    report: int  # 1, 2, ... of this trial and metric
    value: float
    at: int  # microseconds since 1970


class GlanceQueries:
    """The part of a store that draws pictures."""

    _engine: Engine

    def glances(self, name: str, last: int = 0, unended: Collection[int] = ()) -> Iterator[Glance]:
        """The trials as `LiveQueries.trials_after` has them, read as they are asked for."""
        c = trials.c
        columns = c.number, c.state, c.value, c.loss, c.rank, c.created_at, c.started_at, c.ended_at
        with self._engine.connect() as connection:
            ours = c.job_id == job_id(connection, name)
            new = or_(c.number > last, c.number.in_(unended)) if unended else c.number > last
            found = select(*columns, c.definition, c.config).where(ours, new).order_by(c.number)
            result = connection.execution_options(yield_per=_CHUNK).execute(found)
            states = {state.value: state for state in TrialState}
            for number, state, value, loss, rank, created, started, ended, definition, config in result:
                counts = loss is not None and rank is not None
                moments = created, started, ended
                yield Glance(
                    number, states[state], value, counts, rank, *moments, definition, json.loads(config)
                )

    def numbers_with(self, name: str, text: str) -> list[int]:
        """The numbers of the trials of which the training job's name, or the reason why it ended, contains a text."""
        with self._engine.connect() as connection:
            ours = trials.c.job_id == job_id(connection, name)
            sought = text.strip().lower()
            names = func.lower(trials.c.name).contains(sought, autoescape=True)
            reasons = func.lower(func.coalesce(trials.c.reason, "")).contains(sought, autoescape=True)
            found = select(trials.c.number).where(ours, or_(names, reasons))
            return list(connection.scalars(found.order_by(trials.c.number)))

    def curves(self, name: str, metric: str, numbers: Collection[int], most: int) -> list[CurvePoint]:
        """What some trials have reported of a metric: of each at most about so many reports, the first and the last too.

        Args:
            name: The tuning job.
            metric: The metric.
            numbers: The trials.
            most: Reports of a trial; more are thinned evenly.

        Returns:
            By trial, in the order of reporting.
        """
        with self._engine.connect() as connection:
            ours = metrics.c.job_id == job_id(connection, name), metrics.c.trial.in_(numbers)
            place = func.row_number().over(partition_by=metrics.c.trial, order_by=metrics.c.id)
            total = func.count().over(partition_by=metrics.c.trial)
            numbered = (
                select(
                    metrics.c.trial,
                    place.label("report"),
                    total.label("total"),
                    metrics.c.value,
                    metrics.c.at,
                )
                .where(*ours, metrics.c.metric == rows.clean(metric))
                .subquery()
            )
            c = numbered.c
            stride = 1 + (c.total - 1) // most
            kept = or_((c.report - 1) % stride == 0, c.report == c.total)
            found = select(c.trial, c.report, c.value, c.at).where(kept)
            return [CurvePoint(*row) for row in connection.execute(found.order_by(c.trial, c.report))]
