from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tunesmith.analysis.importance import importance
from tunesmith.analysis.surrogate import Surrogate
from tunesmith.core.history import History
from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Continuous, Space
from tunesmith.core.trial import Trial, TrialState

Array = NDArray[np.float64]

LOSS = Objective("loss")
CUBE = Space([Continuous(name, 0.0, 1.0) for name in "xyzuv"])
FRIEDMAN = {"x": 0.2722, "y": 0.2722, "z": 0.0933, "u": 0.3498, "v": 0.0874}  # total shares, by quadrature
MIXED = Space(
    [Categorical("kind", ["a", "b", "c", "d"]), *CUBE.parameters[:2], Categorical("idle", [True, False])]
)


def history_of(space: Space, points: Array, losses: Array) -> History:
    configs = space.decode(points)
    return History.of(
        space,
        [
            Trial(i, config, TrialState.COMPLETED, (float(loss),))
            for i, (config, loss) in enumerate(zip(configs, losses, strict=True), start=1)
        ],
    )


def friedman(x: Array) -> Array:
    """Friedman, "Multivariate adaptive regression splines" (1991)."""
    return np.asarray(
        10.0 * np.sin(np.pi * x[:, 0] * x[:, 1])
        + 20.0 * (x[:, 2] - 0.5) ** 2
        + 10.0 * x[:, 3]
        + 5.0 * x[:, 4]
    )


def ishigami(x: Array) -> Array:
    a, b, c = (np.pi * (2.0 * x[:, j] - 1.0) for j in range(3))
    return np.asarray(np.sin(a) + 7.0 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a))


def fitted(space: Space, points: Array, losses: Array) -> Surrogate:
    surrogate = Surrogate.fit(history_of(space, points, losses), LOSS)
    assert surrogate is not None
    return surrogate


def test_many_results_give_the_known_shares_of_ishigami() -> None:
    x = np.random.default_rng(0).random((250, 5))
    found = importance(fitted(CUBE, x, ishigami(x)))
    totals = [share.total.value for share in found.parameters]
    assert totals == pytest.approx([0.5576, 0.4424, 0.2437, 0.0, 0.0], abs=0.03)
    mains = [share.main.value for share in found.parameters]
    assert mains == pytest.approx([0.3139, 0.4424, 0.0, 0.0, 0.0], abs=0.03)
    assert found.pairs[0].names == ("x", "z")
    assert found.pairs[0].share.value == pytest.approx(0.2437, abs=0.03)
    assert [share.matters for share in found.parameters] == [True, True, True, False, False]
    assert [share.name for share in found.ranked[:3]] == ["x", "y", "z"]


def test_choices_count_as_numbers_do() -> None:
    rng = np.random.default_rng(0)
    points = MIXED.encode(MIXED.decode(rng.random((80, 4))))
    kind = (points[:, 0] * 4).astype(int)
    losses = np.array([0.0, 1.0, 3.0, 0.0])[kind] + np.sqrt(12.0) * points[:, 1]  # variances 3/2 and 1
    found = importance(fitted(MIXED, points, losses))
    assert [share.main.value for share in found.parameters] == pytest.approx([0.6, 0.4, 0.0, 0.0], abs=0.02)
    assert [share.matters for share in found.parameters] == [True, True, False, False]


def test_truth_lies_in_the_intervals_about_as_often_as_they_promise() -> None:
    inside = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        x = rng.random((40, 5))
        found = importance(fitted(CUBE, x, friedman(x) + rng.standard_normal(40)))
        inside += [share.total.low <= FRIEDMAN[share.name] <= share.total.high for share in found.parameters]
    assert 0.8 <= np.mean(inside) <= 1.0


@pytest.mark.long
@pytest.mark.parametrize("count", [30, 100])
def test_and_so_it_does_with_fewer_and_with_more_results(count: int) -> None:
    known = {"x": 0.5576, "y": 0.4424, "z": 0.2437}
    inside: dict[str, list[bool]] = {"friedman": [], "ishigami": []}
    for seed in range(100, 112):
        rng = np.random.default_rng(seed)
        x = rng.random((count, 5))
        noise = rng.standard_normal(count)
        for share in importance(fitted(CUBE, x, friedman(x) + noise)).parameters:
            inside["friedman"].append(share.total.low <= FRIEDMAN[share.name] <= share.total.high)
        for share in importance(fitted(CUBE, x, ishigami(x) + 0.7 * noise)).parameters:
            inside["ishigami"].append(share.total.low <= known.get(share.name, 0.0) <= share.total.high)
    assert all(np.mean(held) >= 0.8 for held in inside.values()), inside


def test_what_does_nothing_is_found_and_what_does_something_is_not() -> None:
    verdicts = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        x = rng.random((60, 5))
        losses = np.sin(4.0 * x[:, 0]) + x[:, 1] + 0.2 * rng.standard_normal(60)
        verdicts.append([share.matters for share in importance(fitted(CUBE, x, losses)).parameters])
    assert all(row[:2] == [True, True] for row in verdicts)
    assert np.mean([verdict is False for row in verdicts for verdict in row[2:]]) >= 0.9  # of 18


def test_near_the_best_a_bad_region_no_longer_counts() -> None:
    """In one half the first parameter decides; in the other it does nothing, and the second decides."""
    x = np.random.default_rng(0).random((80, 5))
    losses = 4.0 * np.square(np.maximum(x[:, 0] - 0.5, 0.0)) + 0.3 * x[:, 1]
    surrogate = fitted(CUBE, x, losses)
    assert importance(surrogate).ranked[0].name == "x"
    assert importance(surrogate, "best").ranked[0].name == "y"


def test_results_that_crowd_leave_open_what_is_elsewhere_but_not_what_is_near_the_best() -> None:
    x = np.random.default_rng(0).random((60, 5))
    spread = fitted(CUBE, x, friedman(x))
    crowded = replace(spread, crowding=0.6)
    for here, there in zip(importance(spread).parameters, importance(crowded).parameters, strict=True):
        assert there.total.value == here.total.value
        assert there.total.high > min(here.total.high + 0.05, 0.999)
    assert importance(crowded, "best") == importance(spread, "best")


def test_a_parameter_with_one_value_has_no_share() -> None:
    space = Space([*CUBE.parameters[:2], Continuous("still", 3.0, 3.0)])
    x = np.random.default_rng(0).random((30, 3))
    found = importance(fitted(space, x, x[:, 0]))
    still = found.parameters[2]
    assert (still.total.high, still.main.high, still.matters) == (0.0, 0.0, False)
    assert [pair.names for pair in found.pairs] == [("x", "y")]
