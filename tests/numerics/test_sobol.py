import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats.qmc import Sobol, discrepancy

from tunesmith.numerics.sobol import scrambled_sobol


def test_equals_scipys_sequence() -> None:
    expected = Sobol(5, rng=np.random.default_rng(11)).random(128)
    assert np.array_equal(scrambled_sobol(128, 5, 11), expected)


@given(count=st.integers(0, 90), skip=st.integers(0, 90), seed=st.integers(0, 2**80))
def test_every_point_is_a_function_of_seed_and_index(count: int, skip: int, seed: int) -> None:
    whole = scrambled_sobol(200, 3, seed)
    assert np.array_equal(scrambled_sobol(count, 3, seed, skip), whole[skip : skip + count])


def test_fills_the_cube_more_evenly_than_random_points() -> None:
    random = np.random.default_rng(0).random((64, 4))
    assert discrepancy(scrambled_sobol(64, 4, 0)) < 0.5 * discrepancy(random)


def test_seeds_differ() -> None:
    assert not np.array_equal(scrambled_sobol(4, 2, 0), scrambled_sobol(4, 2, 1))


def test_answers_may_be_changed_without_changing_later_ones() -> None:
    scrambled_sobol(4, 2, 0)[:] = 7.0
    assert scrambled_sobol(4, 2, 0).max() < 1.0
