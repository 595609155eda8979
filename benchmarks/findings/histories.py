"""Histories of objectives, as random and as Bayesian search leave them."""

from __future__ import annotations

import numpy as np
from benchmarks.findings.problems import Planted
from benchmarks.search.problems import Problem

from tunesmith.core.history import History
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies import registry


def searched(problem: Planted | Problem, strategy: str, count: int, seed: int) -> History:
    """The history after so many trials, one at a time."""
    rng, search = np.random.default_rng(seed), registry.get(strategy)
    history = History(problem.space)
    for number in range(1, count + 1):
        (config,) = search.suggest(problem.space, history, 1, seed)
        loss = problem.observed(config, rng)
        history = history.add(Trial(number, config, TrialState.COMPLETED, (loss,)))
    return history
