from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tunesmith.analysis.beliefs import Beliefs
from tunesmith.analysis.finding import Finding, Severity
from tunesmith.analysis.fit import Fit, fit
from tunesmith.core.history import History
from tunesmith.core.space import Space

Seen = Callable[..., History]


def found(space: Space, history: History) -> tuple[Finding, Fit]:
    beliefs = Beliefs.after(space, history)
    assert beliefs is not None
    finding = fit(beliefs)
    assert isinstance(finding.facts, Fit)
    return finding, finding.facts


def test_a_smooth_objective_is_predicted_well(plane: Space, seen: Seen) -> None:
    points = np.random.default_rng(0).random((30, 2))
    finding, facts = found(plane, seen(plane, points, (points**2).sum(axis=1)))
    assert facts.explained > 0.9
    assert facts.inside > 0.8
    assert facts.results == 30
    assert finding.severity is Severity.FINE


def test_pure_chance_is_not(plane: Space, seen: Seen) -> None:
    rng = np.random.default_rng(1)
    finding, facts = found(plane, seen(plane, rng.random((30, 2)), rng.random(30)))
    assert facts.explained < 0.1
    assert finding.severity is Severity.ALARM
    assert finding.advice is not None
    assert "has learnt next to nothing" in finding.sentence


def test_results_of_earlier_jobs_do_not_count(plane: Space, seen: Seen) -> None:
    points = np.random.default_rng(0).random((50, 2))
    losses = (points**2).sum(axis=1)
    parent = seen(plane, points[20:], losses[20:])
    _, facts = found(plane, replace(seen(plane, points[:20], losses[:20]), prior=(parent,)))
    assert facts.results == 20
    assert facts.explained > 0.9
