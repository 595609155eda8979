from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.space import Continuous, Space
from tunesmith.core.trial import Trial, TrialState

SPACE = Space([Continuous("x", 0.0, 1.0)])
FINAL = [state for state in TrialState if state.is_final]
series = st.lists(st.integers(-100, 100).map(float), max_size=7).map(tuple)


def trials(curves: list[tuple[TrialState, tuple[float, ...]]]) -> list[Trial]:
    return [Trial(n, {"x": 0.5}, state, reports) for n, (state, reports) in enumerate(curves, 1)]


@given(st.lists(st.tuples(st.sampled_from(FINAL), series), max_size=100), st.data())
def test_what_curves_tell_is_what_the_trials_reported(
    drawn: list[tuple[TrialState, tuple[float, ...]]], data: st.DataObject
) -> None:
    history = History.of(SPACE, trials(drawn))
    count = data.draw(st.integers(0, len(drawn)))
    history.prefix(count).curves  # noqa: B018 - what was filled in before must not matter
    curves = history.curves
    assert len(curves) == len(drawn)
    assert curves.lengths.tolist() == [len(reports) for _, reports in drawn]
    assert curves.completed.tolist() == [state is TrialState.COMPLETED for state, _ in drawn]
    assert curves.failed.tolist() == [state is TrialState.FAILED for state, _ in drawn]
    for step in range(1, 8):
        reached = [reports for _, reports in drawn if len(reports) >= step]
        chosen = curves.lengths >= step
        assert curves.reports(step, chosen).tolist() == [reports[step - 1] for reports in reached]
        assert np.allclose(curves.means(step, chosen), [sum(r[:step]) / step for r in reached])
        assert curves.lows(step, chosen).tolist() == [min(reports[:step]) for reports in reached]
    some = np.flatnonzero(curves.lengths)
    assert curves.last(some).tolist() == [reports[-1] for _, reports in drawn if reports]
    assert curves.lowest(some).tolist() == [min(reports) for _, reports in drawn if reports]


def test_a_shorter_history_sees_its_own_trials_only() -> None:
    history = History.of(SPACE, trials([(TrialState.COMPLETED, (1.0, 2.0)), (TrialState.FAILED, (3.0,))]))
    assert len(history.curves) == 2
    assert history.prefix(1).curves.lengths.tolist() == [2]
    assert len(history.prefix(0).curves) == 0


def test_histories_that_part_do_not_mix() -> None:
    first = History.of(SPACE, trials([(TrialState.COMPLETED, (1.0,))]))
    left, right = (first.add(Trial(2, {"x": 0.5}, TrialState.COMPLETED, (loss,))) for loss in (5.0, 6.0))
    every = np.array([0, 1])
    assert left.curves.reports(1, every).tolist() == [1.0, 5.0]
    assert right.curves.reports(1, every).tolist() == [1.0, 6.0]


def test_endless_sums_are_infinite_and_no_error() -> None:
    history = History.of(SPACE, trials([(TrialState.COMPLETED, (1.7e308, 1.7e308))]))
    assert np.isposinf(history.curves.means(2, np.array([0]))).all()
