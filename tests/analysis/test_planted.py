"""Planted cases are found, and nothing is found where there is nothing; benchmarks/findings is the larger study."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.analysis.finding import Kind, Severity
from tunesmith.analysis.learned import learn
from tunesmith.core.history import History
from tunesmith.core.space import Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import TuningJob
from tunesmith.strategies import registry

NewJob = Callable[..., TuningJob]
SPACE = Space([Continuous("a", -2.0, 3.0), Continuous("b", 1e-5, 1e-1), Integer("c", 8, 1024)])
RUNS, TRIALS = 5, 45


def found(
    new_job: NewJob,
    strategy: str,
    seed: int,
    centre: tuple[float, ...],
    weights: tuple[float, ...],
    noise: float,
) -> set[tuple[Kind, str | None]]:
    """The kinds of findings that are not fine, each with its hyperparameter, after a search."""
    rng, search, history = np.random.default_rng(seed), registry.get(strategy), History(SPACE)
    for number in range(1, TRIALS + 1):
        (config,) = search.suggest(SPACE, history, 1, seed)
        away = np.array(weights) * (SPACE.encode([config])[0] - centre)
        loss = 1.0 + float((away**2).sum()) + noise * float(rng.standard_normal())
        history = history.add(Trial(number, config, TrialState.COMPLETED, (loss,)))
    learned = learn(new_job(space=SPACE, strategy=strategy), history)
    return {(each.kind, each.parameter) for each in learned.findings if each.severity is not Severity.FINE}


@pytest.mark.long
@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_planted_cases_are_found(new_job: NewJob, strategy: str) -> None:
    hits, noisy = [], []
    for seed in range(RUNS):
        u = np.random.default_rng((9, seed)).uniform(0.3, 0.7, 2)
        edge = found(new_job, strategy, seed, (1.3, *u), (1.0, 1.0, 1.0), 0.0)
        idle = found(new_job, strategy, seed, (u[0], u[1], 0.5), (1.0, 1.0, 0.0), 0.0)
        noise = found(new_job, strategy, seed, (u[0], u[1], 0.5), (1.0, 1.0, 1.0), 0.05)
        hits += [(Kind.BOUNDARY, "a") in edge, (Kind.NO_EFFECT, "c") in idle]
        noisy.append(any(kind is Kind.NOISE for kind, _ in noise))
    assert np.mean(hits) >= 0.95
    assert np.mean(noisy) >= 0.95


@pytest.mark.long
@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_nothing_is_found_where_there_is_nothing(new_job: NewJob, strategy: str) -> None:
    alarms = []
    for seed in range(RUNS):
        u = np.random.default_rng((8, seed)).uniform(0.3, 0.7, 3)
        kinds = {kind for kind, _ in found(new_job, strategy, seed, (u[0], u[1], u[2]), (1.0, 0.8, 1.2), 0.0)}
        alarms += [kind in kinds for kind in (Kind.BOUNDARY, Kind.NO_EFFECT, Kind.NOISE)]
    assert np.mean(alarms) <= 0.05
