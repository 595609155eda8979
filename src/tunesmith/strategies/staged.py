"""Strategies that give few reports to most trials and many to the best: what they share, and their stopping rule.

Li et al., "A system for massively parallel hyperparameter tuning" (2020): asynchronous successive halving (ASHA), in
one bracket. Trials that fall behind are stopped, as SageMaker does, or paused, as in the paper: then they go on when
more results have come, and they are among the best.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import ReportRange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.objective import Show
    from tunesmith.core.space import Space
    from tunesmith.core.trial import Trial

    Ints = NDArray[np.int64]

ETA = 3
"""One trial of so many goes on beyond a rung."""

_USUAL = ReportRange(least=1, most=81)
_FEWEST = 2  # values at a rung before any is called a bad one


def rungs(resource: ReportRange) -> tuple[int, ...]:
    """The numbers of reports at which trials are judged, ascending: least * 3^k, below the most."""
    levels = []
    level = resource.least
    while level < resource.most:
        levels.append(level)
        level *= ETA
    return tuple(levels)


@dataclass(frozen=True)
class Staged:
    """A strategy that is a stopping rule as well, for both depend on how many reports a trial may make.

    A trial that comes to a rung goes on if its value there is among the best third of the values at this rung so far.
    A third of one or two is none, where the others are paused (`resource.pause`); it is one where they are stopped, as
    those never come back.
    """

    compared: ClassVar[str] = "training jobs"
    """What `measure` consists of, in words."""

    resource: ReportRange = _USUAL

    def on(self, resource: ReportRange) -> Self:
        """The same strategy with other numbers of reports to hand out."""
        return replace(self, resource=resource)

    def check(self, space: Space) -> None:
        """Accept every space."""

    def should_stop(self, trial: Trial, before: int, history: History, show: Show) -> str | None:
        """Judge a trial that has come to a rung, or to the highest of several; see `StoppingRule.should_stop`."""
        rung = self.judged_at(trial, before)
        if rung is None:
            return None
        if self.resource.pause:
            return self._behind(trial, rung, history, show)
        value, values = trial.reports[rung - 1], values_at(rung, self.measure(history))
        if len(values) < _FEWEST:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            cut = float(np.quantile(values, 1 / ETA))
        if not value > cut:  # nor if the values are too far apart for there to be any
            return None
        return (
            f"report {rung} was {show(value)}, which is not among the best third of the {len(values)} {self.compared} "
            f"that came so far: those have {show(cut)} or better"
        )

    def measure(self, history: History) -> History:
        """The trials that others are compared with: all of them."""
        return history

    def judged_at(self, trial: Trial, before: int) -> int | None:
        """The highest rung that a trial has come to since it had made `before` reports; None if it is none."""
        reached = reached_by(trial, self.resource)
        return reached if reached is not None and reached > before else None

    def going_on(self, rung: int, history: History) -> Ints:
        """The numbers of those that go on from a rung where the others are paused, the best first.

        They are the best third of what they are compared with, and all others that are better than the last of these.
        """
        measure, ranked = ranking(rung, self.measure(history)), ranking(rung, history)
        third = measure[: len(measure) // ETA]
        return ranked[: 1 + int(np.flatnonzero(ranked == third[-1])[0])] if len(third) else third

    def why_paused(self, trial: Trial, history: History, show: Show) -> str | None:
        """Why a paused trial would not go on now; None if it would."""
        reached = reached_by(trial, self.resource)
        return None if reached is None else self._behind(trial, reached, history, show)

    def to_resume(self, history: History, *, last: bool) -> Iterator[int]:
        """The numbers of the paused trials that are to go on, the first one first: from the highest rung down.

        If it is the `last` call, as no new trials are to come, the best at each rung goes on however few there are,
        so that one comes to the end.
        """
        if not self.resource.pause:
            return
        waiting = [trial for trial in history.open if trial.state is TrialState.PAUSED]
        at_rung = {trial.number: reached_by(trial, self.resource) for trial in waiting}
        for rung in sorted({rung for rung in at_rung.values() if rung is not None}, reverse=True):
            best = self.going_on(rung, history)
            if last and not len(best):
                best = ranking(rung, history)[:1]
            yield from (number for number in best.tolist() if at_rung.get(number) == rung)

    def _behind(self, trial: Trial, rung: int, history: History, show: Show) -> str | None:
        """Why a trial is not among those that go on from a rung; None if it is."""
        if trial.number in self.going_on(rung, history):
            return None
        measured = len(values_at(rung, self.measure(history)))
        value = f"report {rung} was {show(trial.reports[rung - 1])}"
        came = f"the {measured} {self.compared} that came so far"
        if measured < ETA:
            return f"{value}, and of {came} none is to go on yet"
        return f"{value}, which is not among the best third of {came}"


def reached_by(trial: Trial, resource: ReportRange) -> int | None:
    """The highest rung that a trial has come to, None if it has come to none."""
    return max((rung for rung in rungs(resource) if rung <= len(trial.reports)), default=None)


def ranking(rung: int, history: History) -> Ints:
    """The numbers of all trials that have come to a rung, by their values there; of equals, the earlier goes first."""
    ended, curves = history.finished, history.curves
    came = ~curves.failed & (curves.lengths >= rung)
    running = [trial for trial in history.open if len(trial.reports) >= rung]
    numbers = np.array([trial.number for trial in ended], dtype=np.int64)[came]
    numbers = np.concatenate([numbers, np.array([trial.number for trial in running], dtype=np.int64)])
    return numbers[np.lexsort((numbers, values_at(rung, history)))]


def values_at(rung: int, history: History) -> NDArray[np.float64]:
    """What all trials reported that have come to a rung, but for those that failed."""
    curves = history.curves
    ended = curves.reports(rung, ~curves.failed & (curves.lengths >= rung))
    running = [trial.reports[rung - 1] for trial in history.open if len(trial.reports) >= rung]
    return np.concatenate([ended, running])
