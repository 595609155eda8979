"""What the optimizers are compared on: families of problems with a known or an estimated best value."""

# ruff: noqa: PLC0415 - the families import this module

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tunesmith.core.space import Config, Space

Loss = Callable[[Config], float]
Observe = Callable[[Config, np.random.Generator], float]


@dataclass(frozen=True)
class Problem:
    """A search space and a loss to minimise, which may be observed with noise."""

    name: str
    family: str
    space: Space
    truth: Loss  # the loss without noise
    budget: int  # trials
    optimum: float | None = None  # None: unknown, the best that any optimizer found stands in for it
    observe: Observe | None = None  # None: without noise

    def observed(self, config: Config, rng: np.random.Generator) -> float:
        """One observation of the loss."""
        return self.truth(config) if self.observe is None else self.observe(config, rng)

    @cached_property
    def typical(self) -> float:
        """The median loss of random configurations: a normalised regret of 1."""
        points = np.random.default_rng(0).random((200, len(self.space)))
        return float(np.median([self.truth(config) for config in self.space.decode(points)]))


def with_noise(problem: Problem, share: float) -> Problem:
    """The same problem with normal noise; its deviation is this share of the middle half of random losses."""
    points = np.random.default_rng(1).random((200, len(problem.space)))
    low, high = np.quantile([problem.truth(config) for config in problem.space.decode(points)], [0.25, 0.75])
    deviation = share * float(high - low)

    def observe(config: Config, rng: np.random.Generator) -> float:
        return problem.truth(config) + deviation * float(rng.standard_normal())

    return replace(problem, name=f"{problem.name}+noise", family="noisy", observe=observe)


def all_problems(*, short: bool) -> Iterator[Problem]:
    """Every problem of every family, or a few of each."""
    from benchmarks.search import coco, tables, training

    yield from training.problems(short=short)
    yield from tables.problems(short=short)
    smooth = list(coco.bbob(short=short))
    yield from smooth
    yield from coco.mixed(short=short)
    yield from tables.noisy_problems(short=short)
    yield from (with_noise(problem, 0.2) for problem in smooth[::3])
