"""What a tuning job is after: a metric and a direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Show: TypeAlias = Callable[[float], str]
"""Writes a loss as the user knows it: as a value of the metric."""


class Goal(StrEnum):
    """Whether the metric should become small or large."""

    MINIMIZE = "Minimize"
    MAXIMIZE = "Maximize"


@dataclass(frozen=True)
class Objective:
    """The metric to optimise. Inside Tunesmith lower is better everywhere: a *loss* is a value after `loss`."""

    metric: str
    goal: Goal = Goal.MINIMIZE

    def __post_init__(self) -> None:
        if not self.metric:
            msg = "objective: the metric needs a name"
            raise ValueError(msg)
        object.__setattr__(self, "goal", Goal(self.goal))

    def loss(self, value: float) -> float:
        """Turn a value of the metric, in the user's units, into a loss."""
        return value if self.goal is Goal.MINIMIZE else -value

    def value(self, loss: float) -> float:
        """Turn a loss back into a value of the metric."""
        return self.loss(loss)  # negation is its own inverse

    def show(self, loss: float) -> str:
        """Write a loss as a value of the metric, in at most six digits."""
        return f"{self.value(loss):.6g}"
