"""Tuning jobs in a list, with the numbers of their trials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    Row,
    Select,
    bindparam,
    func,
    literal,
    select,
    union_all,
)

from tunesmith.core.training_job import Ending
from tunesmith.core.trial import TrialState
from tunesmith.store import rows
from tunesmith.store.records import TuningJobSummary
from tunesmith.store.tables import trials

_SUCCEEDED, _RETRYABLE = "succeeded", "retryable"  # counted beside the states, whose names are others


def _count(what: ColumnElement[str], *conditions: ColumnElement[bool]) -> Select[tuple[int, str, int]]:
    ours = trials.c.job_id.in_(bindparam("ids", expanding=True)), *conditions
    grouped = (trials.c.job_id, what) if isinstance(what, Column) else (trials.c.job_id,)
    return select(trials.c.job_id, what, func.count()).where(*ours).group_by(*grouped)


# Made once, and each by an index: to make SQL of them takes longer than the database takes.
_state_counts = _count(trials.c.state)
_all_counts = union_all(
    _state_counts,
    _count(literal(_SUCCEEDED), trials.c.loss.is_not(None), trials.c.rank.is_not(None)),
    _count(
        literal(_RETRYABLE),
        trials.c.state == TrialState.FAILED.value,
        trials.c.ending.in_((Ending.LOST.value, Ending.INTERRUPTED.value)),
    ),
)


def summaries(connection: Connection, jobs: Sequence[Row[Any]]) -> list[TuningJobSummary]:
    """Sum up the tuning jobs of these rows; one query, however many they are."""
    counted = {job.id: dict.fromkeys((*TrialState, _SUCCEEDED, _RETRYABLE), 0) for job in jobs}
    for job_id, what, count in _rows(connection, _all_counts, counted):
        counted[job_id][what] = count
    return [
        rows.summary(
            job, {state: counts[state] for state in TrialState}, counts[_SUCCEEDED], counts[_RETRYABLE]
        )
        for job, counts in ((job, counted[job.id]) for job in jobs)
    ]


def state_counts(connection: Connection, ids: Sequence[int]) -> dict[int, dict[TrialState, int]]:
    """How many trials of these tuning jobs are in each state; every job and every state is present."""
    counts = {job_id: dict.fromkeys(TrialState, 0) for job_id in ids}
    for job_id, state, count in _rows(connection, _state_counts, ids):
        counts[job_id][TrialState(state)] = count
    return counts


def _rows(connection: Connection, query: Executable, ids: Iterable[int]) -> Iterator[tuple[Any, Any, Any]]:
    found: Iterable[Any] = connection.execute(query, {"ids": list(ids)})
    yield from found
