from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tunesmith.analysis.effects import effect, surface
from tunesmith.analysis.surrogate import Surrogate
from tunesmith.core.history import History
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.numerics.sobol import scrambled_sobol

SPACE = Space(
    [
        Continuous("rate", 1e-4, 1.0),
        Integer("units", 16, 4096),
        Categorical("kind", ["a", "b", "c"]),
        Continuous("still", 2.0, 2.0),
    ]
)


def function(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(
        np.square(points[:, 0] - 0.5) * (1.0 + points[:, 1]) + np.where(points[:, 2] < 0.33, 0.4, 0.0)
    )


@pytest.fixture(scope="module")
def surrogate() -> Surrogate:
    points = SPACE.encode(SPACE.decode(np.random.default_rng(0).random((90, 4))))
    trials = [
        Trial(i, config, TrialState.COMPLETED, (float(loss),))
        for i, (config, loss) in enumerate(zip(SPACE.decode(points), function(points), strict=True), start=1)
    ]
    found = Surrogate.fit(History.of(SPACE, trials), Objective("score", Goal.MAXIMIZE))
    assert found is not None
    return found


def test_an_effect_is_the_average_over_all_other_parameters(surrogate: Surrogate) -> None:
    line = effect(surrogate, "rate")
    units = np.array(SPACE.parameters[0].to_unit(line.xs))
    truth = -(np.square(units - 0.5) * 1.5 + 0.4 / 3.0)
    assert (line.xs[0], line.xs[-1]) == pytest.approx((1e-4, 1.0))
    assert np.allclose(line.mean, truth, atol=0.02)
    assert np.mean((np.array(line.low) - 0.005 <= truth) & (truth <= np.array(line.high) + 0.005)) > 0.9
    assert (np.array(line.low) < line.mean).all()
    assert (np.array(line.high) > line.mean).all()


def test_an_effect_is_the_average_of_predictions(surrogate: Surrogate) -> None:
    line = effect(surrogate, "units")
    points = scrambled_sobol(512, 4, seed=0)
    for k in (0, 20, 40):
        points[:, 1] = SPACE.parameters[1].to_unit([line.xs[k]])[0]
        assert np.mean(surrogate.predict(SPACE.decode(points))[0]) == pytest.approx(line.mean[k], abs=0.02)


def test_choices_and_whole_numbers_are_the_users(surrogate: Surrogate) -> None:
    line = effect(surrogate, "kind")
    assert line.xs == ("a", "b", "c")
    assert line.mean[1] - line.mean[0] == pytest.approx(0.4, abs=0.03)
    assert all(isinstance(x, int) for x in effect(surrogate, "units").xs)
    assert list(effect(surrogate, "units").xs) == sorted(set(effect(surrogate, "units").xs))


def test_a_parameter_with_one_value_has_one_point(surrogate: Surrogate) -> None:
    line = effect(surrogate, "still")
    assert line.xs == (2.0,)
    assert line.mean[0] == pytest.approx(-(1.5 / 12.0 + 0.4 / 3.0), abs=0.02)


@pytest.mark.parametrize("names", [("rate", "units"), ("units", "rate"), ("kind", "rate"), ("still", "rate")])
def test_a_surface_is_the_average_of_predictions(surrogate: Surrogate, names: tuple[str, str]) -> None:
    found = surface(surrogate, *names)
    at = [SPACE.names.index(name) for name in names]
    assert (len(found.mean), len(found.mean[0])) == (len(found.xs), len(found.ys))
    points = scrambled_sobol(512, 4, seed=0)
    for i, j in ((0, 0), (-1, 0), (len(found.xs) // 2, -1)):
        points[:, at[0]] = SPACE.parameters[at[0]].to_unit([found.xs[i]])[0]
        points[:, at[1]] = SPACE.parameters[at[1]].to_unit([found.ys[j]])[0]
        truth = -function(points).mean()
        assert found.mean[i][j] == pytest.approx(truth, abs=max(0.03, 4.0 * found.sd[i][j]))


def test_bands_are_wider_if_the_results_crowd(surrogate: Surrogate) -> None:
    spread, crowded = (effect(replace(surrogate, crowding=share), "rate") for share in (0.0, 0.5))
    assert crowded.mean == pytest.approx(spread.mean)
    widths = [np.subtract(line.high, line.low) for line in (spread, crowded)]
    assert widths[1] == pytest.approx(2.0 * widths[0])


def test_names_are_checked(surrogate: Surrogate) -> None:
    with pytest.raises(ValueError, match="two different parameters, got 'rate' twice"):
        surface(surrogate, "rate", "rate")
    with pytest.raises(ValueError, match="'speed'"):
        effect(surrogate, "speed")
