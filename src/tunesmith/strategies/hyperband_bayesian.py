"""Hyperband with a model: Bayesian search over what each configuration has shown at the rungs that it came to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.history import History
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies.bayesian import Bayesian
from tunesmith.strategies.registry import strategy
from tunesmith.strategies.staged import ETA, Staged, ranking, rungs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tunesmith.core.objective import Show
    from tunesmith.core.space import Config, Space
    from tunesmith.strategies.staged import Ints

Array = NDArray[np.float64]

_SEARCH = Bayesian()


@strategy("HyperbandBayesian")
@dataclass(frozen=True)
class HyperbandBayesian(Staged):
    """Stops trials as Hyperband does, and proposes by Bayesian search over one score for each configuration.

    The score says how a configuration stands at the highest rung that it came to, on a scale that is the same for
    all rungs. Running trials have a score as soon as they come to the first rung.

    Proposals that get better and better are nearly all among the best third of those that came before them. So that
    no more than a third go on from a rung all the same, only the best of all does if as many have gone on already.
    """

    def suggest(self, space: Space, history: History, count: int, seed: int) -> list[Config]:
        """Propose the next `count` configurations; see `Strategy.suggest`."""
        return _SEARCH.suggest(space, self.scored(history), count, seed)

    def should_stop(self, trial: Trial, before: int, history: History, show: Show) -> str | None:
        """Judge a trial that has come to a rung; see `StoppingRule.should_stop`."""
        reason, rung = super().should_stop(trial, before, history, show), self.judged_at(trial, before)
        if reason is not None or rung is None or self.resource.pause:
            return reason
        ranked = ranking(rung, history)
        gone = _went_on(rung, history) | {each.number for each in history.open if len(each.reports) == rung}
        if trial.number == ranked[0] or len(gone - {trial.number}) < max(1, len(ranked) // ETA):
            return None
        return (
            f"report {rung} was {show(trial.reports[rung - 1])}, which is among the best third of the {len(ranked)} "
            f"training jobs that came so far, but not the best, and as many have gone on already"
        )

    def going_on(self, rung: int, history: History) -> Ints:
        """Those of the best third that have gone on, or still can; the best of all in any case."""
        third, gone = super().going_on(rung, history), _went_on(rung, history)
        is_gone = np.isin(third, list(gone))
        can = is_gone | (np.cumsum(~is_gone) <= len(third) - len(gone))
        can[:1] = True
        return third[can]

    def scored(self, history: History) -> History:
        """The history in which each trial that has shown something has ended with its score as its loss."""
        trials = [*history.finished, *history.open]
        scores = chained_scores(_values(trials, (*rungs(self.resource), self.resource.most)))
        told = (_told(trial, float(score)) for trial, score in zip(trials, scores, strict=True))
        return History.of(history.space, told, history.prior)


def _went_on(rung: int, history: History) -> set[int]:
    """The numbers of the trials that have gone on from a rung, or have completed there."""
    came = (trial for trial in (*history.finished, *history.open) if len(trial.reports) >= rung)
    return {t.number for t in came if len(t.reports) > rung or t.state is TrialState.COMPLETED}


def _told(trial: Trial, score: float) -> Trial:
    if np.isfinite(score):
        return replace(trial, state=TrialState.COMPLETED, reports=(score,))
    return replace(trial, reports=())


def _values(trials: Sequence[Trial], levels: Sequence[int]) -> Array:
    """What each trial reported at each rung that it came to, else NaN; shape (trials, rungs)."""
    values = np.full((len(trials), len(levels)), np.nan)
    for row, trial in zip(values, trials, strict=True):
        shown = _shown(trial, levels)
        row[: len(shown)] = shown
    return values


def _shown(trial: Trial, levels: Sequence[int]) -> list[float]:
    """Its values at the rungs, the lowest first. One that completed early stays at its last value ever after."""
    reports = trial.reports
    if trial.state is TrialState.FAILED or not reports:
        return []
    if trial.state is TrialState.COMPLETED:
        return [reports[min(level, len(reports)) - 1] for level in levels]
    shown = [reports[level - 1] for level in levels if level <= len(reports)]
    return shown or ([reports[-1]] if trial.state.is_final else [])


def chained_scores(values: Array) -> Array:
    """One score for each row of values at the rungs; NaN for a row that has none. Lower is better.

    At the lowest rung: z = (v - median) / sd. At each further one, to which some were promoted:
    z' = median of their z + (v - median of v) / sd of v * sd of their z.
    So values of different rungs, which are not comparable, are put on one scale by those who have both.
    """
    scores = np.full(len(values), np.nan)
    for level, column in enumerate(values.T):
        there = np.isfinite(column)
        if not there.any():
            break
        middle, spread = (float(np.median(scores[there])), _sd(scores[there])) if level else (0.0, 1.0)
        scores[there] = middle + spread * _standardised(column[there])
    return scores


def _standardised(values: Array) -> Array:
    """(v - median) / sd; zeros where all are equal."""
    with np.errstate(over="ignore"):
        distances = values - np.median(values)
    distances = np.clip(distances, -1e300, 1e300)
    largest = np.abs(distances).max()
    return distances / largest / _sd(distances / largest) if largest > 0.0 else np.zeros_like(values)


def _sd(values: Array) -> float:
    return float(np.std(values))
