"""Sobol search: like random search, but no two points come close and no region is left out for long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tunesmith.numerics.sobol import scrambled_sobol
from tunesmith.strategies._sequence import BLOCK, next_of
from tunesmith.strategies.registry import strategy

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Config, Points, Space

_MOST_PARAMETERS = 21201  # as far as the published direction numbers go


@strategy("Sobol")
class Sobol:
    """Fills the space evenly with a scrambled Sobol sequence, whatever the results.

    The k-th configuration depends on the space, the seed and k only. A finite space is tried completely before
    anything repeats.
    """

    def suggest(self, space: Space, history: History, count: int, seed: int) -> list[Config]:
        """Propose the next `count` configurations; see `Strategy.suggest`."""
        return next_of(_points, space, history, count, seed)

    def check(self, space: Space) -> None:
        """Raise ValueError if the space has more parameters than there are Sobol dimensions."""
        if len(space) > _MOST_PARAMETERS:
            msg = f"strategy Sobol: at most {_MOST_PARAMETERS} parameters, got {len(space)}; use Random"
            raise ValueError(msg)


def _points(dimensions: int, seed: int, number: int, block: int) -> Points:
    scramble = np.random.SeedSequence(seed, spawn_key=(number, 0)).generate_state(1, np.uint64)
    return scrambled_sobol(BLOCK, dimensions, int(scramble[0]), skip=block * BLOCK)
