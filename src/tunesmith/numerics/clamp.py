"""Holding numbers within bounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def clamp(values: Array, low: float, high: float) -> Array:
    """`np.clip` of floats, which takes three times as long for the small arrays of a search."""
    return np.asarray(np.minimum(np.maximum(values, low), high))
