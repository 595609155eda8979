from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.trial import Trial, TrialState
from tunesmith.stopping.gain import Gain
from tunesmith.testing.stopping import SPACE, News, news_of, telling_news

RULE = Gain()


def completed(*curves: tuple[float, ...]) -> list[Trial]:
    return [Trial(n, {"x": 0.5}, TrialState.COMPLETED, curve) for n, curve in enumerate(curves, 1)]


# After three reports the best so far are 11, 12, ..., 20; the first five improve by 1 from there, the others by 5.
TEN = completed(*((30.0, 10.0 + n, 25.0, 10.0 + n - (1 if n <= 5 else 5)) for n in range(1, 11)))


def test_is_given_up_if_twice_the_gain_of_its_neighbours_would_not_do() -> None:
    # The best is 10. The nearest five to 12.5 gained 1 at the most, twice that leaves it at 10.5.
    reason = news_of(TEN, [40.0, 40.0, 12.5]).asked(RULE, lambda loss: f"{loss:g}%")
    assert reason == (
        "after 3 reports its best was 12.5%, and the 5 completed training jobs nearest to that improved by 1 at the "
        "most from there on: 2 times as much would not reach the best, 10%"
    )


def test_goes_on_if_that_would_just_do() -> None:
    assert news_of(TEN, [40.0, 12.0, 40.0]).asked(RULE) is None


def test_late_bloomers_are_given_the_time_that_their_like_needed() -> None:
    assert news_of(TEN, [40.0, 40.0, 18.0]).asked(RULE) is None  # its neighbours gained 5


def test_more_caution_stops_less() -> None:
    assert news_of(TEN, [40.0, 40.0, 12.5]).asked(Gain(caution=3.0)) is None


def test_asks_for_three_reports_and_five_curves() -> None:
    assert news_of(TEN, [99.0, 99.0]).asked(RULE) is None
    assert news_of(TEN[:4], [99.0, 99.0, 99.0]).asked(RULE) is None
    assert news_of(TEN[:5], [99.0, 99.0, 99.0]).asked(RULE) is not None


def test_curves_that_were_shorter_are_left_out() -> None:
    assert news_of(TEN, [99.0] * 5).asked(RULE) is None


@given(telling_news())
def test_it_is_the_documented_rule(news: News) -> None:
    step, lowest = len(news.trial.reports), min(news.trial.reports)
    curves = [t.reports for t in news.history.finished]
    distances = [abs(min(reports[:step]) - lowest) for reports in curves]
    reach = sorted(distances)[len(curves) // 2 - 1]
    nearest = [reports for reports, distance in zip(curves, distances, strict=True) if distance <= reach]
    gain = max(min(reports[:step]) - min(reports) for reports in nearest)
    best = min(reports[-1] for reports in curves)
    assert (news.asked(RULE) is not None) == (step >= 3 and lowest - 2 * gain > best)


@given(st.integers(0, 4), telling_news())
def test_it_never_acts_before_its_safeguards(count: int, news: News) -> None:
    early = News(news.trial, news.before, History.of(SPACE, [*news.history.finished[:count], news.trial]))
    assert early.asked(RULE) is None
