"""Why a configuration was suggested: to know more, to refine what is good, or for a plainer reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.words import chance, figure, listed, rough
from tunesmith.numerics.blas import single_threaded
from tunesmith.strategies import registry
from tunesmith.strategies._parents import listening
from tunesmith.strategies._surrogate import Prefix, axes_of, posterior_of, theta_of
from tunesmith.strategies.bayesian import Bayesian, is_for_model
from tunesmith.strategies.hyperband_bayesian import HyperbandBayesian, is_drawn

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.objective import Objective
    from tunesmith.core.space import Config
    from tunesmith.core.tuning_job import TuningJob

_NEAREST = 3  # earlier training jobs that are named
_UNKNOWN = 0.5  # of what the model knows before any result: less sure than this is to explore


class Reason(StrEnum):
    """Why a configuration was suggested."""

    GIVEN = "given"  # by the user, to begin with
    EVEN = "even"  # one of the first, which are spread evenly, or of a search that spreads all of them
    RANDOM = "random"
    GRID = "grid"
    REPEATED = "repeated"  # as there is no other one left, or by the user
    OTHER = "other"  # of a strategy that says nothing of itself
    EXPLORE = "explore"
    REFINE = "refine"


@dataclass(frozen=True)
class Neighbour:
    """An earlier training job that is like the suggested one."""

    number: int
    value: float  # in units of the metric
    distance: float  # 0: the same; 1: apart by the whole range of one hyperparameter


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A suggestion and what was known when it was made; values are in units of the metric."""

    number: int  # of the trial
    config: Config
    reason: Reason
    expected: float | None = None  # what the model foretold; None where no model was asked
    deviation: float | None = None
    improvement: float | None = None  # the probability that it is better than the best so far
    best: float | None = None  # so far
    nearest: tuple[Neighbour, ...] = ()


def why(job: TuningJob, before: History, number: int, config: Config) -> Finding:
    """Say why the trial of this number was suggested, given the history when it was."""
    facts = _suggestion(job, before, number, config)
    return Finding(
        kind=Kind.SUGGESTION,
        severity=Severity.FINE,
        sentence=_sentence(facts, job.objective),
        facts=facts,
    )


def _suggestion(job: TuningJob, before: History, number: int, config: Config) -> Suggestion:
    reason = _plain_reason(job, before, number, config)
    nearest = _nearest(before, config, job.objective)
    if reason is not None:
        return Suggestion(number=number, config=config, reason=reason, nearest=nearest)
    history = before
    strategy = registry.get(job.strategy)
    if isinstance(strategy, HyperbandBayesian):  # its model is of values at a rung, not of final ones
        return Suggestion(number=number, config=config, reason=Reason.REFINE, nearest=nearest)
    expected, deviation, prior = _foretold(history, config)
    best = float(np.nanmin(history.losses))
    return Suggestion(
        number=number,
        config=config,
        reason=Reason.EXPLORE if deviation > _UNKNOWN * prior else Reason.REFINE,
        expected=job.objective.value(expected),
        deviation=deviation,
        improvement=float(ndtr((best - expected) / max(deviation, 1e-300))),
        best=job.objective.value(best),
        nearest=nearest,
    )


def _plain_reason(job: TuningJob, before: History, number: int, config: Config) -> Reason | None:
    """Why, if no model is behind it."""
    if number <= len(job.initial):
        return Reason.GIVEN
    key = job.space.key(config)
    if any(job.space.key(trial.config) == key for trial in (*before.finished, *before.open)):
        return Reason.REPEATED
    strategy = registry.get(job.strategy)
    if isinstance(strategy, HyperbandBayesian) and is_drawn(len(before.known) + before.created + 1):
        return Reason.RANDOM
    if isinstance(strategy, Bayesian | HyperbandBayesian):
        return None if is_for_model(listening(axes_of(job.space), before)) else Reason.EVEN
    return _PLAIN_STRATEGIES.get(job.strategy, Reason.OTHER)


def _foretold(history: History, config: Config) -> tuple[float, float, float]:
    """The loss that the model expects, its deviation, and the deviation before any result."""
    axes = axes_of(history.space)
    prefix = Prefix.of(axes, listening(axes, history), compressed=True)
    usable = np.flatnonzero(np.isfinite(prefix.losses))
    order = usable[np.argsort(prefix.losses[usable], kind="stable")]
    best, middle = order[0], order[len(order) // 2]
    rise = float(prefix.values[middle] - prefix.values[best])
    unit = float(prefix.losses[middle] - prefix.losses[best]) / rise if rise > 0.0 else 0.0
    with single_threaded():
        posterior = posterior_of(prefix, theta_of(prefix), history.open_points)
        mean, variance = posterior.predict(prefix.at_home(history.space.encode([config])))
    prior = float(np.exp(0.5 * posterior.theta[posterior.data.features.count]))
    expected = float(prefix.losses[best]) + unit * float(mean[0] - prefix.values[best])
    return expected, unit * float(np.sqrt(variance[0])), unit * prior


def _nearest(before: History, config: Config, objective: Objective) -> tuple[Neighbour, ...]:
    """The nearest earlier training jobs that have a value."""
    usable = np.flatnonzero(np.isfinite(before.losses))
    steps = before.points[usable] - before.space.encode([config])
    nominal = [axis.nominal for axis in axes_of(before.space)]
    steps[:, nominal] = steps[:, nominal] != 0.0  # choices are alike or not
    distances = np.sqrt((steps**2).sum(axis=1))
    return tuple(
        Neighbour(
            before.finished[usable[i]].number,
            objective.value(float(before.losses[usable[i]])),
            float(distances[i]),
        )
        for i in np.argsort(distances, kind="stable")[:_NEAREST]
    )


_PLAIN_STRATEGIES = {
    "Grid": Reason.GRID,
    "Sobol": Reason.EVEN,
    "Random": Reason.RANDOM,
    "Hyperband": Reason.RANDOM,
}

_PLAIN = {
    Reason.GIVEN: "is a configuration that you gave to begin with",
    Reason.EVEN: "is one of a set that covers the space evenly, before results say where to look",
    Reason.RANDOM: "was drawn at random, as this strategy does",
    Reason.GRID: "is the next one of the grid",
    Reason.REPEATED: "repeats an earlier configuration: nothing new was left to try, or somebody asked for it",
    Reason.OTHER: "was proposed by a strategy that does not say why",
}


def _sentence(facts: Suggestion, objective: Objective) -> str:
    what = f"Training job {facts.number}"
    if facts.reason in _PLAIN:
        return f"{what} {_PLAIN[facts.reason]}."
    if facts.expected is None or facts.deviation is None or facts.best is None or facts.improvement is None:
        return f"{what} was suggested by the model, from how the training jobs stood when they were judged."
    expected = f"{objective.metric} {figure(facts.expected)} ± {rough(facts.deviation)}"
    against = f"the best so far was {figure(facts.best)}"
    better = f"the chance that it would be better was {chance(facts.improvement)}"
    if facts.reason is Reason.EXPLORE:
        return (
            f"{what} explores: little is known there. The model expected {expected}; {against}, and {better}."
        )
    near = [f"{each.number} ({figure(each.value)})" for each in facts.nearest[:2]]
    like = f", like training {'jobs' if len(near) > 1 else 'job'} {listed(near)}" if near else ""
    return f"{what} refines what is good{like}: the model expected {expected}; {against}, and {better}."
