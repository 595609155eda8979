from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.numerics.clamp import clamp


@given(st.lists(st.floats(), max_size=9), st.floats(-2, 0), st.floats(0, 2))
def test_it_is_that_of_numpy(values: list[float], low: float, high: float) -> None:
    given = np.array(values, dtype=float)
    assert np.array_equal(clamp(given, low, high), np.clip(given, low, high), equal_nan=True)
