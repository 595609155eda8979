"""Expected improvement and its logarithm, for functions to be minimised.

Jones, Schonlau and Welch, "Efficient global optimization of expensive black-box functions" (1998), here J98;
Ament et al., "Unexpected improvements to expected improvement" (2023), here A23: the logarithm keeps a gradient
where the improvement itself rounds to zero;
Hvarfner et al., "piBO: augmenting acquisition functions with user beliefs" (2022), here H22.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, ndtr

from tunesmith.numerics.clamp import clamp

Array = NDArray[np.float64]

_EDGE = 0.01  # nearer to the edge than this is as good or bad as at this distance


def log_expected_improvement(mean: Array, variance: Array, best: float) -> Array:
    """log E max(best - f, 0) for f ~ N(mean, variance), elementwise; J98 (15), A23 (9)."""
    sd = np.sqrt(variance)
    return np.log(sd) + log_h((best - mean) / sd)[0]


def log_expected_improvement_gradient(
    mean: Array, variance: Array, by_mean: Array, by_variance: Array, best: float
) -> tuple[Array, Array]:
    """`log_expected_improvement` (m,), and its gradient (m, p) from those of mean and variance (m, p)."""
    sd = np.sqrt(variance)
    z = (best - mean) / sd
    value, slope = log_h(z)
    # d log EI = (1 - z slope) d log sd - slope / sd d mean, and d log sd = d variance / (2 variance)
    per_variance = (1.0 - z * slope) / (2.0 * variance)
    gradient = per_variance[:, None] * by_variance - (slope / sd)[:, None] * by_mean
    return np.log(sd) + value, gradient


def log_h(z: Array) -> tuple[Array, Array]:
    """log h and its derivative Phi / h, elementwise, where h(z) = phi(z) + z Phi(z); A23 (9).

    Below -1/2 the sum cancels: there h = phi(z) (1 + z q) with q = Phi / phi = sqrt(pi / 2) erfcx(-z / sqrt 2).
    Below -100 the bracket cancels in turn: there it is its asymptotic series z^-2 - 3 z^-4 + 15 z^-6.
    """
    low = np.minimum(z, -0.5)
    q = np.sqrt(0.5 * np.pi) * erfcx(-low / np.sqrt(2.0))
    s = low**-2
    bracket = np.where(low < -100.0, s * (1.0 - s * (3.0 - 15.0 * s)), 1.0 + low * q)
    high = np.maximum(z, -0.5)
    h = np.exp(-0.5 * high * high) / np.sqrt(2.0 * np.pi) + high * ndtr(high)
    below = z < -0.5
    log_value = np.where(below, -0.5 * low * low - 0.5 * np.log(2.0 * np.pi) + np.log(bracket), np.log(h))
    return log_value, np.where(below, q / bracket, ndtr(high) / h)


def log_interior(units: Array) -> tuple[Array, Array]:
    """log prod_j 4 u_j (1 - u_j) for points (m, p) of the unit cube, and its gradient (m, p).

    A weak belief that the optimum is inside rather than in a corner, where a Gaussian process is least sure and
    expected improvement therefore wants to look first. Added to the logarithm of an acquisition function with a
    weight that falls as 1/n, it costs nothing in the long run; H22 (6).
    """
    u = clamp(units, _EDGE, 1.0 - _EDGE)
    slope = np.where(u == units, 1.0 / u - 1.0 / (1.0 - u), 0.0)
    return np.log(4.0 * u * (1.0 - u)).sum(axis=1), slope
