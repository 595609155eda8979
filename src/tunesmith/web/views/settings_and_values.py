"""The hyperparameters of training jobs beside their values, as many as a picture can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tunesmith.core.objective import Goal
from tunesmith.web.views.axes import Axis, axis_of
from tunesmith.web.views.board import Board, Floats, Rows

MOST = 1000
"""Training jobs of a picture."""


@dataclass(frozen=True)
class Line:
    """A training job: where it crosses each axis, and its value."""

    number: int
    places: tuple[float, ...]
    value: float


@dataclass(frozen=True)
class Lines:
    """Training jobs with a value, and the axes that they cross."""

    axes: tuple[Axis, ...]
    metric: str
    lines: tuple[Line, ...]
    total: int  # with a value
    low: float  # the range of values that is told apart by colours
    high: float
    is_maximized: bool


def lines_of(board: Board, definition: str | None, numbers: Rows | None = None) -> Lines:
    """The training jobs of one algorithm that have a value, or those of them among some numbers."""
    with board.lock:
        part = board.job.parts[definition]
        own = board.definition == board.definitions.index(definition)
        rows = np.flatnonzero(own & np.isfinite(board.floats("loss")))
        if numbers is not None:
            rows = np.intersect1d(rows, board.rows_of(numbers.tolist()))
        shown = _thinned(board, rows)
        values = board.floats("value")[shown]
        columns = [board.setting(name)[shown] for name in part.space.names]
        places = np.column_stack(columns) if len(shown) else np.zeros((0, len(part.space)))
        low, high = _told_apart(board.floats("loss")[shown]) * part.objective.loss(1.0)
        low, high = float(min(low, high)), float(max(low, high))
        lines = tuple(
            Line(number, tuple(row), value)
            for number, row, value in zip(
                board.number[shown].tolist(), places.tolist(), values.tolist(), strict=True
            )
        )
        axes = tuple(axis_of(parameter) for parameter in part.space.parameters)
        is_maximized = part.objective.goal is Goal.MAXIMIZE
        return Lines(axes, part.objective.metric, lines, len(rows), low, high, is_maximized)


def _told_apart(losses: Floats) -> Floats:
    """The range of losses in which colours differ: the worst quarter looks all the same."""
    return np.quantile(losses, [0.0, 0.75]) if len(losses) else np.array([0.0, 1.0])


def _thinned(board: Board, rows: Rows) -> Rows:
    """The best and others evenly, the best last, so that they are drawn on top."""
    loss = board.floats("loss")[rows]
    order = np.argsort(-loss, kind="stable")
    if len(rows) > MOST:
        best = order[-MOST // 4 :]
        others = order[: -MOST // 4]
        order = np.concatenate(
            [others[np.linspace(0, len(others) - 1, MOST * 3 // 4).astype(np.int64)], best]
        )
    return np.asarray(rows[order])
