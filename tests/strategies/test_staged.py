from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import ReportRange
from tunesmith.strategies.hyperband import Hyperband
from tunesmith.strategies.staged import rungs
from tunesmith.testing.stopping import SPACE, News, news_of, telling_news

RULE = Hyperband(ReportRange(least=1, most=27))


def ended(*curves: tuple[float, ...], state: TrialState = TrialState.STOPPED) -> list[Trial]:
    return [Trial(n, {"x": 0.5}, state, curve) for n, curve in enumerate(curves, 1)]


FOUR = ended((1.0, 0.0, 0.5), (2.0,), (3.0,), (4.0,))


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [(1, 81, (1, 3, 9, 27)), (1, 82, (1, 3, 9, 27, 81)), (2, 52, (2, 6, 18)), (5, 5, ()), (1, 1, ())],
)
def test_rungs_are_powers_of_three_below_the_most(least: int, most: int, expected: tuple[int, ...]) -> None:
    assert rungs(ReportRange(least=least, most=most)) == expected


def test_a_trial_beyond_the_best_third_is_given_up() -> None:
    # A third of the way through 1, 2, 2.5, 3, 4 lies 2 + 1/3 of 0.5.
    reason = news_of(FOUR, [2.5]).asked(RULE, lambda loss: f"{loss:.4g}%")
    assert reason == (
        "report 1 was 2.5%, which is not among the best third of the 5 training jobs that came so far: those have "
        "2.167% or better"
    )
    assert news_of(FOUR, [1.5]).asked(RULE) is None


def test_a_rung_is_judged_once_by_the_value_there() -> None:
    assert news_of(FOUR, [4.0, 0.0]).asked(RULE) is not None
    assert news_of(FOUR, [4.0, 0.0], before=1).asked(RULE) is None
    assert news_of(FOUR, [0.0, 9.0]).asked(RULE) is None


def test_of_several_rungs_at_once_the_highest_is_judged() -> None:
    assert news_of(FOUR, [9.0, 9.0, 0.0]).asked(RULE) is None
    assert news_of(FOUR, [0.0, 0.0, 9.0]).asked(RULE) is not None


def test_the_first_at_a_rung_goes_on_and_failed_ones_do_not_count() -> None:
    assert news_of([], [9.0]).asked(RULE) is None
    assert news_of(ended((1.0,), (1.0,), state=TrialState.FAILED), [9.0]).asked(RULE) is None


def test_running_trials_count() -> None:
    news = news_of([], [9.0])
    other = Trial(2, {"x": 0.5}, TrialState.RUNNING, (1.0,))
    assert News(news.trial, 0, history=news.history.with_open([news.trial, other])).asked(RULE) is not None


@given(telling_news(), st.integers(1, 12))
def test_nothing_is_stopped_before_the_least(news: News, least: int) -> None:
    rule = Hyperband(ReportRange(least=least, most=12))
    if len(news.trial.reports) < least:
        assert news.asked(rule) is None


@given(st.lists(st.integers(-9, 9).map(float), min_size=2, max_size=40))
def test_it_is_the_published_rule(values: list[float]) -> None:
    *earlier, value = values
    news = news_of(ended(*((v,) for v in earlier)), [value])
    assert (news.asked(RULE) is None) == (value <= np.quantile(values, 1 / 3))


def test_draws_are_those_of_random_search_whatever_was_stopped() -> None:
    first = RULE.suggest(SPACE, History(SPACE), 6, 7)
    trials = [Trial(n, config, TrialState.STOPPED, (1.0,)) for n, config in enumerate(first[:3], 1)]
    assert RULE.suggest(SPACE, History.of(SPACE, trials), 3, 7) == first[3:]


PAUSES = Hyperband(ReportRange(least=1, most=27, pause=True))


def paused(number: int, *reports: float) -> Trial:
    return Trial(number, {"x": 0.5}, TrialState.PAUSED, reports)


def test_where_trials_are_paused_a_third_of_two_is_none() -> None:
    reason = news_of(ended((2.0,)), [1.0]).asked(PAUSES)
    assert reason == ("report 1 was 1.0, and of the 2 training jobs that came so far none is to go on yet")
    assert news_of(ended((2.0,), (3.0,)), [1.0]).asked(PAUSES) is None
    assert news_of(ended((2.0,), (0.5,)), [1.0]).asked(PAUSES) == (
        "report 1 was 1.0, which is not among the best third of the 3 training jobs that came so far"
    )


def test_of_equals_the_earlier_one_goes_on() -> None:
    history = History.of(SPACE, [paused(2, 1.0), paused(3, 1.0), paused(1, 2.0)])
    assert list(PAUSES.to_resume(history, last=False)) == [2]


def test_the_best_third_of_a_rung_goes_on_from_the_highest_rung_down() -> None:
    low = [paused(n, float(n)) for n in range(1, 7)]
    high = [paused(n, 0.0, 0.0, float(n)) for n in range(7, 10)]
    history = History.of(SPACE, [*low, *high])
    assert list(PAUSES.to_resume(history, last=False)) == [
        7
    ]  # the best third of rung 1 is on its way already
    history = History.of(SPACE, [*low[::-1], *(replace(trial, reports=(9.0, 9.0, 9.0)) for trial in high)])
    assert list(PAUSES.to_resume(history, last=False)) == [7, 1, 2, 3]


def test_what_runs_or_has_failed_takes_no_ones_place_twice() -> None:
    running = Trial(1, {"x": 0.5}, TrialState.RUNNING, (1.0, 1.0))
    failed = Trial(2, {"x": 0.5}, TrialState.FAILED, (0.0,))
    history = History.of(SPACE, [running, failed, paused(3, 2.0), paused(4, 3.0)])
    assert list(PAUSES.to_resume(history, last=False)) == []
    others = [paused(n, 4.0) for n in (5, 6, 7)]
    assert list(PAUSES.to_resume(history.with_open([*history.open, *others]), last=False)) == [3]


def test_when_nothing_new_is_to_come_the_best_at_each_rung_goes_on() -> None:
    history = History.of(SPACE, [paused(1, 1.0), paused(2, 2.0)])
    assert list(PAUSES.to_resume(history, last=False)) == []
    assert list(PAUSES.to_resume(history, last=True)) == [1]
    beyond = Trial(1, {"x": 0.5}, TrialState.COMPLETED, (1.0, 1.0, 1.0))
    assert list(PAUSES.to_resume(History.of(SPACE, [beyond, paused(2, 2.0)]), last=True)) == []


def test_nothing_goes_on_where_trials_are_stopped() -> None:
    history = History.of(SPACE, [paused(n, float(n)) for n in range(1, 7)])
    assert list(RULE.to_resume(history, last=True)) == []


@given(st.lists(st.integers(0, 9).map(float), min_size=1, max_size=40))
def test_as_many_go_on_as_a_third_of_those_that_came(values: list[float]) -> None:
    history = History.of(SPACE, [paused(n, value) for n, value in enumerate(values, 1)])
    resumed = list(PAUSES.to_resume(history, last=False))
    assert len(resumed) == len(values) // 3
    left = [value for n, value in enumerate(values, 1) if n not in resumed]
    assert all(values[n - 1] <= min(left) for n in resumed)
    for trial in history.open:
        assert (PAUSES.why_paused(trial, history, str) is None) == (trial.number in resumed)
