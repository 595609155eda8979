"""Several functions to compare in one tuning job, each with a space of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, SupportsFloat, TypeAlias, cast

from tunesmith.control.autotune import trials_for
from tunesmith.core.objective import Objective
from tunesmith.core.space import Config
from tunesmith.core.training_job import Function
from tunesmith.core.tuning_job import Definition
from tunesmith.sdk.arguments import configs_of, plain
from tunesmith.sdk.chosen import Searched, SpaceLike, searched

ObjectiveFunction: TypeAlias = Callable[[dict[str, Any]], SupportsFloat | Mapping[str, SupportsFloat]]
"""A function of a configuration that returns a number, or metrics by name."""


@dataclass(frozen=True)
class Algorithm:
    """One of several algorithms to compare; `minimize` and `maximize` take a mapping of names to them."""

    function: ObjectiveFunction
    space: SpaceLike
    _: KW_ONLY
    initial: Sequence[Config] = ()  # configurations to try first
    max_seconds: float | None = None  # how long one trial may run; None: as all

    @property
    def work(self) -> Function:
        """The function as a backend runs it."""
        return Function(cast("Callable[[Config], Any]", self.function))

    def definition(self, name: str, objective: Objective, max_seconds: float | None) -> Definition:
        """The algorithm as a tuning job has it."""
        found = searched(self.space)
        return Definition(
            name=name,
            work=self.work,
            space=found.space,
            objective=objective,
            initial=configs_of(self.initial),
            hyperparameters=found.fixed,
            max_seconds=max_seconds if self.max_seconds is None else plain(self.max_seconds),
        )


def together(algorithms: Mapping[str, Algorithm]) -> Searched:
    """What is chosen for all of them, as soon as it is for one: as many trials as for each alone.

    Raises TypeError for anything but algorithms.
    """
    for name, algorithm in algorithms.items():
        if not isinstance(algorithm, Algorithm):
            msg = f"function: {name!r} must be a tunesmith.Algorithm(function, space), got {algorithm!r}"
            raise TypeError(msg)
    if not algorithms:
        msg = "function: there is no algorithm in the mapping"
        raise ValueError(msg)
    found = [searched(algorithm.space) for algorithm in algorithms.values()]
    trials = sum(trials_for(each.space) for each in found)
    return replace(found[0], is_chosen=any(each.is_chosen for each in found), trials=trials)
