"""Hyperband with a model: Bayesian search over what was reported at the highest rung that enough trials came to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.history import History
from tunesmith.core.trial import Trial, TrialState
from tunesmith.numerics.axes import snap
from tunesmith.strategies._surrogate import axes_of
from tunesmith.strategies.bayesian import Bayesian, first_fresh
from tunesmith.strategies.registry import strategy
from tunesmith.strategies.staged import Staged, rungs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tunesmith.core.space import Config, Space

Array = NDArray[np.float64]

_SEARCH = Bayesian()
_EVERY = 3  # so many configurations, one random one
_FIRST = 6  # trials with which others are compared besides the random ones, lest there are too few
_ENOUGH, _BY_AXIS = 6, 2  # values at a rung before the model is of them: so many, or dimensions and so many


@strategy("HyperbandBayesian")
@dataclass(frozen=True)
class HyperbandBayesian(Staged):
    """Stops trials as Hyperband does, and proposes by Bayesian search over values at the highest rung that has enough.

    Values at the rung below are to the model an earlier tuning job, which it learns from as long as it foretells those
    above. Every third configuration is drawn at random, and all trials are compared with these: among proposals alone,
    which soon begin alike, only those that begin best would go on, and these are often not the best in the end. The
    random share is that of Falkner, Klein and Hutter, "BOHB: robust and efficient hyperparameter optimization at scale"
    (2018).
    """

    compared: ClassVar[str] = "training jobs with random configurations"

    def suggest(self, space: Space, history: History, count: int, seed: int) -> list[Config]:
        """Propose the next `count` configurations; see `Strategy.suggest`."""
        suggested: list[Config] = []
        for _ in range(count):
            if is_drawn(history.created + 1):
                suggested.append(_drawn(space, history, seed))
            else:
                suggested += _SEARCH.suggest(space, self.at_rung(history), 1, seed)
            history = history.with_open((*history.open, Trial(history.created + 1, suggested[-1])))
        return suggested

    def measure(self, history: History) -> History:
        """The trials that others are compared with: those with random configurations, and the first ones.

        They are counted as `suggest` does: those of other algorithms in the same tuning job, which have numbers as well,
        not, but those that are known from identical jobs.
        """
        trials = [*history.finished, *history.open]
        places = 1 + len(history.known) + np.argsort(np.argsort([trial.number for trial in trials]))
        compared = (
            t for t, place in zip(trials, places, strict=True) if place <= _FIRST or is_drawn(int(place))
        )
        return History.of(history.space, compared)

    def at_rung(self, history: History) -> History:
        """The history as the model sees it: losses are values at the highest rung with enough of them.

        A trial that was given up below that rung counts as a failed one, since one like it would be given up as well.
        """
        trials = [*history.finished, *history.open]
        values = _values(trials, (*rungs(self.resource), self.resource.most))
        enough = np.isfinite(values).sum(axis=0) >= max(_ENOUGH, _BY_AXIS + len(history.space))
        top = int(np.flatnonzero(enough).max(initial=0))
        told = [_told(trial, float(value)) for trial, value in zip(trials, values[:, top], strict=True)]
        if top == 0:
            return History.of(history.space, told, history.prior)
        below = zip(trials, values[:, top - 1], strict=True)
        lesson = History.of(history.space, (_told(t, float(v)) for t, v in below if np.isfinite(v)))
        return History.of(history.space, told, (lesson, *history.prior))


def _drawn(space: Space, history: History, seed: int) -> Config:
    """A random configuration that has not been tried, as long as there are any."""
    rng = np.random.default_rng((seed, history.created + 1))
    return first_fresh(space, history, snap(axes_of(space), rng.random((1, len(space)))), rng)


def is_drawn(place: int) -> bool:
    """Whether the configuration of the trial in this place, counted from 1, is a random one."""
    return place % _EVERY == 0


def _told(trial: Trial, value: float) -> Trial:
    """The trial as one that has completed with a value; if it is NaN, as failed or, if it may still get one, as open."""
    if np.isfinite(value):
        return replace(trial, state=TrialState.COMPLETED, reports=(value,))
    waits = not trial.state.is_final and trial.state is not TrialState.PAUSED
    return replace(trial, state=trial.state if waits else TrialState.FAILED, reports=())


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
