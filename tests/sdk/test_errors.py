from __future__ import annotations

import pickle

import pytest

import tunesmith
from tunesmith import Continuous, TuningError, TuningInterrupted


@pytest.mark.parametrize("kind", [TuningError, TuningInterrupted])
def test_an_error_comes_whole_out_of_another_process(kind: type[TuningError | TuningInterrupted]) -> None:
    result = tunesmith.minimize(lambda c: c["x"], [Continuous("x", 0, 1)], trials=1, seed=1)
    again = pickle.loads(pickle.dumps(kind("why", result)))  # noqa: S301 - it is our own
    assert (type(again), str(again), again.result) == (kind, "why", result)
