"""The best configuration beside what the search began with, and the one to use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tunesmith.analysis.words import percent
from tunesmith.core.objective import Objective
from tunesmith.core.space import Config, Value
from tunesmith.web.views import words
from tunesmith.web.views.board import Board
from tunesmith.web.views.lesson import Sureness


@dataclass(frozen=True)
class Column:
    """A configuration and what it gave."""

    title: str
    number: int
    value: str
    interval: str  # between which values it lies without noise; empty if that is not known
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Beside:
    """Configurations beside each other."""

    metric: str
    names: tuple[str, ...]  # of the hyperparameters
    columns: tuple[Column, ...]
    sentence: str


def best_row(board: Board, definition: str | None = None) -> int | None:
    """The row with the best value, of one definition if there are several."""
    loss = board.floats("loss")
    if definition is not None:
        loss = np.where(board.definition == board.definitions.index(definition), loss, np.nan)
    return int(np.nanargmin(loss)) if np.isfinite(loss).any() else None


def beside(board: Board, sureness: Sureness | None) -> Beside | None:
    """The best configuration, the recommended one if it is known, and the first; None while none has a value."""
    with board.lock:
        best = best_row(board)
        if best is None:
            return None
        rows = [("Best", best, "")]
        if sureness is not None:
            own = board.rows_of([sureness.number])
            interval = (
                f"{words.number(sureness.value.low)} to {words.number(sureness.value.high)}"
                if sureness.value is not None
                else ""
            )
            if len(own) and own[0] != best:
                rows.append(("Recommended", int(own[0]), interval))
            else:
                rows[0] = ("Best, and recommended", best, interval)
        if best != 0:
            rows.append(("Given to begin with" if board.job.initial else "First tried", 0, ""))
        configs = [board.config(row) for _, row, _ in rows]
        names = tuple(dict.fromkeys(name for config in configs for name in config))
        value = board.floats("value")
        columns = tuple(
            Column(
                title,
                int(board.number[row]),
                words.number(None if np.isnan(value[row]) else float(value[row])),
                interval,
                tuple(_cell(config, name) for name in names),
            )
            for (title, row, interval), config in zip(rows, configs, strict=True)
        )
        told = _sentence(board.job.objective, board, best)
        return Beside(board.job.objective.metric, names, columns, told)


def _sentence(objective: Objective, board: Board, best: int) -> str:
    value = board.floats("value")
    text = f"The best {objective.metric} is {words.number(float(value[best]))}, of training job {board.number[best]}"
    first = float(value[0])
    if best == 0 or np.isnan(first) or not np.isfinite(board.floats("loss")[0]):
        return f"{text}."
    gain = abs(float(value[best]) - first)
    share = f" ({percent(gain / abs(first))})" if first else ""
    return f"{text}: {words.number(gain)}{share} better than the first one."


def _cell(config: Config, name: str) -> str:
    value: Value | None = config.get(name)
    return words.NONE if value is None else words.setting(value)
