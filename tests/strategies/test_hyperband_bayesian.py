from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.space import Continuous, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import ReportRange
from tunesmith.strategies.hyperband import Hyperband
from tunesmith.strategies.hyperband_bayesian import HyperbandBayesian

PLANE = Space([Continuous("x", 0.0, 1.0), Continuous("y", 0.0, 1.0)])
SEARCH = HyperbandBayesian(ReportRange(least=1, most=9))  # rungs 1 and 3, and the end


def trial(number: int, state: TrialState, *reports: float) -> Trial:
    return Trial(number, {"x": number / 100, "y": 0.5}, state, reports)


def seen(*trials: Trial, strategy: HyperbandBayesian = SEARCH) -> History:
    """What the model is shown of these trials."""
    return strategy.at_rung(History.of(PLANE, trials))


def short(count: int) -> list[Trial]:
    """Trials that were stopped after one report."""
    return [trial(n, TrialState.STOPPED, 10.0 + n) for n in range(1, count + 1)]


def long(count: int, first: int = 21) -> list[Trial]:
    """Trials that were stopped after three reports."""
    return [trial(n, TrialState.STOPPED, 3.0, 2.0, n / 10) for n in range(first, first + count)]


def test_at_first_the_model_is_of_values_at_the_lowest_rung() -> None:
    found = seen(*short(8), *long(5))
    assert found.losses.tolist() == [*(10.0 + n for n in range(1, 9)), *[3.0] * 5]
    assert not found.prior


def test_with_enough_values_it_is_of_a_higher_one_and_learns_from_the_one_below() -> None:
    found = seen(*short(8), *long(6))
    assert np.isnan(found.losses[:8]).all()
    assert found.losses[8:].tolist() == [n / 10 for n in range(21, 27)]
    (below,) = found.prior
    assert below.losses.tolist() == [*(10.0 + n for n in range(1, 9)), *[3.0] * 6]


def test_every_trial_stays_in_what_the_model_is_shown() -> None:
    running = trial(40, TrialState.RUNNING, 1.0)
    found = seen(
        *short(8), *long(6), running, trial(41, TrialState.PAUSED, 5.0), trial(42, TrialState.FAILED)
    )
    assert found.created == 17
    assert [t.number for t in found.open] == [40]
    assert {t.number for t in found.finished if t.state is TrialState.FAILED} == {*range(1, 9), 41, 42}
    came = replace(running, reports=(1.0, 1.0, 0.5))
    assert seen(*long(6), came).losses.tolist()[-1] == 0.5


def test_one_that_completed_early_counts_with_its_last_value_ever_after() -> None:
    found = seen(*long(5), trial(1, TrialState.COMPLETED, 5.0))
    assert found.losses.tolist()[-1] == 5.0
    assert len(found.prior) == 1  # there are six of them


def test_one_that_was_stopped_before_the_first_rung_counts_by_its_last_report() -> None:
    late = HyperbandBayesian(ReportRange(least=3, most=9))
    found = seen(*long(3), trial(1, TrialState.STOPPED, 2.0), strategy=late)
    assert found.losses.tolist() == [2.1, 2.2, 2.3, 2.0]


def test_parents_are_asked_as_well() -> None:
    parent = History.of(PLANE, [trial(1, TrialState.COMPLETED, 1.0)])
    history = History.of(PLANE, [*short(8), *long(6)], prior=(parent,))
    assert SEARCH.at_rung(history).prior[1] is parent
    assert SEARCH.at_rung(History.of(PLANE, short(8), prior=(parent,))).prior == (parent,)


def test_every_third_configuration_is_drawn_whatever_was_seen() -> None:
    low = History.of(PLANE, [trial(n, TrialState.STOPPED, n / 10) for n in range(1, 21)])
    high = History.of(PLANE, [trial(n, TrialState.STOPPED, -n / 10) for n in range(1, 21)])
    found, other = (SEARCH.suggest(PLANE, history, 5, 0) for history in (low, high))
    assert [a == b for a, b in zip(found, other, strict=True)] == [True, False, False, True, False]
    assert SEARCH.suggest(PLANE, low, 1, 1) != found[:1]


def test_random_configurations_are_all_over_the_space() -> None:
    history = History(PLANE)
    for number in range(1, 61):
        (config,) = SEARCH.suggest(PLANE, history, 1, 0) if number % 3 == 0 else ({"x": 0.5, "y": 0.5},)
        history = history.add(Trial(number, config, TrialState.STOPPED, (1.0,)))
    drawn = history.points[2::3]
    assert np.all(np.abs(drawn.mean(axis=0) - 0.5) < 0.2)
    assert np.all(drawn.std(axis=0) > 0.2)


def curve(trial: Trial, count: int) -> tuple[float, ...]:
    x, y = float(trial.config["x"]), float(trial.config["y"])
    return tuple((x - 0.3) ** 2 + (y - 0.7) ** 2 + 1.0 / (e + 1) for e in range(count))


def run(strategy: Hyperband | HyperbandBayesian, count: int, seed: int) -> float:
    """The best final value after trials one by one, of which each goes on until the rule stops it."""
    history = History(PLANE)
    for number in range(1, count + 1):
        (config,) = strategy.suggest(PLANE, history, 1, seed)
        reason, ended = None, Trial(number, config, TrialState.COMPLETED)
        for step in range(1, 10):
            ended = Trial(number, config, TrialState.RUNNING, curve(ended, step))
            reason = strategy.should_stop(ended, step - 1, history.with_open([ended]), str)
            if reason:
                break
        state = TrialState.STOPPED if reason else TrialState.COMPLETED
        history = history.add(Trial(number, config, state, ended.reports))
    best = history.best
    assert best is not None
    assert best.loss is not None
    return best.loss


def test_it_finds_better_configurations_than_random_draws() -> None:
    resource = ReportRange(least=1, most=9)
    found = [
        run(HyperbandBayesian(resource), 25, seed) - run(Hyperband(resource), 25, seed) for seed in (1, 2, 3)
    ]
    assert max(found) < 0.0


def asked(reports: tuple[float, ...], *others: Trial) -> str | None:
    """Judge a trial that has just made its last report."""
    asking = trial(98, TrialState.RUNNING, *reports)
    return SEARCH.should_stop(asking, len(reports) - 1, History.of(PLANE, [*others, asking]), str)


def fifteen(drawn: float) -> list[Trial]:
    """Fifteen trials after one report: the first six report their numbers, the proposals that follow all report 0."""
    values = [*range(1, 7), *(drawn if n % 3 == 0 else 0.0 for n in range(7, 16))]
    return [trial(n, TrialState.STOPPED, float(value)) for n, value in enumerate(values, start=1)]


def test_trials_are_compared_with_the_first_and_the_random_ones() -> None:
    words = (
        "report 1 was {}, which is not among the best third of the 9 training jobs with random configurations that came "
        "so far: those have {} or better"
    )
    assert asked((3.0,), *fifteen(9.0)) is None
    cut = float(np.quantile([1, 2, 3, 4, 5, 6, 9, 9, 9], 1 / 3))
    assert asked((4.0,), *fifteen(9.0)) == words.format(4.0, cut)
    cut = float(np.quantile([0, 0, 0, 1, 2, 3, 4, 5, 6], 1 / 3))
    assert asked((3.0,), *fifteen(0.0)) == words.format(3.0, cut)


def test_the_first_at_a_rung_goes_on() -> None:
    assert asked((3.0,)) is None
    assert asked((3.0,), *(trial(n, TrialState.FAILED) for n in range(1, 7))) is None


def test_trials_of_other_algorithms_do_not_count() -> None:
    own = [trial(2 * n, TrialState.STOPPED, float(n)) for n in range(1, 13)]
    measure = SEARCH.measure(History.of(PLANE, own[::-1]))
    assert [t.number for t in measure.finished] == [24, 18, 12, 10, 8, 6, 4, 2]


def test_trials_that_are_known_from_identical_jobs_shift_the_numbers() -> None:
    known = [trial(1, TrialState.COMPLETED, 1.0)]
    own = [trial(n, TrialState.STOPPED, float(n)) for n in range(1, 12)]
    measure = SEARCH.measure(History.of(PLANE, own, known=known))
    assert [t.number for t in measure.finished] == [1, 2, 3, 4, 5, 8, 11]


PAUSES = HyperbandBayesian(ReportRange(least=1, most=9, pause=True))


def paused(number: int, value: float) -> Trial:
    return trial(number, TrialState.PAUSED, value)


def test_paused_ones_go_on_if_they_are_better_than_the_last_of_the_random_third() -> None:
    waiting = [*(paused(n, float(n)) for n in range(1, 7)), paused(7, 1.5), paused(8, 2.5)]
    history = History.of(PLANE, waiting)
    assert list(PAUSES.to_resume(history, last=False)) == [1, 7, 2]
    assert PAUSES.why_paused(waiting[0], history, str) is None
    assert PAUSES.why_paused(waiting[-1], history, str) == (
        "report 1 was 2.5, which is not among the best third of the 6 training jobs with random configurations that came "
        "so far"
    )


def test_nobody_goes_on_from_where_there_is_no_third() -> None:
    waiting = [paused(1, 1.0), paused(2, 0.5)]
    history = History.of(PLANE, waiting)
    assert not list(PAUSES.to_resume(history, last=False))
    assert list(PAUSES.to_resume(history, last=True)) == [2]
    assert PAUSES.why_paused(waiting[1], history, str) == (
        "report 1 was 0.5, and of the 2 training jobs with random configurations that came so far none is to go on yet"
    )


@given(st.lists(st.tuples(st.integers(0, 9).map(float), st.booleans()), min_size=1, max_size=30))
def test_of_the_random_ones_no_more_than_a_third_go_on(came: list[tuple[float, bool]]) -> None:
    trials = [
        trial(n, TrialState.STOPPED, v, v) if gone else paused(n, v) for n, (v, gone) in enumerate(came, 1)
    ]
    history = History.of(PLANE, trials)
    going = set(PAUSES.going_on(1, history).tolist())
    random = [n for n in range(1, len(came) + 1) if n <= 6 or n % 3 == 0]
    assert len(going & set(random)) == len(random) // 3
    assert set(PAUSES.to_resume(history, last=False)) == {n for n in going if not came[n - 1][1]}
    worst = max((came[n - 1][0] for n in going), default=-np.inf)
    assert all(came[n - 1][0] >= worst for n in range(1, len(came) + 1) if n not in going)
