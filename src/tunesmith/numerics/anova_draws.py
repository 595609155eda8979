"""Functions drawn from an `anova_kernel` process after its data, and what each of them owes to which coordinates.

A drawn function is a prior draw moved by Matheron's rule to agree with the data: Wilson et al., "Efficiently sampling
functions from Gaussian process posteriors" (2020), here W20,

    f = f0 + k(., X) v,    v = (K + noise I)^-1 (y - f0(X) - e)                                           W20 (10)

and each part of f is a sum of products of functions of one coordinate, so that integrals over all the others are
products of numbers: nothing below is a Monte Carlo integral. With psi_j the orthonormal functions of axis j,

    f = c + sum_j main_j . psi_j + sum_(i<j) psi_i . pair_ij . psi_j + sum_c beta_c prod_j (mu_cj + u_cj . psi_j)

Draws come in pairs whose random parts are opposite, so that their mean is the mean of the process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrs

from tunesmith.numerics.anova_kernel import Basis, Model

Array = NDArray[np.float64]

_TINY = 1e-10  # variances below this are rounding
_HIGHER = 64  # random products for the effects of three and more coordinates before the data


@dataclass(frozen=True)
class Turn:
    """How functions that are orthonormal under one measure of an axis become so under another.

    With m the means of the old ones under the new measure, old - m = onto^T new.
    """

    means: Array  # (b,)
    onto: Array  # (b', b)
    at_nodes: Array  # of the new functions (q, b')

    @classmethod
    def of(cls, at_nodes: Array, weights: Array) -> Turn:
        """From functions at the nodes (q, b) to the measure that has these weights there (q,)."""
        means = weights @ at_nodes
        centred = at_nodes - means
        values, vectors = np.linalg.eigh(centred.T @ (weights[:, None] * centred))
        kept = values > _TINY
        root = np.sqrt(values[kept])
        return cls(means, (vectors[:, kept] * root).T, centred @ (vectors[:, kept] / root))


@dataclass(frozen=True)
class Functions:
    """s functions of p coordinates, in the form of the module's last formula."""

    constant: Array  # (s,)
    mains: tuple[Array, ...]  # p times (b, s)
    pairs: dict[tuple[int, int], Array]  # (b_i, b_j, s) for i < j
    beta: Array  # (c, s)
    mu: tuple[Array, ...]  # p times (c,)
    u: tuple[Array, ...]  # p times (c, b)

    def at(self, psi: Sequence[Array]) -> Array:
        """The values at n points, given psi_j there, p times (n, b); shape (s, n)."""
        products = np.ones((len(psi[0]), len(self.beta)))
        for j, functions in enumerate(psi):
            products *= self.mu[j] + functions @ self.u[j].T
        values = self.constant + products @ self.beta
        for j, functions in enumerate(psi):
            values += functions @ self.mains[j]
        for (i, j), pair in self.pairs.items():
            values += np.einsum("nbs,nb->ns", np.tensordot(psi[i], pair, 1), psi[j])
        return np.asarray(values.T)

    @property
    def expected(self) -> Functions:
        """The mean of the functions, as one function: what is random about them cancels."""
        mains = tuple(main.mean(axis=1, keepdims=True) for main in self.mains)
        constant, beta = self.constant.mean(keepdims=True), self.beta.mean(axis=1, keepdims=True)
        return Functions(constant, mains, {}, beta, self.mu, self.u)

    def under(self, turns: Sequence[Turn]) -> Functions:
        """The same functions in terms of those of other measures."""
        constant = self.constant.copy()
        mains = [turn.onto @ main for turn, main in zip(turns, self.mains, strict=True)]
        pairs = {}
        for turn, main in zip(turns, self.mains, strict=True):
            constant += turn.means @ main
        for (i, j), pair in self.pairs.items():
            first, second = turns[i], turns[j]
            across = np.tensordot(first.means, pair, 1)  # (b_j, s)
            along = np.einsum("bcs,c->bs", pair, second.means)
            constant += second.means @ across
            mains[i] += first.onto @ along
            mains[j] += second.onto @ across
            pairs[i, j] = np.einsum("ab,bcs,dc->ads", first.onto, pair, second.onto, optimize=True)
        mu = tuple(mu + u @ turn.means for mu, u, turn in zip(self.mu, self.u, turns, strict=True))
        u = tuple(u @ turn.onto.T for u, turn in zip(self.u, turns, strict=True))
        return Functions(constant, tuple(mains), pairs, self.beta, mu, u)

    def main(self, j: int) -> Array:
        """The coefficients (b, s) of the effect of coordinate j alone."""
        return np.asarray(self.mains[j] + self.u[j].T @ (self._weights_without(j)[:, None] * self.beta))

    def pair(self, i: int, j: int) -> Array:
        """The coefficients (b_i, b_j, s) of the effect of coordinates i < j beyond those of each alone."""
        return np.asarray(self.pairs[i, j] + self._column_pair(i, j))

    def mean(self) -> Array:
        """The means of the functions (s,)."""
        return np.asarray(self.constant + self._weights_without() @ self.beta)

    def variances(self) -> tuple[Array, Array, Array, dict[tuple[int, int], Array]]:
        """Of the functions: the whole variance (s,), main and total effects (p, s), and the pairs' own (s,)."""
        p = len(self.mains)
        main, higher = np.empty((p, self.beta.shape[1])), self._column_totals()
        for j in range(p):
            main[j] = np.square(self.main(j)).sum(axis=0)
            alone = self.u[j].T @ (self._weights_without(j)[:, None] * self.beta)
            alone = np.square(alone).sum(axis=0)
            higher[j] -= alone
            higher[p] -= alone
        pairs = {}
        for i, j in combinations(range(p), 2):
            own = self._column_pair(i, j)
            pairs[i, j] = np.square(self.pairs[i, j] + own).sum(axis=(0, 1))
            alone = np.square(own).sum(axis=(0, 1))
            for row in (i, j, p):
                higher[row] -= alone
        higher = np.maximum(higher, 0.0)  # what three and more coordinates do together, but for rounding
        total = main + higher[:p]
        for (i, j), value in pairs.items():
            total[i] += value
            total[j] += value
        whole = main.sum(axis=0) + sum(pairs.values()) + higher[p]
        return np.asarray(whole), main, total, pairs

    def _column_pair(self, i: int, j: int) -> Array:
        weighted = (self._weights_without(i, j)[:, None] * self.beta)[:, None, :] * self.u[j][:, :, None]
        flat = self.u[i].T @ weighted.reshape(len(weighted), -1)
        return flat.reshape(self.u[i].shape[1], self.u[j].shape[1], self.beta.shape[1])

    def _column_totals(self) -> Array:
        """Of the sum over c alone: the variances of the total effects, and last the whole variance, (p + 1, s)."""
        deviations = [u @ u.T for u in self.u]
        moments = [np.outer(mu, mu) + own for mu, own in zip(self.mu, deviations, strict=True)]
        after = [np.ones_like(moments[0])]
        for moment in moments[:0:-1]:
            after.append(after[-1] * moment)
        before, totals = np.ones_like(moments[0]), []
        for j, moment in enumerate(moments):
            totals.append(self._form(deviations[j] * before * after[-1 - j]))
            before *= moment
        weights = self._weights_without()
        totals.append(self._form(before) - np.square(weights @ self.beta))
        return np.array(totals)

    def _form(self, matrix: Array) -> Array:
        return np.asarray(np.einsum("cs,cs->s", self.beta, matrix @ self.beta))

    def _weights_without(self, *left_out: int) -> Array:
        """prod_j mu_cj over all the other coordinates, (c,)."""
        weights = np.ones(len(self.beta))
        for j, mu in enumerate(self.mu):
            if j not in left_out:
                weights = weights * mu
        return weights


def draw(model: Model, theta: Array, half: int, rng: np.random.Generator) -> Functions | None:
    """2 `half` functions; None where the covariance is not positive definite."""
    factor = model.factor(theta)
    if factor is None:
        return None
    kappa, a = float(np.exp(theta[-2])), np.exp(theta[: model.p])
    bases, phis = zip(*(model.basis(j, theta) for j in range(model.p)), strict=True)
    prior = _prior_draws(bases, a, kappa, half, rng)
    noise = np.exp(0.5 * theta[-1]) * rng.standard_normal((half, len(model.y)))
    drawn = prior.at([phi / np.sqrt(basis.spectrum) for basis, phi in zip(bases, phis, strict=True)]) + noise
    residuals = model.y - np.concatenate([drawn, -drawn])
    v = dpotrs(factor, np.asfortranarray(residuals.T), lower=1)[0]
    opposite = _opposed(prior)
    count = len(model.y)
    return Functions(
        opposite.constant + (1.0 - 1.0 / kappa) * v.sum(axis=0),
        opposite.mains,
        opposite.pairs,
        np.concatenate([v / kappa, opposite.beta]),
        tuple(np.concatenate([np.ones(count), mu]) for mu in prior.mu),
        tuple(
            np.concatenate([kappa * a[j] * phis[j] * np.sqrt(bases[j].spectrum), prior.u[j]])
            for j in range(model.p)
        ),
    )


def _opposed(prior: Functions) -> Functions:
    """The functions and their negatives."""
    both = [np.concatenate([part, -part], axis=-1) for part in (prior.constant, *prior.mains, prior.beta)]
    pairs = {key: np.concatenate([part, -part], axis=-1) for key, part in prior.pairs.items()}
    return Functions(both[0], tuple(both[1:-1]), pairs, both[-1], prior.mu, prior.u)


def _prior_draws(
    bases: Sequence[Basis], a: Array, kappa: float, count: int, rng: np.random.Generator
) -> Functions:
    """Functions of the process before any data."""
    roots = [np.sqrt(basis.spectrum) for basis in bases]
    mains = tuple(
        (np.sqrt(a[j]) * root)[:, None] * rng.standard_normal((len(root), count))
        for j, root in enumerate(roots)
    )
    pairs = {
        (i, j): np.sqrt(kappa * a[i] * a[j])
        * np.outer(roots[i], roots[j])[:, :, None]
        * rng.standard_normal((len(roots[i]), len(roots[j]), count))
        for i, j in combinations(range(len(bases)), 2)
    }
    within, variance = _higher_sets(kappa * a, rng)
    mu = tuple(1.0 - within[:, j] for j in range(len(bases)))
    u = tuple(
        within[:, j, None] * root * rng.standard_normal((len(within), len(root)))
        for j, root in enumerate(roots)
    )
    beta = np.sqrt(variance / (kappa * _HIGHER)) * rng.standard_normal((len(within), count))
    return Functions(rng.standard_normal(count), mains, pairs, beta, mu, u)


def _higher_sets(odds: Array, rng: np.random.Generator) -> tuple[Array, float]:
    """Random sets of three and more coordinates with probabilities prod odds_j, (m, p); and the sum of those."""
    p = len(odds)
    sums = np.zeros((p + 1, 4))  # over the sets of at least k of the coordinates from j on
    sums[p, 0] = 1.0
    for j in reversed(range(p)):
        sums[j] = sums[j + 1] + odds[j] * sums[j + 1, [0, 0, 1, 2]]
    within, wanted = np.zeros((_HIGHER if p > 2 else 0, p)), np.full(_HIGHER if p > 2 else 0, 3)
    for j in range(p if p > 2 else 0):
        chance = odds[j] * sums[j + 1, np.maximum(wanted - 1, 0)] / sums[j, wanted]
        within[:, j] = rng.random(len(within)) < chance
        wanted = np.maximum(wanted - within[:, j].astype(int), 0)
    return within, float(sums[0, 3])
