"""Scrambled Sobol points: a sequence that fills the unit cube more evenly than random points do.

Owen, "Scrambling Sobol' and Niederreiter-Xing points" (1998), as in scipy: linear matrix scrambling and a
digital shift.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.stats.qmc import Sobol


def scrambled_sobol(count: int, dimensions: int, seed: int, skip: int = 0) -> NDArray[np.float64]:
    """Points `skip`, ..., `skip + count - 1` of the scrambled Sobol sequence of `seed`, shape (count, dimensions).

    Row k of the sequence is a function of (seed, dimensions, k) alone. The sequence ends after 2**30 points;
    asking for more raises ValueError.
    """
    if skip + count <= _BLOCK:
        return _first_block(dimensions, seed)[skip : skip + count].copy()
    engine = _engine(dimensions, seed)
    if skip:
        engine.fast_forward(skip)
        return engine.random(count)
    power_of_two = 1 << (count - 1).bit_length()  # scipy warns of any other number of first points
    return engine.random(power_of_two)[:count]


_BLOCK = 64  # as many points as most callers ever ask for


@lru_cache(maxsize=16)
def _first_block(dimensions: int, seed: int) -> NDArray[np.float64]:
    return _engine(dimensions, seed).random(_BLOCK)


def _engine(dimensions: int, seed: int) -> Sobol:
    from scipy.stats.qmc import Sobol  # noqa: PLC0415 - 25 MB, and some who import this never ask

    return Sobol(dimensions, rng=np.random.default_rng(seed))
