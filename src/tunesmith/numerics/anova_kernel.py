"""A Gaussian process that is a sum of effects: of one coordinate of the unit cube, of two together, and so on.

Notation, after Durrande et al., "ANOVA kernels and RKHS of zero mean functions for model-based sensitivity analysis"
(2013), here D13, and Lu, Boukouvalas and Hensman, "Additive Gaussian processes revisited" (2022), here L22:

    w_j         the measure of axis j, on nodes
    k0_j        a kernel of functions whose mean under w_j is zero, and whose variance is one on average   D13 (9)
    k           = 1 + (prod_j (1 + kappa a_j k0_j) - 1) / kappa
                = 1 + sum_j a_j k0_j + kappa sum_(i<j) a_i a_j k0_i k0_j + ...                             L22 (4)

So a_j is the variance expected of the effect of axis j alone, and kappa says how much the axes interact: without
limit from an additive function (0) to a product. The parameters are one vector:
theta = [log a (p), log l (p), log kappa, log noise]; the length scale l is a step of a ladder, so that what depends
on it is computed once, and that of a nominal axis is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotrs

from tunesmith.numerics.axes import Axis
from tunesmith.numerics.slice_sampling import slice_sample

Array = NDArray[np.float64]

_NODES = 24  # of an axis that is continuous or has more levels than that
_TERMS = 12  # eigenfunctions kept of an ordered axis: the rest is less than a thousandth of the variance
_LADDER = np.exp(np.linspace(np.log(0.1), np.log(4.0), 14))  # of length scales
_TINY = 1e-7  # eigenvalues below this share of the sum are rounding
_JITTER = 1e-8
_FAR = -1e10  # the log density where the covariance is not positive definite


@dataclass(frozen=True)
class Basis:
    """Functions of one axis that are orthonormal and have mean zero under its measure.

    `spectrum` (b,) are the variances that the kernel gives to their coefficients; they sum to one.
    """

    axis: Axis
    length: float  # infinite for a nominal axis
    nodes: Array  # (q,)
    weights: Array  # (q,) sum to one
    at_nodes: Array  # (q, b)
    spectrum: Array  # (b,)

    def at(self, units: Array) -> Array:
        """The functions at `units` (n,), shape (n, b); by Nystroem's formula between the nodes."""
        if self.axis.levels is not None and len(self.nodes) == self.axis.levels:
            return np.asarray(self.at_nodes[self.axis.level(units).astype(int)])
        near = _matern(units[:, None] - self.nodes, self.length)
        means = near @ self.weights
        own = _matern(self.nodes[:, None] - self.nodes, self.length) @ self.weights
        centred = near - means[:, None] - own + own @ self.weights
        scale = self.weights @ (1.0 - 2.0 * own + own @ self.weights)
        return np.asarray(centred @ (self.weights[:, None] * self.at_nodes) / (scale * self.spectrum))


def measure_of(axis: Axis) -> tuple[Array, Array]:
    """Nodes and weights that integrate over an axis as uniform random units, snapped to its levels, would."""
    if axis.levels is None or (axis.levels > _NODES and not axis.nominal):
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        return 0.5 + 0.5 * nodes, 0.5 * weights
    levels = np.arange(axis.levels)
    if axis.first is None:
        return axis.unit(levels), np.full(axis.levels, 1.0 / axis.levels)
    widths = np.diff(np.log(axis.first - 0.5 + np.arange(axis.levels + 1)))
    return axis.unit(levels), widths / widths.sum()


def basis_of(axis: Axis, length: float) -> Basis:
    """The eigenfunctions of the centred kernel of an axis with more than one level."""
    nodes, weights = measure_of(axis)
    if axis.nominal:
        length, k = np.inf, np.eye(len(nodes))
    else:
        k = _matern(nodes[:, None] - nodes, length)
    means = k @ weights
    root = np.sqrt(weights)
    centred = root[:, None] * (k - means[:, None] - means + means @ weights) * root
    values, vectors = np.linalg.eigh(centred)
    kept = np.flatnonzero(values > _TINY * values.sum())[::-1]
    if not axis.nominal:
        kept = kept[:_TERMS]
    return Basis(axis, length, nodes, weights, vectors[:, kept] / root[:, None], values[kept] / values.sum())


@dataclass(frozen=True)
class Belief:
    """What is believed of theta before the data, for values of variance one."""

    effect: float = (
        0.1  # the median of a, which has the tails of a squared Cauchy variable: most matter little
    )
    length: tuple[float, float] = (0.6, 0.7)  # median of l and standard deviation of its logarithm
    interaction: tuple[float, float] = (1.0, 1.5)  # the same of kappa
    noise: tuple[float, float] = (0.01, 2.0)

    def log_density(self, theta: Array, p: int) -> float:
        """The logarithm of the density of theta, up to a constant."""
        logs = theta[:p] - np.log(self.effect)
        value = -np.logaddexp(0.5 * logs, -0.5 * logs).sum()
        others = [(self.length, theta[p : 2 * p]), (self.interaction, theta[-2:-1]), (self.noise, theta[-1:])]
        for (median, sd), part in others:
            value -= 0.5 * float(np.square((part - np.log(median)) / sd).sum())
        return float(value)

    def start(self, p: int) -> Array:
        """The medians."""
        medians = [self.effect] * p + [self.length[0]] * p + [self.interaction[0], self.noise[0]]
        return np.log(medians)

    def box(self, p: int) -> tuple[Array, Array]:
        """The ends between which theta is sought."""
        low = [1e-5] * p + [_LADDER[0]] * p + [1e-2, 1e-5]
        high = [30.0] * p + [_LADDER[-1]] * p + [30.0, 2.0]
        return np.log(low), np.log(high)


class Model:
    """Values y (n,) at points x (n, p) of axes that all have a choice, and their likelihood."""

    def __init__(self, axes: Sequence[Axis], x: Array, y: Array, belief: Belief) -> None:
        self.axes, self.x, self.y, self.belief = tuple(axes), x, y, belief
        self._bases: dict[tuple[int, int], tuple[Basis, Array]] = {}
        self._kernels: dict[tuple[int, int], Array] = {}

    @property
    def p(self) -> int:
        """The number of axes."""
        return len(self.axes)

    @cached_property
    def _rungs(self) -> Array:
        return np.log(_LADDER)

    def basis(self, j: int, theta: Array) -> tuple[Basis, Array]:
        """The basis of axis j, and its functions at the data times the roots of the spectrum, (n, b)."""
        key = j, self._rung(j, theta)
        if key not in self._bases:
            basis = basis_of(self.axes[j], float(_LADDER[key[1]]))
            self._bases[key] = basis, basis.at(self.x[:, j]) * np.sqrt(basis.spectrum)
        return self._bases[key]

    def covariance(self, theta: Array) -> Array:
        """The covariance of the function at the data (n, n), without noise."""
        kappa = np.exp(theta[-2])
        k = np.ones((len(self.y), len(self.y)))
        for j in range(self.p):
            k *= 1.0 + (kappa * np.exp(theta[j])) * self._kernel(j, theta)
        k -= 1.0
        k /= kappa
        k += 1.0
        return k

    def log_posterior(self, theta: Array) -> float:
        """log p(y | x, theta) + log p(theta), up to a constant."""
        factor = self.factor(theta)
        if factor is None:
            return _FAR
        alpha = dpotrs(factor, self.y, lower=1)[0]
        fit = -0.5 * self.y @ alpha - np.log(np.diag(factor)).sum()
        return float(fit) + self.belief.log_density(theta, self.p)

    def factor(self, theta: Array) -> Array | None:
        """The Cholesky factor of the covariance of the data; None where it is not positive definite."""
        k = self.covariance(theta)
        k.flat[:: len(k) + 1] += np.exp(theta[-1]) + _JITTER * k.flat[0]
        factor, failed = dpotrf(k.T, lower=1, overwrite_a=1)
        return None if failed else factor

    def thetas(self, sweeps: int, rng: np.random.Generator) -> Array:
        """Probable parameters: those after each of `sweeps` of slice sampling, (sweeps, 2 p + 2)."""
        p, start = self.p, self.belief.start(self.p)
        widths = np.repeat([2.0, 1.0, 2.0, 2.0], [p, p, 1, 1])
        return slice_sample(self.log_posterior, start, widths, self.belief.box(p), sweeps, rng)

    def _rung(self, j: int, theta: Array) -> int:
        if self.axes[j].nominal:
            return 0
        return int(np.argmin(np.abs(self._rungs - theta[self.p + j])))

    def _kernel(self, j: int, theta: Array) -> Array:
        key = j, self._rung(j, theta)
        if key not in self._kernels:
            phi = self.basis(j, theta)[1]
            self._kernels[key] = phi @ phi.T
        return self._kernels[key]


def _matern(differences: Array, length: float) -> Array:
    """The Matern-5/2 kernel."""
    r = np.abs(differences) * (np.sqrt(5.0) / length)
    return np.asarray((1.0 + r + r * r / 3.0) * np.exp(-r))
