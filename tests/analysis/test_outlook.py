from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.analysis.beliefs import Beliefs
from tunesmith.analysis.finding import Finding, Severity
from tunesmith.analysis.outlook import STEPS, Outlook, outlook
from tunesmith.core.history import History
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Integer, Space

Seen = Callable[..., History]


def found(
    space: Space, history: History, objective: Objective, *, modelled: bool = True, left: int | None = None
) -> tuple[Finding, Outlook]:
    beliefs = Beliefs.after(space, history)
    assert beliefs is not None
    finding = outlook(objective, beliefs, modelled=modelled, ended=True, left=left)
    assert isinstance(finding.facts, Outlook)
    return finding, finding.facts


@pytest.fixture
def history(plane: Space, seen: Seen) -> History:
    points = np.random.default_rng(0).random((20, 2))
    return seen(plane, points, 1.0 + ((points - 0.4) ** 2).sum(axis=1))


@pytest.mark.parametrize("modelled", [True, False])
def test_more_training_jobs_bring_more(plane: Space, history: History, *, modelled: bool) -> None:
    _, facts = found(plane, history, Objective("loss"), modelled=modelled)
    values = [each.value for each in facts.improvement]
    assert facts.steps == STEPS
    assert values == sorted(values)
    assert all(0.0 <= each.low <= each.value <= each.high for each in facts.improvement)
    assert facts.best == pytest.approx(float(history.losses.min()))
    assert facts.untried is None


def test_the_truth_lies_in_the_range(plane: Space, history: History) -> None:
    _, facts = found(plane, history, Objective("loss"))
    last = facts.improvement[-1]
    assert last.low <= history.losses.min() - 1.0 <= last.high


def test_it_looks_no_further_than_the_limits(plane: Space, history: History) -> None:
    _, facts = found(plane, history, Objective("score", Goal.MAXIMIZE), left=3)
    assert facts.steps == 3
    assert facts.best == pytest.approx(-float(history.losses.min()))


def test_a_space_that_has_been_tried_has_nothing_left(seen: Seen) -> None:
    space = Space([Integer("a", 1, 4), Integer("b", 1, 3)])
    points = space.encode([{"a": a, "b": b} for a in range(1, 5) for b in range(1, 4)])
    finding, facts = found(space, seen(space, points, (points**2).sum(axis=1)), Objective("loss"))
    assert (facts.untried, facts.steps) == (0, 0)
    assert finding.sentence.startswith("Every configuration of the space has been tried")


@pytest.mark.parametrize("modelled", [True, False])
def test_little_is_expected_where_the_best_values_stand_still(
    plane: Space, seen: Seen, *, modelled: bool
) -> None:
    rng = np.random.default_rng(0)
    points = rng.random((24, 2))
    losses = 0.2 + 5.0 * np.maximum(((points - 0.5) ** 2).sum(axis=1) - 0.15, 0.0)
    history = seen(plane, points, losses + 1e-4 * rng.standard_normal(24))
    finding, facts = found(plane, history, Objective("loss"), modelled=modelled)
    assert facts.improvement[-1].high < 0.02
    assert finding.severity is Severity.FINE


def test_a_metric_that_counts_may_improve_by_a_few(plane: Space, seen: Seen) -> None:
    points = np.random.default_rng(0).random((20, 2))
    errors = np.round(40.0 * ((points - 0.4) ** 2).sum(axis=1)).clip(min=2.0)
    _, facts = found(plane, seen(plane, points, errors), Objective("errors"))
    assert facts.improvement[-1].high > 0.0
