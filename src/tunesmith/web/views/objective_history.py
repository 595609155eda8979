"""The objective of every training job, and the best so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np

from tunesmith.core.trial import TrialState
from tunesmith.web.views.board import STATES, Board, Floats, Rows

MOST = 2000
"""Points of a picture; more are thinned, and no improvement is left out."""

Point: TypeAlias = tuple[float, float]

_FAR = 5.0  # typical distances from the best: what is farther off is an outlier


class Kind(StrEnum):
    """How a training job is drawn."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    PAUSED = "paused"
    OPEN = "open"

    @property
    def may_change(self) -> bool:
        """Whether it is one of a training job that has not ended."""
        return self in (Kind.PAUSED, Kind.OPEN)


_KINDS = {
    TrialState.COMPLETED: Kind.COMPLETED,
    TrialState.STOPPED: Kind.STOPPED,
    TrialState.FAILED: Kind.FAILED,
    TrialState.PAUSED: Kind.PAUSED,
}


def kind_of(state: TrialState) -> Kind:
    """How a training job in a state is drawn."""
    return _KINDS.get(state, Kind.OPEN)


_OF_STATE = np.array([list(Kind).index(kind_of(state)) for state in STATES])


@dataclass(frozen=True)
class ObjectiveHistory:
    """Training jobs as points: number and value. Failed ones have none, and are at 0."""

    points: Mapping[Kind, list[Point]]
    best: list[Point]  # where it became better, and where it is now
    typical: tuple[float, float] | None  # between which values almost all are, if a few are far off
    beyond: int  # how many are
    total: int
    is_positive: bool  # whether all values are, so that a logarithm can be taken


def objective_history(board: Board, since: int = -1) -> ObjectiveHistory:
    """The whole history; or with `since`, a serial, of the ended ones those that have changed after it."""
    with board.lock:
        value, kinds = board.floats("value"), kinds_of(board)
        rows = drawn_rows(board) if since < 0 else board.since(since)
        drawn = np.union1d(rows, np.flatnonzero(~board.is_final))
        typical = typical_range(board)
        known = value[np.isfinite(value)]
        outside = np.zeros(0) if typical is None else known[(known < typical[0]) | (known > typical[1])]
        points = {kind: _points(board, drawn[kinds[drawn] == code], kind) for code, kind in enumerate(Kind)}
        is_positive = bool(len(known)) and bool((known > 0).all())
        return ObjectiveHistory(points, best_so_far(board), typical, len(outside), board.count, is_positive)


def drawn_rows(board: Board) -> Rows:
    """At most about `MOST` rows that look like all of them: the extremes of each stretch, and every improvement."""
    everything = np.arange(board.count)
    if board.count <= MOST:
        return everything
    loss = board.floats("loss")
    kept = [board.rows_of(int(number) for number, _ in best_so_far(board))]
    for stretch in np.array_split(everything, MOST // 4):
        kept += _extremes(stretch, loss[stretch], kinds_of(board)[stretch])
    return np.unique(np.concatenate(kept))


def kinds_of(board: Board) -> Rows:
    """The place of each trial's kind in `Kind`."""
    return np.asarray(_OF_STATE[board.state])


def best_so_far(board: Board) -> list[Point]:
    """Where, by number, the best value became better, and where it is now."""
    loss, number = board.floats("loss"), board.number
    usable = np.flatnonzero(np.isfinite(loss))
    if not len(usable):
        return []
    losses = loss[usable]
    best = np.minimum.accumulate(losses)
    is_better = np.concatenate([[True], best[1:] < best[:-1]])
    value = board.job.objective.value
    points = [(float(number[row]), value(float(loss[row]))) for row in usable[is_better]]
    return [*points, (float(number[-1]), points[-1][1])]


def typical_range(board: Board) -> tuple[float, float] | None:
    """The range of the values without outliers on the bad side; None if there are none."""
    loss = board.floats("loss")
    known = loss[np.isfinite(loss)]
    if len(known) < 8:
        return None
    best, middle, worst = np.quantile(known, [0.0, 0.75, 1.0])
    far = best + _FAR * (middle - best)
    if not best < far < worst:
        return None
    margin = 0.04 * (far - best)
    value = board.job.objective.value
    ends = value(float(best - margin)), value(float(far))
    return min(ends), max(ends)


def _points(board: Board, rows: Rows, kind: Kind) -> list[Point]:
    number = board.number[rows].tolist()
    if kind is Kind.FAILED:
        return [(each, 0.0) for each in number]
    value = board.floats("value")[rows]
    return [(n, v) for n, v in zip(number, value.tolist(), strict=True) if np.isfinite(v)]


def _extremes(rows: Rows, losses: Floats, kinds: Rows) -> list[Rows]:
    """The best, the worst, one between, and one that failed."""
    order = np.argsort(losses)[: int(np.isfinite(losses).sum())]
    failed = np.flatnonzero(kinds == list(Kind).index(Kind.FAILED))[:1]
    return [rows[order[[0, len(order) // 2, -1]]] if len(order) else rows[:0], rows[failed]]
