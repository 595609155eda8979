"""The values of training jobs in the order in which they ended, and the best so far."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from tunesmith.analysis.report.charts import svg
from tunesmith.analysis.report.document import Figure, Table
from tunesmith.analysis.words import count, figure
from tunesmith.core.objective import Objective

_WIDTH, _HEIGHT, _BOTTOM, _TOP = 760, 300, 40, 24
_DOTS = 1500  # that are drawn at the most
_ROWS = 50  # improvements in the table at the most
_WORST = 0.9  # share of the losses that the picture has room for; the others are drawn at its edge


def progress(objective: Objective, values: Sequence[float | None]) -> Figure | None:
    """Draw the values, None where a training job has none; None if none has."""
    losses = np.array([np.nan if v is None else objective.loss(v) for v in values], dtype=np.float64)
    known = np.flatnonzero(np.isfinite(losses))
    if not len(known):
        return None
    steps = _steps(losses)
    best = objective.value(float(losses[steps[-1]]))
    alt = (
        f"{objective.metric} of {count(len(known), 'training job')} in the order in which they ended. The best so "
        f"far improved {len(steps) - 1} times, from {figure(objective.value(float(losses[steps[0]])))} to {figure(best)}, "
        f"last with the {_ordinal(steps[-1] + 1)}. "
        "Values much worse are drawn at the edge."
    )
    return Figure(
        "Best so far", alt, _picture(objective, losses, known, steps, alt), _table(objective, losses, steps)
    )


def _steps(losses: np.ndarray) -> list[int]:
    """Where the best so far improved."""
    lowest = np.fmin.accumulate(losses)
    before = np.concatenate([[np.nan], lowest[:-1]])
    return [int(i) for i in np.flatnonzero(np.isfinite(losses) & ~(losses >= before))]


def _picture(objective: Objective, losses: np.ndarray, known: np.ndarray, steps: list[int], alt: str) -> str:
    worst = float(np.quantile(losses[known], _WORST))
    shown = [objective.value(float(loss)) for loss in (losses[steps[-1]], max(worst, losses[steps[0]]))]
    low, high = svg.padded(shown)
    y = svg.Scale(low, high, _HEIGHT - _BOTTOM, _TOP)
    x = svg.Scale(1, max(len(losses), 2), svg.LEFT + 8, _WIDTH - 12)

    def at(index: int, loss: float) -> svg.Point:
        return x.at(index + 1), y.at(objective.value(loss))

    drawn = known if len(known) <= _DOTS else known[np.linspace(0, len(known) - 1, _DOTS).round().astype(int)]
    stairs = [at(steps[0], losses[steps[0]])]
    for here, there in pairwise([*steps, len(losses) - 1]):
        stairs += (
            [at(there, losses[here]), at(there, losses[there])]
            if there in steps
            else [at(there, losses[here])]
        )
    parts = [
        svg.left_axis(y, _WIDTH - 12, objective.metric),
        svg.bottom_axis(x, _HEIGHT - _BOTTOM, "training jobs that have ended"),
        svg.dots([at(int(i), float(losses[i])) for i in drawn], "dot"),
        svg.line(stairs, "line"),
        svg.dots([at(steps[-1], float(losses[steps[-1]]))], "mark", 4.5),
    ]
    return svg.picture(_WIDTH, _HEIGHT, alt, parts)


def _table(objective: Objective, losses: np.ndarray, steps: list[int]) -> Table:
    shown = steps if len(steps) <= _ROWS else [*steps[: _ROWS // 2], *steps[-_ROWS // 2 :]]
    rows = [(f"{i + 1:,}", figure(objective.value(float(losses[i])), 6)) for i in shown]
    return Table(
        "Improvements of the best",
        ("Training jobs ended", f"Best {objective.metric}"),
        rows,
        frozenset({0, 1}),
    )


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number:,}{'th' if 10 <= number % 100 <= 20 else ends.get(number % 10, 'th')}"
