"""The learning curves of the training jobs of a tuning job."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tunesmith.store.store import Store
from tunesmith.web.views.board import Board, Rows
from tunesmith.web.views.objective_history import Kind, kinds_of, typical_range

CURVES = 1000
"""Curves of a picture: the best, the latest, and others evenly."""

_POINTS = 20_000  # of all curves
_LEAST, _MOST = 12, 80  # of a curve
_AT_A_TIME = 400  # trials in a query


@dataclass(frozen=True)
class LearningCurve:
    """What a training job has reported of the objective, thinned."""

    number: int
    kind: Kind
    points: tuple[tuple[int, float, float], ...]  # report (1, 2, ...), value, seconds since it was started
    reason: str | None  # why it was stopped or failed


@dataclass(frozen=True)
class LearningCurves:
    """Curves, and what they are a part of."""

    curves: tuple[LearningCurve, ...]
    total: int  # training jobs that were started
    typical: tuple[float, float] | None  # as of the history


def learning_curves(store: Store, board: Board, since: int = -1) -> LearningCurves:
    """All curves, or so many of them as can be drawn; or with `since`, a serial, those that have changed after it.

    Of the open trials all are given, as they may have reported something.
    """
    with board.lock:
        rows = (
            _chosen(board) if since < 0 else np.union1d(board.since(since), np.flatnonzero(~board.is_final))
        )
        rows = rows[np.isfinite(board.floats("started")[rows])]
        begun = dict(zip(board.number[rows].tolist(), board.floats("started")[rows].tolist(), strict=True))
        kinds = dict(zip(board.number[rows].tolist(), kinds_of(board)[rows].tolist(), strict=True))
        of_metric = _by_metric(board, rows)
        total = int(np.isfinite(board.floats("started")).sum())
        typical = typical_range(board)
    most = max(_LEAST, min(_MOST, _POINTS // max(1, len(rows))))
    points: dict[int, list[tuple[int, float, float]]] = {number: [] for number in begun}
    for metric, numbers in of_metric:
        for start in range(0, len(numbers), _AT_A_TIME):
            for each in store.curves(board.name, metric, numbers[start : start + _AT_A_TIME], most):
                seconds = max(0.0, (each.at / 1000 - begun[each.trial]) / 1000)
                points[each.trial].append((each.report, each.value, round(seconds, 1)))
    reasons = _reasons(
        store, board, [n for n in begun if list(Kind)[kinds[n]] in {Kind.STOPPED, Kind.FAILED}]
    )
    curves = (
        LearningCurve(number, list(Kind)[kinds[number]], tuple(found), reasons.get(number))
        for number, found in points.items()
        if found
    )
    return LearningCurves(tuple(curves), total, typical)


def _by_metric(board: Board, rows: Rows) -> list[tuple[str, list[int]]]:
    """The numbers of trials by the metric that is their objective."""
    found = []
    for code, name in enumerate(board.definitions):
        own = rows[board.definition[rows] == code]
        found.append((board.job.parts[name].objective.metric, board.number[own].tolist()))
    return found


def _reasons(store: Store, board: Board, numbers: list[int]) -> dict[int, str | None]:
    if not numbers:
        return {}
    return {each.number: each.reason for each in store.trials_after(board.name, 2**31 - 1, numbers)}


def _chosen(board: Board) -> Rows:
    started = np.flatnonzero(np.isfinite(board.floats("started")))
    if len(started) <= CURVES:
        return started
    loss = board.floats("loss")[started]
    quarter = CURVES // 4
    best = started[np.argsort(loss)[:quarter]]
    even = started[np.linspace(0, len(started) - 1, CURVES - 2 * quarter).astype(np.int64)]
    return np.unique(np.concatenate([best, started[-quarter:], even]))
