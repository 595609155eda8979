from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.analysis.beliefs import Beliefs
from tunesmith.analysis.finding import Finding, Severity
from tunesmith.analysis.noise import Noise, noise
from tunesmith.core.history import History
from tunesmith.core.objective import Objective
from tunesmith.core.space import Space

Seen = Callable[..., History]
LOSS = Objective("loss")


def bowl(points: np.ndarray) -> np.ndarray:
    return np.asarray(10.0 + ((points - 0.4) ** 2).sum(axis=1))


def found(space: Space, history: History) -> tuple[Finding, Noise]:
    finding = noise(space, history, LOSS, Beliefs.after(space, history))
    assert finding is not None
    assert isinstance(finding.facts, Noise)
    return finding, finding.facts


@pytest.mark.parametrize("seed", range(2))
def test_a_smooth_objective_is_not_called_noisy(plane: Space, seen: Seen, seed: int) -> None:
    points = np.random.default_rng(seed).random((40, 2))
    finding, facts = found(plane, seen(plane, points, bowl(points)))
    assert finding.severity is Severity.FINE
    assert facts.floor == 0.0


def test_noise_is_measured_from_neighbours(plane: Space, seen: Seen) -> None:
    rng = np.random.default_rng(0)
    points = rng.random((60, 2))
    losses = bowl(points) + rng.normal(0.0, 0.05, 60)
    finding, facts = found(plane, seen(plane, points, losses))
    assert finding.severity is Severity.NOTE
    assert facts.repeats == 0
    assert facts.deviation.low < 0.05 < facts.deviation.high
    assert facts.floor == pytest.approx(0.05 * 1.645 * np.sqrt(2.0), rel=0.4)
    assert facts.share == pytest.approx(facts.floor / losses.min())
    assert finding.sentence.startswith("Differences in loss below 0.")


def test_repeats_measure_it_directly(plane: Space, seen: Seen) -> None:
    rng = np.random.default_rng(0)
    points = np.repeat(rng.random((20, 2)), 3, axis=0)
    _, facts = found(plane, seen(plane, points, bowl(points) + rng.normal(0.0, 0.05, 60)))
    assert facts.repeats == 40
    assert facts.deviation.low < 0.05 < facts.deviation.high
    assert facts.deviation.high / facts.deviation.low < 1.6


def test_repeats_that_agree_show_that_there_is_none(plane: Space, seen: Seen) -> None:
    points = np.repeat(np.random.default_rng(0).random((4, 2)), 2, axis=0)
    finding, facts = found(plane, seen(plane, points, bowl(points)))
    assert facts.repeats == 4
    assert (
        finding.sentence
        == "There is no noise: training jobs that repeat a configuration gave the same value."
    )


def test_a_few_results_say_nothing(plane: Space, seen: Seen) -> None:
    points = np.random.default_rng(0).random((12, 2))
    history = seen(plane, points, bowl(points))
    assert noise(plane, history, LOSS, Beliefs.after(plane, history)) is None
