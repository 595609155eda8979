"""The gain rule: even a larger improvement than comparable training jobs still made would not be enough."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from tunesmith.stopping.registry import rule

if TYPE_CHECKING:
    from tunesmith.core.curves import Curves, Floats, Ints
    from tunesmith.core.history import History
    from tunesmith.core.objective import Show
    from tunesmith.core.trial import Trial

_FIRST_STEP = 3  # reports before a training job may be given up
_LATEST = 0.75  # of what completed ones make: beyond, little is saved, and improvements so small are luck
_CURVES = 10  # completed training jobs that a judgement is made of at the least
_GOOD = 0.05  # the share of all training jobs that it would be a pity to give up one of
_BETTER = 1 / 3  # the share of completed training jobs of which none may have stood so badly


@dataclass(frozen=True)
class _Prospect:
    """Where a training job stands among completed ones, and how far it might come."""

    step: int  # reports made
    lowest: float  # of them
    better: int  # how many completed training jobs are called the better ones
    bar: float  # what each of these had reached by then
    near: int  # how many completed training jobs stood nearest
    gain: float  # the largest further improvement that any of these made
    rank: int  # where in the order of final values the goal is
    goal: float  # the final value that a good training job must have


@rule("gain")
@dataclass(frozen=True)
class Gain:
    """Gives up a training job that would have to improve more than any comparable one did to become a good one.

    Good is what ranks among the best 5 % of all training jobs so far, and one place more. A training job is given up
    if, after as many reports, it stands worse than each of those that ended in the best third, and if its best
    report, lowered by `caution` times the largest improvement that comparable ones made from there on, is still
    worse than a good final value. Comparable are the completed training jobs that stood nearest to it: the nearer
    half of them, ten at the least, and those that are no farther. There is no model of the curves. One that has
    almost done, with three quarters of the reports that completed ones make, is left to end.

    Whether it could become the best is not the question: of the jobs that would have ended in the best 5 %, most
    would not, and the search learns from them as well.
    """

    caution: float = 1.5

    def should_stop(self, trial: Trial, before: int, history: History, show: Show) -> str | None:
        """See `StoppingRule.should_stop`."""
        del before  # of several new reports the last says best how it goes
        prospect = _prospect(trial, history.curves)
        if prospect is None or not self._is_hopeless(prospect):
            return None
        return (
            f"after {prospect.step} reports its best was {show(prospect.lowest)}. By then the {prospect.better} best "
            f"completed training jobs had {show(prospect.bar)} or better, and the {prospect.near} that stood nearest "
            f"to it improved by {prospect.gain:.4g} at the most from there on: {self.caution:g} times as much would "
            f"not reach {show(prospect.goal)}, which number {prospect.rank} in the order of final values has"
        )

    def _is_hopeless(self, prospect: _Prospect) -> bool:
        hoped = prospect.lowest - self.caution * prospect.gain
        return prospect.lowest > prospect.bar and hoped > prospect.goal


def _prospect(trial: Trial, curves: Curves) -> _Prospect | None:
    """None if there is too little to judge by."""
    step = len(trial.reports)
    comparable = np.flatnonzero(curves.completed & (curves.lengths >= step))
    if len(comparable) < _CURVES or not _is_time(step, curves.lengths[comparable]):
        return None
    lowest, then, ends = min(trial.reports), curves.lows(step, comparable), curves.last(comparable)
    ordered, better = np.sort(ends), ceil(_BETTER * len(ends))
    rank = min(len(ends), 1 + ceil(_GOOD * np.count_nonzero(~curves.failed)))
    near = _nearest(then, lowest)
    with np.errstate(over="ignore"):  # an infinite gain is a large one
        gain = float((then - curves.lowest(comparable))[near].max())
    return _Prospect(
        step=step,
        lowest=lowest,
        better=better,
        bar=float(then[ends <= ordered[better - 1]].max()),
        near=len(near),
        gain=gain,
        rank=rank,
        goal=float(ordered[rank - 1]),
    )


def _is_time(step: int, lengths: Ints) -> bool:
    return _FIRST_STEP <= step <= _LATEST * float(np.median(lengths))


def _nearest(values: Floats, to: float) -> Ints:
    """Which are the nearest half, ten at the least, and those that are no farther."""
    with np.errstate(over="ignore"):  # an infinite distance is a far one
        distances = np.abs(values - to)
    count = max(_CURVES, len(values) // 2)
    near: Ints = np.flatnonzero(distances <= np.partition(distances, count - 1)[count - 1])
    return near
