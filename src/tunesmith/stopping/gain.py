"""The gain rule: not even twice the improvement that comparable training jobs still made would be enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tunesmith.stopping.registry import rule

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.objective import Show
    from tunesmith.core.trial import Trial

_FIRST_STEP = 3  # reports before a training job may be given up
_CURVES = 5  # completed training jobs that a judgement is made of at the least


@rule("gain")
@dataclass(frozen=True)
class Gain:
    """Gives up a training job that would have to improve more than any comparable one did to become the best.

    Comparable are the completed training jobs that stood nearest to this one after as many reports: the nearer
    half of them, and those that are no farther. It is given up if its best report so far, lowered by `caution` times the largest improvement that
    any of these made from there on, is still worse than the best final value. There is no model of the curves.
    """

    caution: float = 2.0

    def should_stop(self, trial: Trial, before: int, history: History, show: Show) -> str | None:
        """See `StoppingRule.should_stop`."""
        del before  # of several new reports the last says best how it goes
        step, curves, best = len(trial.reports), history.curves, history.best
        comparable = np.flatnonzero(curves.completed & (curves.lengths >= step))
        if step < _FIRST_STEP or len(comparable) < _CURVES or best is None or best.loss is None:
            return None
        lowest = min(trial.reports)
        then = curves.lows(step, comparable)
        with np.errstate(
            over="ignore"
        ):  # an infinite distance is a far one, and an infinite gain a large one
            distances, count = np.abs(then - lowest), max(_CURVES, len(comparable) // 2)
            nearest = distances <= np.partition(distances, count - 1)[count - 1]
            gain = float((then - curves.lowest(comparable))[nearest].max())
        if not lowest - self.caution * gain > best.loss:
            return None
        return (
            f"after {step} reports its best was {show(lowest)}, and the {nearest.sum()} completed training jobs nearest "
            f"to that improved by {gain:.4g} at the most from there on: {self.caution:g} times as much would not "
            f"reach the best, {show(best.loss)}"
        )
