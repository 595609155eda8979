"""How sure it is that the best configuration is the best: of those that were tried, allowing for noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.interval import Interval
from tunesmith.analysis.words import chance, figure
from tunesmith.core.objective import Goal
from tunesmith.numerics.blas import single_threaded
from tunesmith.strategies.recommend import recommend

if TYPE_CHECKING:
    from tunesmith.analysis.beliefs import Beliefs
    from tunesmith.core.history import History
    from tunesmith.core.objective import Objective
    from tunesmith.core.space import Config, Space

_SURE = 0.9
_RIVALS = 100  # the best observed ones, among which the best is
_FUNCTIONS = 50  # drawn from each posterior
_WIDEN = 1.35  # no loss is a draw of the model: benchmarks/recommend_coverage


@dataclass(frozen=True, kw_only=True)
class Certainty:
    """The configuration to use, in units of the metric, and how sure that is."""

    number: int  # of the trial
    config: Config
    value: Interval | None  # on average over many repetitions; None if one value is all there is
    seen: float  # the one value that it had
    best_seen: int  # the number of the trial with the best single value
    is_best: float | None  # the probability that none of the other configurations tried is better
    better_than_runner_up: float | None
    better_than_first: float | None  # than the first training job


def certainty(
    space: Space, history: History, objective: Objective, beliefs: Beliefs | None
) -> Finding | None:
    """Say which configuration to use and how sure that is; None if no trial has a value."""
    found, best = recommend(space, history), history.best
    if found is None or best is None:
        return None
    low, high = (objective.value(end) for end in (found.low, found.high))
    low, high = (low, high) if objective.goal is Goal.MINIMIZE else (high, low)
    seen = next(trial.loss for trial in history.finished if trial.number == found.number)
    facts = Certainty(
        number=found.number,
        config=found.config,
        value=Interval(low, objective.value(found.mean), high) if math.isfinite(high - low) else None,
        seen=objective.value(seen or 0.0),
        best_seen=best.number,
        is_best=None if beliefs is None else _is_best(beliefs, found.config),
        better_than_runner_up=found.better_than_runner_up,
        better_than_first=found.better_than_default,
    )
    sure = facts.better_than_runner_up is not None and facts.better_than_runner_up >= _SURE
    return Finding(
        kind=Kind.CERTAINTY,
        severity=Severity.FINE if sure else Severity.NOTE,
        sentence=_sentence(facts, objective),
        facts=facts,
        advice=None if sure or facts.better_than_runner_up is None else _ADVICE,
    )


_ADVICE = "The next best may be just as good: repeat both a few times if the difference matters, or take the cheaper one."


def _sentence(facts: Certainty, objective: Objective) -> str:
    if facts.value is None:
        return f"Training job {facts.number} is the only one with a value: {objective.metric} {figure(facts.seen)}."
    value = facts.value
    parts = [
        (
            f"Use training job {facts.number}: its {objective.metric} is {figure(value.value)} on average "
            f"(between {figure(value.low)} and {figure(value.high)} with a probability of 90 %)"
        )
    ]
    if facts.number != facts.best_seen:
        parts.append(f"training job {facts.best_seen} has the best single value, but that was probably luck")
    chances = [
        (facts.is_best, "the best of all that were tried"),
        (facts.better_than_runner_up, "better than the next best"),
        (facts.better_than_first, "better than the first training job"),
    ]
    told = [f"{what} with a probability of {chance(p)}" for p, what in chances if p is not None]
    return f"{'; '.join(parts)}." + (f" It is {', '.join(told)}." if told else "")


def _is_best(beliefs: Beliefs, config: Config) -> float:
    """The probability that a configuration has the lowest loss of all that were tried, noise aside."""
    history, space = beliefs.history, beliefs.space
    usable = np.flatnonzero(np.isfinite(history.losses))
    order = usable[np.argsort(history.losses[usable], kind="stable")[:_RIVALS]]
    mine = space.encode([config])
    others = np.unique(history.points[order], axis=0)
    others = others[(others != mine).any(axis=1)]
    points, rng, shares = np.concatenate([mine, others]), np.random.default_rng(0), []
    with single_threaded():
        for belief, posterior in beliefs.posteriors():
            mean = posterior.predict(belief.prefix.at_home(points))[0]
            functions = belief.functions(posterior, points, _FUNCTIONS, rng)
            lowest = (mean + _WIDEN * (functions - mean)).argmin(axis=1)
            shares.append(float((lowest == 0).mean()))
    return float(np.mean(shares))
