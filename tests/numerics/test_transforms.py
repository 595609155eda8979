import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from tunesmith.numerics.transforms import (
    centre,
    compress,
    fill_failures,
    log_distances,
    standardise,
    warp,
    warp_by_exponents,
    warp_by_units,
)

Array = NDArray[np.float64]
ANY = arrays(np.float64, st.integers(1, 12), elements=st.floats(allow_nan=False, allow_infinity=False))
MODERATE = arrays(np.float64, st.integers(1, 12), elements=st.floats(-1e3, 1e3).map(lambda y: round(y, 3)))


def test_failures_count_as_the_worst() -> None:
    assert list(fill_failures(np.array([1.0, np.nan, 3.0, np.inf]))) == [1.0, 3.0, 3.0, 3.0]
    assert list(fill_failures(np.array([np.nan, np.nan]))) == [0.0, 0.0]


@given(values=ANY)
def test_any_finite_values_are_centred_without_losing_their_order(values: Array) -> None:
    t = centre(values, 20.0)
    assert np.isfinite(t).all()
    assert t.max() <= 20.0
    order = np.argsort(values, kind="stable")
    assert (np.diff(t[order]) >= 0.0).all()


def test_zero_is_the_median_and_minus_one_the_best() -> None:
    assert list(centre(np.array([3.0, 1.0, 2.0, 4.0, 500.0]), 20.0)) == [0.0, -1.0, -0.5, 0.5, 20.0]


def test_where_most_are_the_best_the_others_give_the_scale() -> None:
    assert np.allclose(centre(np.array([1.0, 1.0, 1.0, 3.0, 5.0])), [0.0, 0.0, 0.0, 2 / 3, 4 / 3])


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e300])
def test_the_size_of_the_values_does_not_matter(size: float) -> None:
    assert np.allclose(centre(size * np.array([1.0, 1.5, 3.0])), [-1.0, 0.0, 3.0])


@pytest.mark.parametrize("value", [0.0, -0.0, 5.0, 1e300, 5e-324])
def test_constant_values_are_zero(value: float) -> None:
    constant = np.full(4, value)
    assert not centre(constant).any()
    assert not standardise(centre(constant)).any()


@given(values=MODERATE, shift=st.floats(-1e3, 1e3), factor=st.floats(1e-3, 1e3))
def test_a_positive_affine_change_of_the_values_does_not_matter(
    values: Array, shift: float, factor: float
) -> None:
    assume(np.ptp(values) > 0.1)
    assume(np.ptp(values) > 1e-6 * (np.abs(values).max() + abs(shift) / factor))
    changed = centre(shift + factor * values, 20.0)
    assert np.allclose(changed, centre(values, 20.0), rtol=1e-5, atol=1e-5)


def test_compression_leaves_the_better_half_alone() -> None:
    assert np.allclose(compress(np.array([-1.0, 0.0, np.e - 1.0])), [-1.0, 0.0, 1.0])


@given(t=arrays(np.float64, 5, elements=st.floats(-10, 10).map(lambda y: round(y, 6)), unique=True))
def test_standardised_values_have_mean_zero_and_variance_one(t: Array) -> None:
    assert np.isclose(standardise(t).mean(), 0.0)
    assert np.isclose(standardise(t).std(), 1.0)


UNITS = arrays(np.float64, (6, 2), elements=st.floats(0, 1))
LOGS = arrays(np.float64, 2, elements=st.floats(-2, 2))


def bent(units: Array, log_a: Array, log_b: Array) -> Array:
    return warp(log_distances(units), log_a, log_b)


@given(units=UNITS)
def test_without_exponents_warping_is_the_identity(units: Array) -> None:
    assert np.allclose(bent(units, np.zeros(2), np.zeros(2)), units, atol=2e-6)


@given(units=UNITS, log_a=LOGS, log_b=LOGS)
def test_mirroring_swaps_the_exponents(units: Array, log_a: Array, log_b: Array) -> None:
    assert np.allclose(bent(1.0 - units, log_b, log_a), 1.0 - bent(units, log_a, log_b), atol=1e-9)


@given(units=arrays(np.float64, (6, 2), elements=st.floats(0.01, 0.99)), log_a=LOGS, log_b=LOGS)
def test_derivatives_of_the_warp_equal_finite_differences(units: Array, log_a: Array, log_b: Array) -> None:
    h = 1e-6
    w, logs = bent(units, log_a, log_b), log_distances(units)
    by_a, by_b = warp_by_exponents(w, logs, log_a, log_b)

    def difference(step_u: float, step_a: float, step_b: float) -> Array:
        above = bent(units + step_u, log_a + step_a, log_b + step_b)
        return (above - bent(units - step_u, log_a - step_a, log_b - step_b)) / (2 * h)

    assert np.allclose(by_a, difference(0, h, 0), atol=1e-7)
    assert np.allclose(by_b, difference(0, 0, h), atol=1e-7)
    assert np.allclose(warp_by_units(w, logs, log_a, log_b), difference(h, 0, 0), rtol=1e-5, atol=1e-5)
