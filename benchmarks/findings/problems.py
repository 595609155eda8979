"""Made-up objectives of which it is known what ought to be found: an optimum at an edge, idle parameters, noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.space import Categorical, Config, Continuous, Integer, Parameter, Space

Array = NDArray[np.float64]

FAMILIES = ("bowls", "valleys", "waves")
"""Bowls: sums of one-dimensional terms. Valleys: turned, so that parameters interact. Waves: with ripples on top."""


@dataclass(frozen=True)
class Planted:
    """An objective to minimise, and the truth about it."""

    name: str
    space: Space
    centre: Array  # where it is lowest, in the unit cube; outside of it for a parameter whose optimum is at an edge
    weights: Array  # how much each parameter matters; 0: not at all
    turn: Array  # a matrix that mixes the parameters
    ripple: float  # the height of the ripples
    noise: float  # the standard deviation of one observation

    @property
    def at_edge(self) -> frozenset[str]:
        """The parameters whose best values lie at an edge."""
        out = (self.centre < 0.0) | (self.centre > 1.0)
        return frozenset(name for name, is_out in zip(self.space.names, out, strict=True) if is_out)

    @property
    def idle(self) -> frozenset[str]:
        """The parameters that do not matter."""
        return frozenset(
            name for name, weight in zip(self.space.names, self.weights, strict=True) if weight == 0.0
        )

    def truth(self, config: Config) -> float:
        """The loss without noise."""
        away = self.weights * (self.space.encode([config])[0] - self.centre)
        turned = self.turn @ away
        ripples = (1.0 - np.cos(6.0 * np.pi * away)).sum()
        return float((np.abs(turned) ** 1.7).sum() + self.ripple * ripples) + 1.0

    def observed(self, config: Config, rng: np.random.Generator) -> float:
        """One observation of the loss."""
        return self.truth(config) + self.noise * float(rng.standard_normal())


def planted(
    family: str,
    seed: int,
    *,
    edges: int = 0,
    idle: int = 0,
    noise: float = 0.0,
    dimensions: int | None = None,
) -> Planted:
    """Draw an objective.

    Args:
        family: One of `FAMILIES`.
        seed: Of everything that is random.
        edges: How many parameters have their best value at an edge.
        idle: How many parameters do not matter.
        noise: The standard deviation of observations, as a share of the middle half of random losses.
        dimensions: 2 to 6 by the seed, if not given; more than `edges` and `idle` together.
    """
    rng = np.random.default_rng((seed, FAMILIES.index(family)))
    count = dimensions or int(rng.integers(max(2, edges + idle + 1), 7))
    space = Space([*_parameters(count, rng)])
    order = rng.permutation(_ordered(space))
    centre, weights = rng.uniform(0.25, 0.75, count), rng.uniform(0.6, 1.4, count)
    for j in order[:edges]:
        centre[j] = rng.choice([-1.0, 1.0]) * rng.uniform(0.6, 0.9) + 0.5
    others = [j for j in rng.permutation(count) if j not in set(order[:edges])]
    weights[others[:idle]] = 0.0
    turn = np.eye(count) if family != "valleys" else _turn(count, rng, fixed=set(order[:edges]))
    problem = Planted(
        f"{family}-{seed}", space, centre, weights, turn, 0.02 if family == "waves" else 0.0, 0.0
    )
    if not noise:
        return problem
    points = np.random.default_rng(1).random((200, count))
    low, high = np.quantile([problem.truth(config) for config in space.decode(points)], [0.25, 0.75])
    return Planted(problem.name, space, centre, weights, turn, problem.ripple, noise * float(high - low))


def _parameters(count: int, rng: np.random.Generator) -> Iterator[Parameter]:
    """Of every kind, but at most one without order."""
    kinds = rng.permutation(["linear", "log", "integer", "long integer", "linear", "log"])[:count]
    if count > 3 and rng.random() < 0.5:
        kinds[-1] = "choice"
    for i, kind in enumerate(kinds):
        name = f"p{i}"
        match kind:
            case "linear":
                yield Continuous(name, -2.0, 3.0)
            case "log":
                yield Continuous(name, 1e-5, 1e-1)
            case "integer":
                yield Integer(name, 1, 10)
            case "long integer":
                yield Integer(name, 8, 1024)
            case _:
                yield Categorical(name, ("a", "b", "c"))


def _ordered(space: Space) -> list[int]:
    return [j for j, p in enumerate(space.parameters) if not isinstance(p, Categorical)]


def _turn(count: int, rng: np.random.Generator, fixed: set[int]) -> Array:
    """A rotation of those coordinates that are not fixed: turning the others would move where the edge matters."""
    free = [j for j in range(count) if j not in fixed]
    turn = np.eye(count)
    turn[np.ix_(free, free)] = np.linalg.qr(rng.standard_normal((len(free), len(free))))[0]
    return turn
