from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tunesmith.core.history import History
from tunesmith.core.space import Continuous, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies._parents import agreement, listening, parents_best, with_results
from tunesmith.strategies._surrogate import axes_of

PLANE = Space([Continuous("x", 0.0, 1.0), Continuous("y", 0.0, 1.0)])
AXES = axes_of(PLANE)
NOTHING: tuple[History, ...] = ()


def seen(count: int, sign: float = 1.0, seed: int = 0, prior: tuple[History, ...] = NOTHING) -> History:
    """So many random points of a bowl, right way up or upside down."""
    points = np.random.default_rng(seed).random((count, 2))
    losses = sign * ((points - 0.3) ** 2).sum(axis=1)
    trials = (
        Trial(i, config, TrialState.COMPLETED, (float(loss),))
        for i, (config, loss) in enumerate(zip(PLANE.decode(points), losses, strict=True), start=1)
    )
    return History.of(PLANE, trials, prior)


GOOD, BAD = seen(20), seen(20, -1.0)


def test_agreement_is_the_correlation_of_results_and_what_the_parent_foretells() -> None:
    own = seen(8, seed=1)
    assert agreement(AXES, GOOD, own) > 0.9
    assert agreement(AXES, BAD, own) < -0.7


def test_agreement_does_not_depend_on_the_unit_of_the_losses() -> None:
    own = seen(8, seed=1)
    scaled = [replace(t, reports=(1e6 + 1e3 * t.reports[0],)) for t in own.finished]
    assert agreement(AXES, GOOD, History.of(PLANE, scaled)) == pytest.approx(
        agreement(AXES, GOOD, own), abs=1e-4
    )


def test_equal_results_agree_with_nobody() -> None:
    flat = History.of(PLANE, (replace(trial, reports=(1.0,)) for trial in seen(5).finished))
    assert agreement(AXES, GOOD, flat) == agreement(AXES, flat, GOOD) == 0.0
    assert agreement(AXES, seen(1), GOOD) == 0.0


@pytest.mark.parametrize(
    "own",
    [
        seen(0, prior=(BAD,)),
        seen(1, prior=(BAD,)),
        seen(1, prior=(BAD,)).add(Trial(2, {"x": 0.5, "y": 0.5}, TrialState.FAILED)),
    ],
)
def test_nobody_is_judged_by_less_than_two_results(own: History) -> None:
    assert listening(AXES, own).prior == (BAD,)


def test_the_first_points_are_in_turn_the_parents_best_and_none() -> None:
    first = History(PLANE, prior=(GOOD, BAD))
    points = parents_best(first, 3)
    assert len(points) == 6
    assert np.array_equal(points[:2], [p.points[p.losses.argmin()] for p in (GOOD, BAD)])
    running = first.with_open([Trial(1, {"x": 0.5, "y": 0.5})])
    assert parents_best(running, 3).shape == (0, 2)
    both = running.with_open([*running.open, Trial(2, {"x": 0.6, "y": 0.5})])
    assert np.array_equal(parents_best(both, 3), points)


def test_trust_comes_and_goes_with_the_results() -> None:
    assert listening(AXES, seen(8, seed=1, prior=(BAD, GOOD))).prior == (GOOD,)
    assert listening(AXES, seen(8, -1.0, seed=1, prior=(BAD, GOOD))).prior == (BAD,)
    assert listening(AXES, History(PLANE, prior=(BAD, GOOD))).prior == (BAD, GOOD)


def test_chance_is_seldom_believed() -> None:
    believed = []
    for seed in range(40):
        own = seen(10, seed=100 + seed)
        losses = np.random.default_rng(seed).permutation(own.losses)
        mixed = (replace(t, reports=(float(loss),)) for t, loss in zip(own.finished, losses, strict=True))
        believed.append(bool(listening(AXES, History.of(PLANE, mixed, (GOOD,))).prior))
    assert np.mean(believed) <= 0.2


def test_a_parent_without_results_is_of_no_use() -> None:
    failed = History.of(PLANE, [Trial(1, {"x": 0.5, "y": 0.5}, TrialState.FAILED)])
    for own in (History(PLANE, prior=(failed, History(PLANE))), seen(4, prior=(failed, History(PLANE)))):
        assert listening(AXES, own).prior == with_results(own).prior == ()
        assert parents_best(with_results(own), 3).shape == (0, 2)
