"""Functions of hyperparameters whose importances are known: by formula, or by quadrature of few coordinates.

Each is a sum of parts that share no coordinate, so that a part's integrals are over its own coordinates alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.numerics.anova_kernel import measure_of
from tunesmith.numerics.axes import Axis
from tunesmith.strategies._surrogate import axes_of

Array = NDArray[np.float64]

_NODES = 60  # along a coordinate with a continuum of values


@dataclass(frozen=True)
class Part:
    """A function of some coordinates of the unit cube: of as many arrays, to an array."""

    columns: tuple[int, ...]
    function: Callable[..., Array]


Rule: TypeAlias = tuple[Array, Array]
"""Nodes along a coordinate, and their weights: integrals are sums."""


@dataclass(frozen=True)
class Problem:
    """A function over a space, and its exact shares."""

    name: str
    space: Space
    parts: tuple[Part, ...]
    rules: tuple[Rule, ...] | None = None  # how each coordinate is spread; None: as random search spreads it

    def losses(self, points: Array) -> Array:
        """The function at points (n, d)."""
        return np.asarray(sum(part.function(*points[:, part.columns].T) for part in self.parts))

    def along(self, j: int, units: Array) -> Array:
        """The mean of the function over all parameters but j, at `units` (n,) of that."""
        mean = np.zeros(len(units))
        for part in self.parts:
            rules = [(units, units) if k == j else self._rules[k] for k in part.columns]
            values = part.function(*np.meshgrid(*(nodes for nodes, _ in rules), indexing="ij"))
            kept = (part.columns.index(j),) if j in part.columns else ()
            mean = mean + _average(values, rules, kept)
        return mean

    @cached_property
    def sd(self) -> float:
        """The standard deviation over the space."""
        return float(np.sqrt(sum(sum(own.values()) for own in self._effects)))

    @cached_property
    def main(self) -> Array:
        """The share of each parameter alone (d,)."""
        return self._shares(lambda columns, j: columns == (j,))

    @cached_property
    def total(self) -> Array:
        """The share of each parameter alone and with others (d,)."""
        return self._shares(lambda columns, j: j in columns)

    @cached_property
    def pairs(self) -> dict[tuple[int, int], float]:
        """The share of each pair of parameters beyond what they do alone."""
        known = {columns: value for own in self._effects for columns, value in own.items()}
        return {pair: known.get(pair, 0.0) / self.sd**2 for pair in combinations(range(len(self.space)), 2)}

    def _shares(self, belongs: Callable[[tuple[int, ...], int], bool]) -> Array:
        shares = np.zeros(len(self.space))
        for own in self._effects:
            for columns, value in own.items():
                for j in range(len(shares)):
                    shares[j] += value * belongs(columns, j)
        return shares / self.sd**2

    @cached_property
    def _effects(self) -> list[Mapping[tuple[int, ...], float]]:
        return [_variances(part, [self._rules[j] for j in part.columns]) for part in self.parts]

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        return self.rules or tuple(_rule(axis) for axis in axes_of(self.space))


def _variances(part: Part, rules: list[Rule]) -> dict[tuple[int, ...], float]:
    """The variance of the effect of every set of a part's coordinates, by inclusion and exclusion."""
    values = part.function(*np.meshgrid(*(nodes for nodes, _ in rules), indexing="ij"))
    found: dict[tuple[int, ...], float] = {}
    mean = float(_average(values, rules, ()))
    closed: dict[tuple[int, ...], float] = {(): 0.0}
    for size in range(1, len(rules) + 1):
        for kept in combinations(range(len(rules)), size):
            reduced = _average(values, rules, kept)
            second = np.square(reduced - mean)
            for k in reversed(kept):
                second = second @ rules[k][1]
            closed[kept] = float(second)
            below = (found[sub] for r in range(1, size) for sub in combinations(kept, r))
            found[kept] = closed[kept] - sum(below)
    return {tuple(part.columns[k] for k in kept): value for kept, value in found.items()}


def _average(values: Array, rules: list[Rule], kept: tuple[int, ...]) -> Array:
    for k in reversed(range(len(rules))):
        if k not in kept:
            values = np.tensordot(values, rules[k][1], axes=(k, 0))
    return values


def _rule(axis: Axis) -> Rule:
    if axis.levels is not None and axis.levels <= _NODES:
        return measure_of(axis)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    halves = 0.25 + 0.25 * nodes  # two halves, as several functions have a kink in the middle
    return np.concatenate([halves, 0.5 + halves]), 0.25 * np.concatenate([weights, weights])


def _unit_space(d: int) -> Space:
    return Space([Continuous(f"x{j}", 0.0, 1.0) for j in range(d)])


def ishigami(d: int = 3) -> Problem:
    """sin x + 7 sin^2 y + 0.1 z^4 sin x on [-pi, pi]^3; Ishigami and Homma (1990)."""

    def function(x: Array, y: Array, z: Array) -> Array:
        a, b, c = (np.pi * (2.0 * u - 1.0) for u in (x, y, z))
        return np.asarray(np.sin(a) + 7.0 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a))

    return Problem(f"Ishigami, d = {d}", _unit_space(d), (Part((0, 1, 2), function),))


def g_function(weights: tuple[float, ...], d: int) -> Problem:
    """prod_j (|4 x_j - 2| + a_j) / (1 + a_j) over at most three coordinates; Saltelli and Sobol' (1995)."""

    def function(*units: Array) -> Array:
        factors = [(np.abs(4.0 * u - 2.0) + a) / (1.0 + a) for u, a in zip(units, weights, strict=True)]
        return np.asarray(np.prod(np.broadcast_arrays(*factors), axis=0))

    return Problem(f"g-function, d = {d}", _unit_space(d), (Part(tuple(range(len(weights))), function),))


def friedman(d: int = 10) -> Problem:
    """10 sin(pi x y) + 20 (z - 1/2)^2 + 10 u + 5 v, and the other coordinates do nothing; Friedman (1991)."""
    parts = (
        Part((0, 1), lambda x, y: 10.0 * np.sin(np.pi * x * y)),
        Part((2,), lambda x: 20.0 * (x - 0.5) ** 2),
        Part((3,), lambda x: 10.0 * x),
        Part((4,), lambda x: 5.0 * x),
    )
    return Problem(f"Friedman, d = {d}", _unit_space(d), parts)


def additive() -> Problem:
    """Three effects of different shapes and sizes, none together, and three coordinates that do nothing."""
    parts = (
        Part((0,), lambda x: np.exp(2.0 * x)),
        Part((1,), lambda x: np.cos(5.0 * x)),
        Part((2,), lambda x: 0.8 * np.abs(x - 0.3)),
    )
    return Problem("additive, d = 6", _unit_space(6), parts)


def valley() -> Problem:
    """A learning rate whose best value moves with the batch size, and a weak penalty: as training goes."""
    space = Space(
        [
            Continuous("rate", 1e-5, 1.0),
            Integer("batch", 16, 512, "Logarithmic"),
            Continuous("decay", 1e-6, 1e-1),
            Integer("layers", 1, 6),
            Continuous("momentum", 0.5, 0.99),
        ]
    )
    parts = (
        Part((0, 1), lambda r, b: np.square(3.0 * (r - 0.35 - 0.3 * b))),
        Part((2, 3), lambda c, k: 0.4 * np.square(c - 0.4) + 0.5 * np.exp(-3.0 * k) * (0.5 + c)),
    )
    return Problem("valley, d = 5", space, parts)


def mixed() -> Problem:
    """A choice that decides how a number works, another choice, and numbers that do little or nothing."""
    space = Space(
        [
            Categorical("kernel", ["rbf", "linear", "poly", "sigmoid"]),
            Continuous("gamma", 1e-4, 10.0),
            Categorical("loss", ["l1", "l2", "huber"]),
            Integer("depth", 1, 12),
            Continuous("subsample", 0.5, 1.0),
            Categorical("shuffle", [True, False]),
        ]
    )
    offset, slope, bias = (
        np.array([0.0, 0.6, 0.9, 0.2]),
        np.array([2.0, 0.2, -0.5, 1.0]),
        np.array([0.0, 0.5, 0.1]),
    )

    def kernel(k: Array, g: Array) -> Array:
        index = np.minimum((k * 4).astype(int), 3)
        return np.asarray(offset[index] + slope[index] * np.square(g - 0.6))

    parts = (
        Part((0, 1), kernel),
        Part((2,), lambda c: bias[np.minimum((c * 3).astype(int), 2)]),
        Part((3,), lambda u: 0.5 / (1.0 + np.exp(8.0 * (u - 0.4)))),
    )
    return Problem("mixed, d = 6", space, parts)


def bowl() -> Problem:
    """A product of three bumps: everything together, and one coordinate that does nothing."""

    def function(x: Array, y: Array, z: Array) -> Array:
        return np.asarray(-np.exp(-4.0 * ((x - 0.4) ** 2 + (y - 0.6) ** 2 + 0.5 * (z - 0.3) ** 2)))

    return Problem("bump, d = 4", _unit_space(4), (Part((0, 1, 2), function),))


def steep() -> Problem:
    """A cliff beyond which training diverges, and a gentle slope before it."""

    def function(x: Array, y: Array) -> Array:
        return np.asarray(0.3 * np.square(x - 0.4) + 1.0 / (1.0 + np.exp(-25.0 * (x + 0.2 * y - 0.85))))

    parts = (
        Part((0, 1), function),
        Part((2,), lambda u: 0.3 * u),
        Part((3,), lambda u: 0.1 * np.sin(6.0 * u)),
    )
    return Problem("cliff, d = 5", _unit_space(5), parts)


def choosing() -> tuple[Problem, ...]:
    """Those by which the constants of the model were chosen."""
    return ishigami(), g_function((0.0, 1.0, 4.5), 5), additive(), valley(), steep()


def confirming() -> tuple[Problem, ...]:
    """Those that no constant was chosen by."""
    return ishigami(5), g_function((0.5, 0.5, 3.0), 4), friedman(10), mixed(), bowl()
