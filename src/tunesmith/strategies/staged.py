"""Strategies that give few reports to most trials and many to the best: what they share, and their stopping rule.

Li et al., "A system for massively parallel hyperparameter tuning" (2020): asynchronous successive halving (ASHA), of
the kind that stops trials, in one bracket.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from tunesmith.core.tuning_job import ReportRange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.objective import Show
    from tunesmith.core.space import Space
    from tunesmith.core.trial import Trial

_USUAL = ReportRange(least=1, most=81)
_ETA = 3  # one trial of so many goes on beyond a rung
_FEWEST = 2  # values at a rung before any is called a bad one


def rungs(resource: ReportRange) -> tuple[int, ...]:
    """The numbers of reports at which trials are judged, ascending: least * 3^k, below the most."""
    levels = []
    level = resource.least
    while level < resource.most:
        levels.append(level)
        level *= _ETA
    return tuple(levels)


@dataclass(frozen=True)
class Staged:
    """A strategy that is a stopping rule as well, for both depend on how many reports a trial may make.

    A trial that comes to a rung goes on if its value there is among the best third of all values at this rung so far.
    """

    resource: ReportRange = _USUAL

    def on(self, resource: ReportRange) -> Self:
        """The same strategy with other numbers of reports to hand out."""
        return replace(self, resource=resource)

    def check(self, space: Space) -> None:
        """Accept every space."""

    def should_stop(self, trial: Trial, before: int, history: History, show: Show) -> str | None:
        """Judge a trial that has come to a rung, or to the highest of several; see `StoppingRule.should_stop`."""
        reached = [rung for rung in rungs(self.resource) if before < rung <= len(trial.reports)]
        if not reached:
            return None
        rung = reached[-1]
        value, values = trial.reports[rung - 1], values_at(rung, history)
        if len(values) < _FEWEST:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            cut = float(np.quantile(values, 1 / _ETA))
        if not value > cut:  # nor if the values are too far apart for there to be any
            return None
        return (
            f"report {rung} was {show(value)}, which is not among the best third of the {len(values)} training jobs "
            f"that came so far: those have {show(cut)} or better"
        )


def values_at(rung: int, history: History) -> NDArray[np.float64]:
    """What all trials reported that have come to a rung, but for those that failed."""
    curves = history.curves
    ended = curves.reports(rung, ~curves.failed & (curves.lengths >= rung))
    running = [trial.reports[rung - 1] for trial in history.open if len(trial.reports) >= rung]
    return np.concatenate([ended, running])
