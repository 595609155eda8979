from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.analysis.failures import Failures, failures
from tunesmith.analysis.finding import Finding, Severity
from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Continuous, Integer, Space

Seen = Callable[..., History]

SPACE = Space([Continuous("x", 0.0, 10.0), Integer("depth", 1, 9), Categorical("kind", ("a", "b", "c"))])


@pytest.fixture
def points() -> np.ndarray:
    return np.asarray(SPACE.encode(SPACE.decode(np.random.default_rng(0).random((60, 3)))))


def found(history: History, reasons: list[str]) -> tuple[Finding, Failures]:
    finding = failures(SPACE, history, reasons)
    assert isinstance(finding.facts, Failures)
    return finding, finding.facts


def test_no_failure_is_fine(seen: Seen, points: np.ndarray) -> None:
    finding, facts = found(seen(SPACE, points, np.ones(60)), [])
    assert finding.severity is Severity.FINE
    assert facts.failed == 0
    assert finding.sentence == "None of the 60 training jobs that have ended failed."


def test_a_few_anywhere_are_noted_with_the_most_frequent_reason(seen: Seen, points: np.ndarray) -> None:
    losses = np.ones(60)
    losses[[3, 20, 41]] = np.nan
    finding, facts = found(seen(SPACE, points, losses), ["killed", "exit code 1", "killed"])
    assert finding.severity is Severity.NOTE
    assert facts.region is None
    assert (facts.reason, facts.reason_count) == ("killed", 2)
    assert "3 of the 60" in finding.sentence


def test_a_region_of_an_ordered_hyperparameter_is_found(seen: Seen, points: np.ndarray) -> None:
    losses = np.where(points[:, 0] > 0.8, np.nan, 1.0)
    finding, facts = found(seen(SPACE, points, losses), [])
    region = facts.region
    assert finding.severity is Severity.ALARM
    assert region is not None
    assert isinstance(region.values, tuple)
    assert region.parameter == finding.parameter == "x"
    assert region.values[1] == 10.0
    assert float(region.values[0]) == pytest.approx(8.0, abs=0.5)
    assert region.rest is not None
    assert region.failed >= region.trials - 1
    assert abs(region.failed - np.isnan(losses).sum()) <= 1
    assert finding.advice is not None
    assert finding.advice.startswith("Narrow x to 0 ...")


def test_a_choice_that_fails_is_found(seen: Seen, points: np.ndarray) -> None:
    losses = np.where(points[:, 2] < 1 / 3, np.nan, 1.0)
    finding, facts = found(seen(SPACE, points, losses), [])
    assert facts.region is not None
    assert str(facts.region) == "kind = a"
    assert finding.advice == "Leave kind = a out, or repair what fails there."


def test_whole_numbers_are_cut_between_values(seen: Seen, points: np.ndarray) -> None:
    losses = np.where(points[:, 1] < 3 / 9, np.nan, 1.0)
    _, facts = found(seen(SPACE, points, losses), [])
    assert facts.region is not None
    assert facts.region.values == (1, 3)
    assert facts.region.rest == (4, 9)


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_failures_anywhere_make_no_region(seen: Seen, share: float) -> None:
    wrong = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        losses = np.where(rng.random(60) < share, np.nan, 1.0)
        _, facts = found(seen(SPACE, rng.random((60, 3)), losses), [])
        wrong += facts.region is not None
    assert wrong <= 2
