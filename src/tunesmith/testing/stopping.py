"""The contract of early-stopping rules, as a test suite. Needs pytest and hypothesis.

Whoever writes a rule runs it over theirs:

    class TestMine(StoppingContract):
        @pytest.fixture
        def rule(self) -> StoppingRule:
            return registry.get("mine")
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tunesmith.core.history import History
from tunesmith.core.space import Continuous, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.stopping.registry import StoppingRule

SPACE = Space([Continuous("x", 0.0, 1.0)])
_FINAL = (TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED)
# Integers and multiplication by powers of two: the arithmetic is exact, so that nothing but the rule decides.
_SERIES = st.lists(st.integers(-64, 64).map(float), max_size=12).map(tuple)
_property = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class News:
    """A question to a rule."""

    trial: Trial
    before: int
    history: History

    def asked(self, rule: StoppingRule, show: Callable[[float], str] = str) -> str | None:
        """The rule's answer."""
        return rule.should_stop(self.trial, self.before, self.history, show)

    def mapped(self, change: Callable[[float], float]) -> News:
        """The same question with other losses."""
        trials = [_mapped(trial, change) for trial in (*self.history.finished, *self.history.open)]
        return News(_mapped(self.trial, change), self.before, History.of(SPACE, trials))


def news_of(ended: Sequence[Trial], reports: Sequence[float], before: int = 0) -> News:
    """The news that a trial has made these reports, after others have ended."""
    trial = Trial(len(ended) + 1, {"x": 0.5}, TrialState.RUNNING, tuple(reports))
    return News(trial, before, History.of(SPACE, [*ended, trial]))


@st.composite
def news(draw: DrawFn) -> News:
    """Any news of a trial that runs beside another one, when up to 30 have ended."""
    curves = draw(st.lists(st.tuples(st.sampled_from(_FINAL), _SERIES), max_size=30))
    trials = [Trial(n, {"x": 0.5}, state, reports) for n, (state, reports) in enumerate(curves, 1)]
    reports = draw(_SERIES.filter(len))
    trial = Trial(len(trials) + 1, {"x": 0.5}, TrialState.RUNNING, reports)
    other = Trial(len(trials) + 2, {"x": 0.5}, TrialState.RUNNING, draw(_SERIES))
    return News(trial, draw(st.integers(0, len(reports) - 1)), History.of(SPACE, [*trials, trial, other]))


@st.composite
def telling_news(draw: DrawFn) -> News:
    """News of a trial when 20 have completed with long curves: most rules have something to say."""
    curve = st.lists(st.integers(-64, 64).map(float), min_size=12, max_size=12).map(tuple)
    trials = [Trial(n, {"x": 0.5}, TrialState.COMPLETED, draw(curve)) for n in range(1, 21)]
    count = draw(st.integers(1, 11))
    reports = [float(draw(st.integers(-64, 128))) for _ in range(count)]
    return news_of(trials, reports, count - 1)


class StoppingContract:
    """What every stopping rule does. A subclass gives the fixture `rule`."""

    def test_stops_nothing_that_is_alone(self, rule: StoppingRule) -> None:
        for count in range(1, 100):
            assert news_of([], [1.0] * count).asked(rule) is None

    def test_stops_a_hopeless_trial_sooner_or_later(self, rule: StoppingRule) -> None:
        ended = [Trial(n, {"x": 0.5}, TrialState.COMPLETED, (n / 100,) * 100) for n in range(1, 101)]
        answers = [news_of(ended, [1000.0] * count, count - 1).asked(rule) for count in range(1, 100)]
        assert any(answers)

    @_property
    @given(news=news() | telling_news())
    def test_same_arguments_same_answer(self, rule: StoppingRule, news: News) -> None:
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002 - the global state must not matter
        first = news.asked(rule)
        random.seed(2)
        np.random.seed(2)  # noqa: NPY002 - as above
        assert news.asked(rule) == first

    @_property
    @given(news=news() | telling_news())
    def test_how_the_history_came_about_does_not_matter(self, rule: StoppingRule, news: News) -> None:
        grown = History(SPACE)
        for trial in news.history.finished:
            grown = grown.add(trial)
            news.asked(rule) if len(grown) % 3 == 0 else grown.curves  # what was asked before must not matter
        grown = grown.with_open(news.history.open)
        assert replace(news, history=grown).asked(rule) == news.asked(rule)

    @_property
    @given(news=news() | telling_news(), doublings=st.integers(-3, 3), shift=st.integers(-99, 99))
    def test_units_do_not_matter(self, rule: StoppingRule, news: News, doublings: int, shift: int) -> None:
        mapped = news.mapped(lambda loss: 2.0**doublings * (loss + shift))
        assert (mapped.asked(rule) is None) == (news.asked(rule) is None)

    @_property
    @given(news=news() | telling_news())
    def test_never_stops_what_is_better_than_all(self, rule: StoppingRule, news: News) -> None:
        best = replace(news.trial, reports=tuple(-100.0 - i for i in range(len(news.trial.reports))))
        others = (trial for trial in news.history.open if trial.number != best.number)
        history = news.history.with_open([*others, best])
        assert News(best, news.before, history).asked(rule) is None

    @_property
    @given(news=telling_news())
    def test_the_reason_has_losses_in_the_users_units_only(self, rule: StoppingRule, news: News) -> None:
        reason = news.asked(rule, lambda _: "<loss>")
        assert reason is None or "<loss>" in reason
        assert reason == news.mapped(lambda loss: loss + 1024).asked(rule, lambda _: "<loss>")

    @_property
    @given(news=news())
    def test_does_not_change_the_history(self, rule: StoppingRule, news: News) -> None:
        finished, waiting = news.history.finished, news.history.open
        news.asked(rule)
        assert (news.history.finished, news.history.open) == (finished, waiting)

    def test_huge_losses_are_no_trouble(self, rule: StoppingRule) -> None:
        ended = [
            Trial(n, {"x": 0.5}, TrialState.COMPLETED, ((-1) ** n * 1.7e308,) * 20) for n in range(1, 21)
        ]
        for count in range(1, 20):
            news_of(ended, [1.7e308] * count, count - 1).asked(rule)


def _mapped(trial: Trial, change: Callable[[float], float]) -> Trial:
    return replace(trial, reports=tuple(map(change, trial.reports)))
