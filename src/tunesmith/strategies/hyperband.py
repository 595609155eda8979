"""Hyperband as SageMaker has it: random configurations, most of which are given up early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunesmith.strategies.random import Random
from tunesmith.strategies.registry import strategy
from tunesmith.strategies.staged import Staged

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Config, Space

_DRAWS = Random()


@strategy("Hyperband")
@dataclass(frozen=True)
class Hyperband(Staged):
    """Draws configurations as random search does, and stops those that are not among the best third at a rung."""

    def suggest(self, space: Space, history: History, count: int, seed: int) -> list[Config]:
        """Propose the next `count` configurations; see `Strategy.suggest`."""
        return _DRAWS.suggest(space, history, count, seed)
