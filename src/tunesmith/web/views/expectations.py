"""What the results make expect of training jobs, beside what they had: so that noise and luck can be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tunesmith.analysis.interval import Interval
from tunesmith.analysis.words import figure, rough
from tunesmith.core.objective import Objective
from tunesmith.core.trial import TrialState
from tunesmith.web.views.board import STATES, Board, Rows
from tunesmith.web.views.lesson import Beliefs
from tunesmith.web.views.lessons import Lessons
from tunesmith.web.views.objective_history import Point, best_so_far, drawn_rows

_FAILED = STATES.index(TrialState.FAILED)


@dataclass(frozen=True)
class Step:
    """From one training job to another, the best one so far stayed the same: where it is without noise."""

    begin: float
    end: float
    low: float
    high: float


@dataclass(frozen=True)
class Expectations:
    """What the model expects, for the chart of the history."""

    of: Mapping[int, Interval]  # the value without noise, by number
    steps: tuple[Step, ...]  # the band around the best so far
    sentence: str


NOTHING = Expectations({}, (), "")
"""Nothing is shown."""


def ask(lessons: Lessons, board: Board) -> Beliefs:
    """What is expected of the training jobs that the history draws, those without a value left out."""
    return lessons.beliefs(board, _asked(board))


def _asked(board: Board) -> Rows:
    with board.lock:
        rows = drawn_rows(board)
        return np.asarray(rows[board.state[rows] != _FAILED])


def expectations(board: Board, beliefs: Beliefs) -> Expectations:
    """What the chart shows of them; there is no band where nothing is known of the best so far."""
    with board.lock:
        best = best_so_far(board)
    steps = [
        Step(begin, end, known.low, known.high)
        for (begin, _), (end, _) in pairwise(best)
        if (known := beliefs.of.get(int(begin))) is not None
    ]
    return Expectations(beliefs.of, tuple(steps), _told(board.job.objective, best, beliefs))


def _told(objective: Objective, best: Sequence[Point], beliefs: Beliefs) -> str:
    """What is to be seen, in words."""
    if not beliefs.of:
        return "Nothing to expect yet: too few training jobs have a value."
    text = (
        "Upright lines: where the value of each configuration is expected without noise, with a probability of 90 %; "
        "the dash is the mean. The band: the same for the best so far."
    )
    known = beliefs.of.get(int(best[-2][0])) if best else None
    if known is not None:
        value = best[-1][1]
        is_luck = objective.loss(value) < min(objective.loss(known.low), objective.loss(known.high))
        text += (
            f" The best value is {figure(value)}; without noise, its configuration is expected to have "
            f"{figure(known.low)} to {figure(known.high)}{': a part of it was luck' if is_luck else ''}."
        )
    if len(beliefs.noise) == 1:
        (noise,) = beliefs.noise.values()
        text += f" Repeated, a training job would differ by about {rough(noise.value)}."
    return text
