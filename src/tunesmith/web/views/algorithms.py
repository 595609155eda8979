"""Several algorithms at equal spend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tunesmith.web.views.board import Board

MOST = 500
"""Points of a line."""


@dataclass(frozen=True)
class AlgorithmCourse:
    """The best value of an algorithm by what it has used: training jobs that ended, or their run time in seconds."""

    name: str
    by_jobs: tuple[tuple[float, float], ...]
    by_seconds: tuple[tuple[float, float], ...]


def algorithm_courses(board: Board) -> tuple[AlgorithmCourse, ...]:
    """The course of each algorithm; none if there is but one."""
    if not board.job.definitions:
        return ()
    with board.lock:
        return tuple(_course(board, code, str(name)) for code, name in enumerate(board.definitions))


def _course(board: Board, code: int, name: str) -> AlgorithmCourse:
    rank = board.floats("rank")
    rows = np.flatnonzero((board.definition == code) & np.isfinite(rank))
    rows = rows[np.argsort(rank[rows])]
    loss = board.floats("loss")[rows]
    spent = np.nancumsum(np.maximum(board.floats("ended")[rows] - board.floats("started")[rows], 0.0)) / 1000
    best = np.fmin.accumulate(loss) if len(loss) else loss
    value = best * board.job.objective.loss(1.0)
    kept = np.flatnonzero(np.isfinite(best))
    changes = kept[np.concatenate([[True], np.diff(best[kept]) < 0])] if len(kept) else kept
    shown = np.unique(np.concatenate([changes[-MOST:], kept[-1:]]))
    return AlgorithmCourse(
        name,
        tuple(zip((shown + 1.0).tolist(), value[shown].tolist(), strict=True)),
        tuple(zip(spent[shown].tolist(), value[shown].tolist(), strict=True)),
    )
