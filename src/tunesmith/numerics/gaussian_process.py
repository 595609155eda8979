"""Exact Gaussian process regression on the unit cube, with Matern-5/2 kernel and analytic gradients.

Notation, after Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), here RW:

    X   (n, d) inputs         F (n, D) features: warped ordered columns, then one-hot nominal ones
    R   = sum_g (F_ig - F_jg)^2 / l_g^2      squared scaled distance
    k   = s2 (1 + r + r^2 / 3) exp(-r),  r = sqrt(5 R)                                          RW (4.17)
    K   = k(X, X) + noise I,  alpha = K^-1 y

The parameters are one vector: theta = [log l (D), log s2, log noise, log a (p), log b (p)], with one length scale
for each feature, and two exponents of `transforms.warp` for each of the p ordered columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs, dtrtri
from scipy.optimize import minimize

from tunesmith.numerics.transforms import log_distances, warp, warp_by_exponents, warp_by_units

Array = NDArray[np.float64]
Vector: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]

_JITTER = 1e-10
_SLOPE = -5.0 / 6.0
_FAR = 1e10  # minus the log posterior where the covariance is not positive definite: the search backs off


@dataclass(frozen=True)
class Features:
    """How inputs become features: columns that are ordered, and columns with that many unordered levels."""

    ordered: tuple[int, ...]
    nominal: tuple[tuple[int, int], ...] = ()  # (column, levels)

    @property
    def count(self) -> int:
        """The number of features D."""
        return len(self.ordered) + sum(levels for _, levels in self.nominal)

    @property
    def parameters(self) -> int:
        """The length of theta."""
        return self.count + 2 + 2 * len(self.ordered)

    def one_hot(self, x: Array) -> Array:
        """The features of the nominal columns, each level a coordinate of sqrt(1/2), shape (n, D - p)."""
        columns, levels, first = self._nominal
        hot = np.zeros((len(x), int(levels.sum())))
        index = np.minimum((x[:, columns] * levels).astype(int), levels - 1)
        hot[np.arange(len(x))[:, None], first + index] = np.sqrt(0.5)
        return hot

    @cached_property
    def _nominal(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """The nominal columns, their levels, and where the coordinates of each begin."""
        pairs = np.array(self.nominal, dtype=int).reshape(-1, 2)
        columns, levels = pairs.T
        return columns, levels, np.cumsum(levels) - levels

    def start(self, dimensions: int) -> Array:
        """The theta to start a first fit from: length scales that grow with the dimensions, little noise, no warp."""
        theta = np.zeros(self.parameters)
        theta[: self.count] = np.log(0.5) + 0.25 * np.log(max(dimensions, 1))
        theta[self.count + 1] = np.log(1e-3)
        return theta


@dataclass(frozen=True)
class Prior:
    """What is believed of theta before the data: weak, centred on length scales of one cube side.

    log p = -sum(c w + c / w) with w = l^-2 and c = `length`; s2 ~ Gamma(2, 1); noise ~ Gamma(1.1, `noise_rate`);
    log a, log b ~ N(0, `warp`^2). The first three are those of Optuna's GPSampler, but for the noise, of which
    that expects so little (a rate of 30) that intervals under noise come out too narrow.
    """

    length: float = 0.1
    warp: float = 0.35
    noise_rate: float = 5.0
    least_noise: float = 1e-7

    def log_density(self, theta: Array, count: int) -> tuple[float, Array]:
        """The logarithm of the density of theta, up to a constant, and its gradient; `count` is D."""
        w = np.exp(-2.0 * theta[:count])
        s2, noise, bend = np.exp(theta[count]), np.exp(theta[count + 1]), theta[count + 2 :] / self.warp
        value = (
            -self.length * (w + 1.0 / w).sum()
            + theta[count]
            - s2
            + 0.1 * theta[count + 1]
            - self.noise_rate * noise
        )
        gradient = np.empty_like(theta)
        gradient[:count] = 2.0 * self.length * (w - 1.0 / w)
        gradient[count], gradient[count + 1] = 1.0 - s2, 0.1 - self.noise_rate * noise
        gradient[count + 2 :] = -bend / self.warp
        return float(value - 0.5 * bend @ bend), gradient

    def bounds(self, features: Features) -> list[tuple[float, float]]:
        """The box in which theta is sought."""
        return [
            *[(np.log(0.02), np.log(100.0))] * features.count,
            (np.log(0.05), np.log(50.0)),
            (np.log(self.least_noise), 0.0),
            *[(-2.0, 2.0)] * (2 * len(features.ordered)),
        ]


@dataclass(frozen=True)
class Data:
    """Observations y (n,) at x (n, d), with what every likelihood needs of x computed once."""

    features: Features
    y: Array
    logs: tuple[Array, Array]  # of the ordered columns, for `warp`
    one_hot: Array  # the nominal ones

    @classmethod
    def of(cls, features: Features, x: Array, y: Array) -> Data:
        """Gather observations."""
        return cls(features, y, log_distances(x[:, features.ordered]), features.one_hot(x))

    @cached_property
    def scratch(self) -> Array:
        """Room for three (n, n) matrices: to get fresh ones from the system for every likelihood costs more than
        to compute them."""
        return np.empty((3, len(self.y), len(self.y)))


def log_posterior(theta: Array, data: Data, prior: Prior) -> float:
    """log p(y | X, theta) + log p(theta), up to a constant; RW (5.8).

    O(n^3 + n^2 D) time and O(n^2) memory: no array of shape (n, n, D) is made. Where the covariance is not
    positive definite, the value is very low.
    """
    value, _ = _likelihood(theta, data, _features(theta, data.features, data.logs, data.one_hot))
    return value + prior.log_density(theta, data.features.count)[0]


def log_posterior_with_gradient(theta: Array, data: Data, prior: Prior) -> tuple[float, Array]:
    """`log_posterior` and its gradient, RW (5.9); zero where the covariance is not positive definite.

    With T = alpha alpha^T - K^-1 and M = T o dk/dR, the derivative by K is T / 2, and that by F_ig is
    2 / l_g^2 (F_ig sum_j M_ij - (M F)_ig). K^-1 is kept as its upper triangle U, and alpha alpha^T is never formed.
    """
    count, p = data.features.count, len(data.features.ordered)
    f = _features(theta, data.features, data.logs, data.one_hot)
    value, solution = _likelihood(theta, data, f)
    if solution is None:
        return value, np.zeros_like(theta)
    factor, alpha = solution
    upper = dpotri(factor, lower=1, overwrite_c=1)[0].T
    noise = np.exp(theta[count + 1])
    trace = float(alpha @ alpha) - np.trace(upper)  # of T
    gradient = np.empty_like(theta)
    # tr(T k) for k = K - noise I, because K alpha = y
    gradient[count] = 0.5 * (data.y @ alpha - len(alpha) - (noise + _JITTER) * trace)
    gradient[count + 1] = 0.5 * noise * trace

    rise = data.scratch[1]
    g = np.concatenate([f, np.ones((len(f), 1))], axis=1)  # the last column gives the row sums
    m = alpha[:, None] * (rise @ (alpha[:, None] * g))
    rise *= upper
    m -= rise @ g + rise.T @ g - np.diag(rise)[:, None] * g
    moved = _SLOPE * (f * m[:, -1:] - m[:, :-1])  # sum_j M_ij (F_ig - F_jg)
    w = np.exp(-2.0 * theta[:count])
    gradient[:count] = -2.0 * w * np.einsum("ij,ij->j", f, moved)
    by_w = 2.0 * w[:p] * moved[:, :p]
    by_a, by_b = warp_by_exponents(f[:, :p], data.logs, *_split_warp(theta, data.features))
    gradient[count + 2 : count + 2 + p] = (by_w * by_a).sum(axis=0)
    gradient[count + 2 + p :] = (by_w * by_b).sum(axis=0)
    prior_value, prior_gradient = prior.log_density(theta, count)
    return value + prior_value, gradient + prior_gradient


def fit(data: Data, start: Array, prior: Prior, iterations: int = 50) -> Array:
    """The theta of a (local) maximum of the log posterior, sought from `start` by L-BFGS-B."""

    def descent(theta: Vector) -> tuple[float, Array]:
        value, gradient = log_posterior_with_gradient(theta, data, prior)
        return -value, -gradient

    bounds = prior.bounds(data.features)
    found: Array = minimize(
        descent,
        np.clip(start, *np.transpose(bounds)),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": iterations, "ftol": 1e-4, "gtol": 1e-3},  # theta is not known any better
    ).x
    return found


@dataclass(frozen=True)
class Posterior:
    """What is known of the function at theta after the data: see `condition`."""

    data: Data
    theta: Array
    scaled: Array  # F / l of the data (n, D)
    inverse_factor: Array  # L^-1 (n, n) with K = L L^T
    alpha: Array  # K^-1 y (n,)

    @property
    def noise(self) -> float:
        """The variance of an observation about the function."""
        return float(np.exp(self.theta[self.data.features.count + 1]))

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Mean and variance of the function (without noise) at x (m, d), shapes (m,); RW (2.25), (2.26)."""
        k, _ = self._cross(self._scaled(x, self._logs(x)))
        v = k @ self.inverse_factor.T
        return k @ self.alpha, self._variance(v)

    def covariance(self, x: Array) -> Array:
        """The covariance matrix of the function at x (m, d), shape (m, m)."""
        scaled = self._scaled(x, self._logs(x))
        k, _ = self._cross(scaled)
        v = k @ self.inverse_factor.T
        joint: Array = _matern(_squared_distances(scaled), self._signal)[0] - v @ v.T
        return joint

    def predict_with_gradient(self, x: Array) -> tuple[Array, Array, Array, Array]:
        """Mean, variance (m,) and their gradients by the ordered columns of x, shapes (m, p)."""
        p, logs = len(self.data.features.ordered), self._logs(x)
        scaled = self._scaled(x, logs)
        k, rise = self._cross(scaled)
        v = k @ self.inverse_factor.T
        here, there = scaled[:, :p], self.scaled[:, :p]
        lengths = np.exp(self.theta[:p])
        bend = _split_warp(self.theta, self.data.features)
        chain = 2.0 / lengths * warp_by_units(here * lengths, logs, *bend)

        def gradient(weights: Array) -> Array:  # of sum_j weights_ij k_ij, times the weights' own factor
            g = _SLOPE * rise * weights
            return np.asarray(chain * (here * g.sum(axis=1)[:, None] - g @ there))

        return (
            k @ self.alpha,
            self._variance(v),
            gradient(self.alpha),
            gradient(-2.0 * (v @ self.inverse_factor)),
        )

    @property
    def _signal(self) -> float:
        return float(np.exp(self.theta[self.data.features.count]))

    def _logs(self, x: Array) -> tuple[Array, Array]:
        return log_distances(x[:, self.data.features.ordered])

    def _scaled(self, x: Array, logs: tuple[Array, Array]) -> Array:
        features = self.data.features
        f = _features(self.theta, features, logs, features.one_hot(x))
        return np.asarray(f * np.exp(-self.theta[: features.count]))

    def _cross(self, scaled: Array) -> tuple[Array, Array]:
        return _matern(_squared_distances(scaled, self.scaled), self._signal)

    def _variance(self, v: Array) -> Array:
        explained = np.einsum("ij,ij->i", v, v)
        return np.asarray(np.maximum(self._signal - explained, 1e-12 * self._signal))


def condition(data: Data, theta: Array) -> Posterior:
    """The posterior of the function given `data` and `theta`; RW algorithm 2.1.

    A covariance that is not positive definite in floating point is given more noise, tenfold each time.
    """
    f = _features(theta, data.features, data.logs, data.one_hot)
    scaled = f * np.exp(-theta[: data.features.count])
    signal, noise = np.exp(theta[data.features.count]), np.exp(theta[data.features.count + 1])
    k = _add_to_diagonal(_matern(_squared_distances(scaled), signal)[0], noise + _JITTER)
    jitter = 1e-8 * signal
    factor, failed = dpotrf(k.T, lower=1)
    while failed:
        factor, failed = dpotrf(_add_to_diagonal(k.copy(), jitter).T, lower=1)
        jitter *= 10.0
    inverse = dtrtri(factor, lower=1)[0]
    return Posterior(data, theta, scaled, inverse, inverse.T @ (inverse @ data.y))


def _split_warp(theta: Array, features: Features) -> tuple[Array, Array]:
    a = features.count + 2
    b = a + len(features.ordered)
    return theta[a:b], theta[b:]


def _features(theta: Array, features: Features, logs: tuple[Array, Array], one_hot: Array) -> Array:
    """F, from the `log_distances` of the ordered columns and the one-hot nominal ones."""
    return np.concatenate([warp(logs, *_split_warp(theta, features)), one_hot], axis=1)


def _likelihood(theta: Array, data: Data, f: Array) -> tuple[float, tuple[Array, Array] | None]:
    """log p(y | X, theta) up to a constant, and the factor of K and alpha; RW (2.30).

    Of the scratch matrices, the first holds the factor afterwards, the second `rise`.
    """
    k, rise, room = data.scratch
    count = data.features.count
    scaled = f * np.exp(-theta[:count])
    _matern_in_place(_squared_distances(scaled, out=k), np.exp(theta[count]), rise, room)
    covariance = _add_to_diagonal(k, np.exp(theta[count + 1]) + _JITTER)
    factor, failed = dpotrf(covariance.T, lower=1, overwrite_a=1)
    if failed:
        return -_FAR, None
    alpha = dpotrs(factor, data.y, lower=1)[0]
    return float(-0.5 * data.y @ alpha - np.log(np.diag(factor)).sum()), (factor, alpha)


def _squared_distances(a: Array, b: Array | None = None, out: Array | None = None) -> Array:
    """|a_i - b_j|^2 by one matrix product; of a with itself, exactly symmetric and zero on the diagonal."""
    other = a if b is None else b
    r: Array = np.matmul(a, (-2.0 * other).T, out=out)
    r += np.einsum("ij,ij->i", a, a)[:, None]
    r += np.einsum("ij,ij->i", other, other)
    np.maximum(r, 0.0, out=r)
    if b is None:
        np.fill_diagonal(r, 0.0)
    return r


def _matern(squared: Array, signal: float) -> tuple[Array, Array]:
    """k and s2 (1 + r) exp(-r) of the squared distances; dk/dR is -5/6 of the latter, without singularity at 0."""
    rise = np.empty_like(squared)
    return _matern_in_place(squared, signal, rise, np.empty_like(squared)), rise


def _matern_in_place(squared: Array, signal: float, rise: Array, r: Array) -> Array:
    """As `_matern`, turning `squared` into k and filling `rise`; `r` is room."""
    np.sqrt(np.multiply(squared, 5.0, out=r), out=r)
    np.exp(np.negative(r, out=rise), out=rise)
    rise *= signal
    squared *= 5.0 / 3.0
    squared *= rise
    r += 1.0
    rise *= r
    squared += rise
    return squared


def _add_to_diagonal(k: Array, value: float) -> Array:
    k.flat[:: len(k) + 1] += value
    return k
