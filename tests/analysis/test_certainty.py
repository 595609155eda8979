from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.analysis.beliefs import Beliefs
from tunesmith.analysis.certainty import Certainty, certainty
from tunesmith.analysis.finding import Finding, Severity
from tunesmith.core.history import History
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Continuous, Space

Seen = Callable[..., History]
ACCURACY = Objective("accuracy", Goal.MAXIMIZE)


def found(space: Space, history: History) -> tuple[Finding, Certainty]:
    finding = certainty(space, history, ACCURACY, Beliefs.after(space, history))
    assert finding is not None
    assert isinstance(finding.facts, Certainty)
    return finding, finding.facts


def test_a_clear_winner(plane: Space, seen: Seen) -> None:
    points = np.concatenate([np.random.default_rng(0).random((25, 2)) * 0.5, [[0.9, 0.9]]])
    losses = -(points**2).sum(axis=1)
    finding, facts = found(plane, seen(plane, points, losses))
    assert finding.severity is Severity.FINE
    assert facts.number == facts.best_seen == 26
    assert facts.seen == pytest.approx(1.62)
    assert facts.value is not None
    assert facts.value.low < 1.62 < facts.value.high
    assert facts.is_best is not None
    assert facts.is_best > 0.9
    assert finding.advice is None
    assert "Use training job 26: its accuracy is 1.6" in finding.sentence


def test_a_lucky_value_is_not_trusted(seen: Seen) -> None:
    line, rng = Space([Continuous("x", 0.0, 1.0)]), np.random.default_rng(0)
    points = rng.random((40, 1))
    losses = 10.0 + 4.0 * (points[:, 0] - 0.4) ** 2 + rng.normal(0.0, 0.05, 40)
    points[8], losses[8] = 0.9, 9.9  # where 11 is usual
    finding, facts = found(line, seen(line, points, losses))
    assert facts.best_seen == 9
    assert facts.number != 9
    assert "training job 9 has the best single value, but that was probably luck" in finding.sentence
    assert finding.severity is Severity.NOTE
    assert finding.advice is not None


def test_one_value_alone(plane: Space, seen: Seen) -> None:
    finding, facts = found(plane, seen(plane, np.full((1, 2), 0.5), [-0.7]))
    assert facts.value is None
    assert finding.sentence == "Training job 1 is the only one with a value: accuracy 0.7."
    assert finding.advice is None


def test_no_value_at_all(plane: Space, seen: Seen) -> None:
    history = seen(plane, np.full((2, 2), 0.5), [np.nan, np.nan])
    assert certainty(plane, history, ACCURACY, None) is None
