import numpy as np
import pytest
from scipy.stats import qmc

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.strategies.sobol import _MOST_PARAMETERS, Sobol
from tunesmith.testing.strategies import run

SOBOL = Sobol()
CUBE = Space([Continuous(f"x{i}", 0.0, 1.0, "Linear") for i in range(3)])
FINITE = Space([Integer("n", 1, 30), Categorical("c", tuple("abcdefghij"))])


def points(count: int, seed: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    units = CUBE.encode(SOBOL.suggest(CUBE, History(CUBE), count, seed))
    return units.reshape(count, 3)


def test_every_strip_gets_its_share() -> None:
    for block in np.split(points(1024), 4):
        for column in block.T:
            assert (np.bincount((column * 256).astype(int)) == 1).all()


def test_it_is_more_even_than_random_points() -> None:
    random = np.random.default_rng(1).random((256, 3))
    assert qmc.discrepancy(points(256)) < qmc.discrepancy(random) / 5


def test_the_kth_configuration_does_not_depend_on_parallelism() -> None:
    alone = run(SOBOL, CUBE, 20, parallel=1)
    several = run(SOBOL, CUBE, 20, parallel=4)
    configs = [
        {trial.number: trial.config for trial in (*history.finished, *history.open)}
        for history in (alone, several)
    ]
    assert configs[0] == configs[1]
    assert list(configs[0].values()) == SOBOL.suggest(CUBE, History(CUBE), 20, 3)


def test_another_seed_scrambles_differently() -> None:
    assert not np.isclose(points(64, seed=1), points(64, seed=2)).any()


def test_a_finite_space_is_exhausted_before_anything_repeats() -> None:
    keys = list(map(FINITE.key, SOBOL.suggest(FINITE, History(FINITE), 600, 1)))
    assert len(set(keys[:300])) == len(set(keys[300:])) == 300
    assert keys[:300] != keys[300:]


def test_more_parameters_than_dimensions_are_refused() -> None:
    assert _MOST_PARAMETERS == qmc.Sobol.MAXDIM
    space = Space([Integer("n", 1, 2), Integer("m", 1, 2)])
    SOBOL.check(space)
    object.__setattr__(space, "parameters", space.parameters * _MOST_PARAMETERS)
    with pytest.raises(ValueError, match="at most 21201 parameters"):
        SOBOL.check(space)
