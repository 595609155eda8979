from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.trial import Trial, TrialState
from tunesmith.stopping.gain import Gain
from tunesmith.testing.stopping import SPACE, News, news_of, telling_news

RULE = Gain()


def completed(*curves: Sequence[float]) -> list[Trial]:
    return [Trial(n, {"x": 0.5}, TrialState.COMPLETED, tuple(curve)) for n, curve in enumerate(curves, 1)]


def ten(gain: float) -> list[Trial]:
    """After three reports these had 11, 12, ..., 20, and all gained as much from there on."""
    return completed(*((30.0, 10.0 + n, 25.0, 10.0 + n - gain) for n in range(1, 11)))


def test_is_given_up_if_more_than_the_gain_of_its_neighbours_would_not_do() -> None:
    reason = news_of(ten(1), [40.0, 40.0, 14.5]).asked(RULE, lambda loss: f"{loss:g}%")
    assert reason == (
        "after 3 reports its best was 14.5%. By then the 4 best completed training jobs had 14% or better, and the 10 "
        "that stood nearest to it improved by 1 at the most from there on: 1.5 times as much would not reach 11%, "
        "which number 2 in the order of final values has"
    )


def test_goes_on_if_that_would_just_do() -> None:
    news = news_of(ten(4), [40.0, 14.5, 40.0])  # the goal is 8, and 14.5 - 1.5 * 4 is more than that
    assert news.asked(RULE) is not None
    assert news.asked(Gain(caution=1.625)) is None


def test_goes_on_if_one_of_the_best_stood_as_badly() -> None:
    assert news_of(ten(0.5), [40.0, 14.0, 40.0]).asked(RULE) is None


def test_late_bloomers_are_given_the_time_that_their_like_needed() -> None:
    slow = completed(*((60.0, 40.0 + n, 55.0, 5.0 + n) for n in range(1, 11)))
    quick = [Trial(n, t.config, t.state, t.reports) for n, t in enumerate(ten(1), 11)]
    assert news_of(quick, [60.0, 48.5, 60.0]).asked(RULE) is not None
    assert news_of([*slow, *quick], [60.0, 48.5, 60.0]).asked(RULE) is None
    assert news_of([*slow, *quick], [60.0, 60.0, 60.0]).asked(RULE) is not None


def test_curves_that_cross_are_let_cross() -> None:
    # What looks worst by now ends best, in the best third of those that have completed.
    crossing = completed(*((9.0, 9.0, 9.0, 5.0 if n < 4 else 8.0) for n in range(4)))
    steady = completed(*((6.0, 6.0, 6.0, 6.0) for _ in range(8)))
    trials = [Trial(n, t.config, t.state, t.reports) for n, t in enumerate([*crossing, *steady], 1)]
    assert news_of(trials, [9.0, 9.0, 9.0]).asked(RULE) is None
    assert news_of(trials, [9.5, 9.5, 9.5]).asked(Gain(caution=0.5)) is not None


def test_a_plateau_that_some_have_left_is_no_reason() -> None:
    rng = np.random.default_rng(0)
    leaves = [[10.0] * step + [1.0 + rng.random()] * (12 - step) for step in range(1, 12)]
    history = completed(*leaves, *([10.0] * 12 for _ in range(5)))
    for count in range(3, 8):
        assert news_of(history, [10.0] * count).asked(RULE) is None
    assert news_of(history, [11.0] * 5).asked(Gain(caution=0.5)) is not None


@pytest.mark.parametrize("stopped", [0, 20, 60])
def test_the_more_training_jobs_there_were_the_more_are_good(stopped: int) -> None:
    history = completed(
        *((10.0 + n,) * 4 for n in range(12))
    )  # none improves: the final value is the one that is
    history += [Trial(n, {"x": 0.5}, TrialState.STOPPED, (99.0,)) for n in range(13, 13 + stopped)]
    history += [Trial(n, {"x": 0.5}, TrialState.FAILED, (0.0,)) for n in range(100, 140)]
    goal = 10 + ceil(0.05 * (12 + stopped))
    assert goal == {0: 11, 20: 12, 60: 14}[stopped]
    bar = max(goal, 13)  # the best third are four
    assert news_of(history, [bar] * 3).asked(RULE) is None
    assert news_of(history, [bar + 0.5] * 3).asked(RULE) is not None


def test_one_that_has_almost_done_is_left_to_end() -> None:
    history = completed(*((10.0 + n,) * 20 for n in range(12)))
    assert news_of(history, [99.0] * 15).asked(RULE) is not None
    assert news_of(history, [99.0] * 16).asked(RULE) is None


def test_asks_for_three_reports_and_ten_curves() -> None:
    assert news_of(ten(1), [99.0, 99.0]).asked(RULE) is None
    assert news_of(ten(1)[:9], [99.0, 99.0, 99.0]).asked(RULE) is None
    assert news_of(ten(1), [99.0, 99.0, 99.0]).asked(RULE) is not None


def test_curves_that_were_shorter_are_left_out() -> None:
    assert news_of(ten(1), [99.0] * 5).asked(RULE) is None


@given(telling_news())
def test_it_is_the_documented_rule(news: News) -> None:
    step, lowest = len(news.trial.reports), min(news.trial.reports)
    curves = [t.reports for t in news.history.finished]
    distances = [abs(min(reports[:step]) - lowest) for reports in curves]
    reach = sorted(distances)[len(curves) // 2 - 1]
    nearest = [reports for reports, distance in zip(curves, distances, strict=True) if distance <= reach]
    gain = max(min(reports[:step]) - min(reports) for reports in nearest)
    ends = sorted(reports[-1] for reports in curves)
    bar = max(min(reports[:step]) for reports in curves if reports[-1] <= ends[6])  # a third of 20 are 7
    hopeless = lowest > bar and lowest - 1.5 * gain > ends[1]
    assert (news.asked(RULE) is not None) == (3 <= step <= 9 and hopeless)


@given(st.integers(0, 9), telling_news())
def test_it_never_acts_before_its_safeguards(count: int, news: News) -> None:
    early = News(news.trial, news.before, History.of(SPACE, [*news.history.finished[:count], news.trial]))
    assert early.asked(RULE) is None


FAMILIES = ("any rate", "slow ones are good", "noisy", "plateau")


def made_up(family: str, rng: np.random.Generator) -> tuple[float, ...]:
    """A curve of 20 reports that falls from about 2 to its end, at a rate of its own."""
    steps, end = np.arange(1, 21), rng.random()
    rate = 0.1 + 0.4 * end if family == "slow ones are good" else rng.uniform(0.1, 0.6)
    noise = 0.05 * rng.standard_normal(20) if family == "noisy" else 0.0
    fall = 1 / (1 + np.exp(steps - rng.integers(2, 12))) if family == "plateau" else np.exp(-rate * steps)
    return tuple(end + (2 - end) * fall + noise)


def lengths_under_the_rule(curves: Sequence[tuple[float, ...]]) -> list[int]:
    """How many reports each of these training jobs makes, one after the other."""
    history, lengths = History(SPACE), []
    for number, curve in enumerate(curves, 1):
        asked = (n for n in range(3, 16) if stops(history, Trial(number, {"x": 0.5}, reports=curve[:n])))
        lengths.append(next(asked, len(curve)))
        state = TrialState.STOPPED if lengths[-1] < len(curve) else TrialState.COMPLETED
        history = history.add(Trial(number, {"x": 0.5}, state, curve[: lengths[-1]]))
    return lengths


def stops(history: History, trial: Trial) -> bool:
    return News(trial, len(trial.reports) - 1, history.with_open([trial])).asked(RULE) is not None


def test_few_of_the_good_ones_are_given_up_and_still_much_is_saved() -> None:
    good, lost = 0, 0
    for family in FAMILIES:
        made = []
        for seed in range(6):
            rng = np.random.default_rng(seed)
            curves = [made_up(family, rng) for _ in range(60)]
            lengths = np.array(lengths_under_the_rule(curves))
            ends = np.array([curve[-1] for curve in curves])
            is_good = ends <= np.quantile(ends, 0.05)
            good, lost = good + int(is_good.sum()), lost + int((is_good & (lengths < 20)).sum())
            made += lengths.tolist()
        assert np.mean(made) < 0.8 * 20, family
    assert lost < 0.05 * good
