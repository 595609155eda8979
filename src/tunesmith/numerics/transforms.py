"""Transformations of observed values before a Gaussian process sees them, and of its inputs.

All of the outputs' are increasing, and unchanged when the values are shifted or multiplied by a positive number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunesmith.numerics.clamp import clamp

Array = NDArray[np.float64]

_DIGITS = 11  # later decimals of a scaled value are rounding noise of the shift and the scale
_MARGIN = 1e-6  # inputs this near to 0 or 1 are held there, where the logarithms are finite


def fill_failures(values: Array) -> Array:
    """Replace what is not finite by the largest finite value, the worst; zeros if nothing is finite."""
    finite = np.isfinite(values)
    if finite.all():
        return values
    return np.where(finite, values, values[finite].max() if finite.any() else 0.0)


def centre(values: Array, reach: float = np.inf) -> Array:
    """t = (y - median) / (median - min), cut at `reach`: 0 is the median, -1 the best.

    If half of the values or more are the best, the scale is the median distance of the others. Constant values
    give zeros. Values near the largest float are no trouble.
    """
    largest = np.abs(values).max()
    if largest == 0.0:
        return np.zeros_like(values)
    # |y| <= 1 by a power of two: no difference below overflows, and tiny values keep their digits
    y = np.empty(values.shape)
    np.ldexp(values, -np.frexp(largest)[1], out=y)
    t: Array = y - np.median(y)
    spread = -t.min() if t.min() < 0.0 else np.median(t[t > 0.0]) if t.any() else 0.0
    if spread <= 4 * np.finfo(float).eps:  # no more than rounding
        return np.zeros_like(values)
    return np.asarray(np.minimum(t / spread, reach), dtype=np.float64).round(_DIGITS)


def compress(t: Array) -> Array:
    """Take the logarithm of the worse half: t for t <= 0, log(1 + t) for t > 0."""
    return np.where(t > 0.0, np.log1p(np.maximum(t, 0.0)), t)


def standardise(t: Array) -> Array:
    """Shift and scale to mean 0 and variance 1; constant values give zeros."""
    spread = t.std()
    return (t - t.mean()) / spread if spread > 0.0 else np.zeros_like(t)


def log_distances(units: Array) -> tuple[Array, Array]:
    """log u and log(1 - u): what `warp` needs of coordinates u, once for many exponents."""
    u = clamp(units, _MARGIN, 1.0 - _MARGIN)
    return np.log(u), np.log1p(-u)


def warp(logs: tuple[Array, Array], log_a: Array, log_b: Array) -> Array:
    """Bend coordinates: W(u) = u^a / (u^a + (1 - u)^b), from their `log_distances`.

    A family between the identity (a = b = 1) and maps that stretch either end, in the place of the Kumaraswamy
    distribution of Snoek et al., "Input warping for Bayesian optimization of non-stationary functions" (2014),
    because it has no preferred direction: mirroring u swaps a and b. Shapes: logs (n, p), log_a and log_b (p,).
    """
    return np.asarray(1.0 / (1.0 + np.exp(np.exp(log_b) * logs[1] - np.exp(log_a) * logs[0])))


def warp_by_exponents(w: Array, logs: tuple[Array, Array], log_a: Array, log_b: Array) -> tuple[Array, Array]:
    """dW/dlog a and dW/dlog b where `warp` is w, shapes (n, p)."""
    slope = w * (1.0 - w)
    return slope * np.exp(log_a) * logs[0], -slope * np.exp(log_b) * logs[1]


def warp_by_units(w: Array, logs: tuple[Array, Array], log_a: Array, log_b: Array) -> Array:
    """dW/du where `warp` is w, shape (n, p)."""
    return np.asarray(w * (1.0 - w) * (np.exp(log_a - logs[0]) + np.exp(log_b - logs[1])))
