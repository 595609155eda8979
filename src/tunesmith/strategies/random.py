"""Random search: independent draws, even in the coordinates that the scales define."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tunesmith.strategies._sequence import BLOCK, next_of
from tunesmith.strategies.registry import strategy

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Config, Points, Space


@strategy("Random")
class Random:
    """Draws from the whole space. It learns nothing, so it loses nothing by running many trials at a time.

    The k-th configuration depends on the space, the seed and k only. A finite space is tried completely before
    anything repeats.
    """

    def suggest(self, space: Space, history: History, count: int, seed: int) -> list[Config]:
        """Propose the next `count` configurations; see `Strategy.suggest`."""
        return next_of(_points, space, history, count, seed)

    def check(self, space: Space) -> None:
        """Accept every space."""


def _points(dimensions: int, seed: int, number: int, block: int) -> Points:
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number, block)))
    return rng.random((BLOCK, dimensions))
