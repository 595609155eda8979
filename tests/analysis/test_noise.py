from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.analysis.beliefs import Beliefs
from tunesmith.analysis.finding import Finding, Severity
from tunesmith.analysis.noise import Noise, noise
from tunesmith.analysis.surrogate import Surrogate
from tunesmith.core.history import History
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.trial import Trial, TrialState

Seen = Callable[..., History]
LOSS = Objective("loss")


def bowl(points: np.ndarray) -> np.ndarray:
    return np.asarray(10.0 + ((points - 0.4) ** 2).sum(axis=1))


def of(space: Space, history: History) -> Finding | None:
    return noise(space, history, LOSS, Beliefs.after(space, history), Surrogate.fit(history, LOSS))


def found(space: Space, history: History) -> tuple[Finding, Noise]:
    finding = of(space, history)
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


def test_little_noise_is_seen_far_from_any_neighbour(seen: Seen) -> None:
    """Sixty points in six dimensions: a smooth function passes through them, a sum of few effects does not."""
    space = Space([Continuous(f"x{j}", 0.0, 1.0) for j in range(6)])
    rng = np.random.default_rng(1)
    points = rng.random((60, 6))
    losses = bowl(points)
    finding, facts = found(space, seen(space, points, losses))
    assert finding.severity is Severity.FINE
    noisy, facts = found(space, seen(space, points, losses + rng.normal(0.0, 0.04, 60)))
    assert noisy.severity is Severity.NOTE
    assert facts.deviation.low < 0.04 < facts.deviation.high


def test_what_was_stopped_early_is_not_taken_for_noise(plane: Space) -> None:
    points = np.random.default_rng(0).random((40, 2))
    losses = bowl(points)
    trials = [
        Trial(i, config, TrialState.STOPPED, (float(loss) + 0.1,))
        if i % 2
        else Trial(i, config, TrialState.COMPLETED, (float(loss),))
        for i, (config, loss) in enumerate(zip(plane.decode(points), losses, strict=True), start=1)
    ]
    finding = of(plane, History.of(plane, trials))
    assert finding is None or finding.severity is Severity.FINE


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
    assert of(plane, history) is None
