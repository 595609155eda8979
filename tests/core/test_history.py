import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.testing.spaces import histories

SPACE = Space([Continuous("x", 0.0, 1.0, "Linear"), Integer("n", 1, 4), Categorical("c", ("a", "b"))])


def trial(number: int, loss: float | None = None, state: TrialState = TrialState.COMPLETED) -> Trial:
    config: Config = {"x": (number % 11) / 10, "n": 1 + number % 4, "c": "ab"[number % 2]}
    return Trial(number, config, state, () if loss is None else (loss,))


def grown(*losses: float | None) -> History:
    history = History(SPACE)
    for number, loss in enumerate(losses, start=1):
        history = history.add(trial(number, loss))
    return history


def test_an_empty_history() -> None:
    history = History(SPACE)
    assert (len(history), history.created, history.best, history.finished) == (0, 0, None, [])
    assert history.points.shape == history.open_points.shape == (0, 3)
    assert history.losses.shape == (0,)


def test_trials_are_in_the_order_in_which_they_ended() -> None:
    trials = [trial(3, 0.1), trial(1, 0.3), trial(2)]
    history = History.of(SPACE, trials)
    assert history.finished == trials
    assert np.array_equal(history.points, SPACE.encode([t.config for t in trials]))
    assert np.array_equal(history.losses, [0.1, 0.3, math.nan], equal_nan=True)


def test_the_number_of_the_next_trial_counts_the_open_ones() -> None:
    waiting = [trial(5, state=TrialState.RUNNING), trial(4, state=TrialState.PENDING)]
    history = History.of(SPACE, [waiting[0], trial(1, 0.1), waiting[1], trial(3), trial(2)])
    assert history.created == 5
    assert [t.number for t in history.open] == [4, 5]
    assert np.array_equal(history.open_points, SPACE.encode([t.config for t in history.open]))


def test_a_trial_that_ends_is_no_longer_open() -> None:
    history = grown(0.5).with_open([trial(2, state=TrialState.RUNNING), trial(3, state=TrialState.RUNNING)])
    ended = history.add(trial(2, 0.1))
    assert [t.number for t in ended.open] == [3]
    assert [t.number for t in history.open] == [2, 3]
    assert (history.created, ended.created) == (3, 3)


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ((0.3, 0.1, 0.2), 2),
        ((0.3, 0.1, 0.1), 2),
        ((None, None), None),
        ((None, 0.5), 2),
        ((-math.inf + 1, 0.0), 1),
        ((0.0, -0.0), 1),
    ],
)
def test_the_best_is_the_lowest_and_the_earliest_of_equals(
    losses: tuple[float | None, ...], best: int | None
) -> None:
    history = grown(*losses)
    assert (history.best and history.best.number) == best


def test_failed_and_open_trials_are_never_the_best() -> None:
    history = History.of(SPACE, [trial(1, 0.1, TrialState.FAILED), trial(2, 0.5, TrialState.STOPPED)])
    history = history.with_open([trial(3, 0.0, TrialState.RUNNING)])
    assert history.best == trial(2, 0.5, TrialState.STOPPED)


def test_a_prefix_is_the_history_as_it_was() -> None:
    history = grown(0.5, 0.1, 0.3).with_open([trial(4, state=TrialState.RUNNING)])
    assert history.points.shape == (3, 3)
    before = history.prefix(1)
    assert (len(before), before.created, before.open) == (1, 1, ())
    assert before.best == trial(1, 0.5)
    assert before.points.shape == (1, 3)
    assert before.losses.tolist() == [0.5]
    assert len(history.prefix(9)) == 3
    assert len(history.prefix(0)) == 0


def test_two_histories_grown_from_one_do_not_see_each_other() -> None:
    base = grown(0.5, 0.4)
    left, right = base.add(trial(3, 0.1)), base.add(trial(4, 0.2))
    left, right = left.add(trial(5, 0.9)), right.add(trial(6, 0.05))
    assert [t.number for t in left.finished] == [1, 2, 3, 5]
    assert [t.number for t in right.finished] == [1, 2, 4, 6]
    assert left.losses.tolist() == [0.5, 0.4, 0.1, 0.9]
    assert right.losses.tolist() == [0.5, 0.4, 0.2, 0.05]
    assert (left.best, right.best) == (trial(3, 0.1), trial(6, 0.05))
    assert (len(base), base.best, base.losses.tolist()) == (2, trial(2, 0.4), [0.5, 0.4])


def test_a_history_grown_from_a_prefix_does_not_touch_the_longer_one() -> None:
    history = grown(0.5, 0.4, 0.3)
    assert history.losses.tolist() == [0.5, 0.4, 0.3]
    other = history.prefix(1).add(trial(9, 0.1))
    assert other.losses.tolist() == [0.5, 0.1]
    assert history.losses.tolist() == [0.5, 0.4, 0.3]


def test_growing_shares_the_storage() -> None:
    history = grown(*[0.5] * 100)
    assert history.points.shape == (100, 3)
    longer = history.add(trial(101, 0.1))
    assert np.shares_memory(longer.points, history.points)
    assert longer._log is history._log


def test_a_trial_costs_the_same_whatever_their_number() -> None:
    def calls_for_one_more(count: int) -> int:
        history = grown(*[0.5] * count)
        assert len(history.losses) == count
        calls = 0

        def count_call(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count_call)
        try:
            history = history.add(trial(count + 1, 0.1))
            assert history.points.shape == (count + 1, 3)
        finally:
            sys.setprofile(None)
        return calls

    assert calls_for_one_more(1000) <= calls_for_one_more(10) + 5


def test_the_arrays_are_read_only() -> None:
    history = grown(0.5, 0.4)
    for array in (history.points, history.losses):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_list_of_trials_is_a_copy() -> None:
    history = grown(0.5)
    history.finished.clear()
    assert len(history.finished) == 1


def test_priors_stay() -> None:
    prior = grown(0.5)
    history = History.of(SPACE, [trial(1, 0.2)], [prior])
    assert history.add(trial(2)).with_open([]).prefix(1).prior == (prior,)


@given(st.lists(st.tuples(st.sampled_from(["add", "prefix", "look"]), st.integers(0, 8)), max_size=40))
def test_any_growing_and_cutting_gives_what_building_anew_gives(steps: list[tuple[str, int]]) -> None:
    versions = [(History(SPACE), list[Trial]())]
    for number, (step, choice) in enumerate(steps, start=1):
        history, trials = versions[choice % len(versions)]
        if step == "add":
            new = trial(number, None if choice == 0 else float(choice))
            versions.append((history.add(new), [*trials, new]))
        elif step == "prefix":
            versions.append((history.prefix(choice), trials[:choice]))
        else:
            assert history.points.shape == (len(trials), 3)
    for history, trials in versions:
        anew = History.of(SPACE, trials)
        assert history.finished == trials
        assert np.array_equal(history.points, anew.points)
        assert np.array_equal(history.losses, anew.losses, equal_nan=True)
        assert (
            history.best
            == anew.best
            == min((t for t in trials if t.loss is not None), key=lambda t: t.loss or 0.0, default=None)
        )


def test_what_is_known_from_elsewhere_comes_first_to_strategies() -> None:
    known, parent = (trial(1, 0.5), trial(2)), grown(0.1)
    history = History.of(
        SPACE, [trial(2, 0.3), trial(1, 0.4), trial(3, None, TrialState.RUNNING)], [parent], known
    )
    assert (history.created, [t.number for t in history.finished]) == (3, [2, 1])

    pooled = history.pooled
    assert [t.number for t in (*pooled.finished, *pooled.open)] == [1, 2, 4, 3, 5]
    assert [t.loss for t in pooled.finished] == [0.5, None, 0.3, 0.4]
    assert pooled.prior == (parent,)
    assert pooled.pooled is pooled
    assert [t.loss for t in history.add(trial(3, 0.2)).pooled.finished][-1] == 0.2


@given(st.data())
def test_the_views_agree_with_the_trials(data: st.DataObject) -> None:
    history = data.draw(histories(SPACE))
    assert len(history) == len(history.finished) == len(history.losses)
    assert history.created == len(history) + len(history.open)
    assert all(t.state.is_final for t in history.finished)
    assert not any(t.state.is_final for t in history.open)
    losses = [math.nan if t.loss is None else t.loss for t in history.finished]
    assert np.array_equal(history.losses, losses, equal_nan=True)
