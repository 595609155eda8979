from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.trial import Trial, TrialState
from tunesmith.stopping.median import Median, first_step
from tunesmith.testing.stopping import SPACE, News, news_of, telling_news

RULE = Median()


def completed(*curves: tuple[float, ...], state: TrialState = TrialState.COMPLETED) -> list[Trial]:
    return [Trial(n, {"x": 0.5}, state, curve) for n, curve in enumerate(curves, 1)]


# Ten curves of four reports; the means of their first three are 2, 4, ..., 20, of which the median is 11.
TEN = completed(*((0.0, 2.0 * n, 4.0 * n, 0.0) for n in range(1, 11)))


def test_worse_than_the_median_of_the_running_averages_is_given_up() -> None:
    reason = news_of(TEN, [0.0, 0.0, 11.5]).asked(RULE, lambda loss: f"{loss:g}%")
    assert reason == (
        "report 3 was 11.5%, and the median of the averages up to there is 11% in the 10 completed training jobs "
        "that came so far"
    )


def test_equal_is_good_enough_and_only_the_latest_report_counts() -> None:
    assert news_of(TEN, [99.0, 99.0, 11.0]).asked(RULE) is None


def test_nothing_is_given_up_before_ten_have_completed() -> None:
    assert news_of(TEN[:9], [0.0, 0.0, 99.0]).asked(RULE) is None
    others = completed(*[(1.0, 1.0, 1.0)] * 30, state=TrialState.STOPPED)
    assert news_of([*TEN[:9], *others], [0.0, 0.0, 99.0]).asked(RULE) is None


@pytest.mark.parametrize(("length", "first"), [(1, 2), (4, 2), (20, 2), (21, 3), (100, 10), (101, 11)])
def test_nothing_is_given_up_before_a_tenth_of_the_usual_number_of_reports(length: int, first: int) -> None:
    curves = completed(*[(1.0,) * length] * 10)
    assert first_step(History.of(SPACE, curves).curves) == first
    if first > 2:
        assert news_of(curves, [9.0] * (first - 1)).asked(RULE) is None
    if length >= first:
        assert news_of(curves, [9.0] * first).asked(RULE) is not None


def test_curves_that_were_shorter_are_left_out() -> None:
    short = completed(*[(-50.0, -50.0)] * 30)
    assert news_of([*TEN, *short], [0.0, 0.0, 10.0]).asked(RULE) is None
    assert news_of(short, [0.0, 0.0, 99.0]).asked(RULE) is None  # nothing to compare with


@given(telling_news() | telling_news())
def test_it_is_the_documented_rule(news: News) -> None:
    curves = [t.reports for t in news.history.finished if t.state is TrialState.COMPLETED]
    step, lengths = len(news.trial.reports), sorted(map(len, curves))
    averages = [sum(reports[:step]) / step for reports in curves if len(reports) >= step]
    worse = news.trial.reports[-1] > median(averages)
    old_enough = step >= max(2, -(-median(lengths) // 10))
    assert (news.asked(RULE) is not None) == (worse and old_enough)


@given(st.integers(0, 9), telling_news())
def test_it_never_acts_before_its_safeguards(count: int, news: News) -> None:
    early = News(news.trial, news.before, History.of(SPACE, [*news.history.finished[:count], news.trial]))
    assert early.asked(RULE) is None
