from __future__ import annotations

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
