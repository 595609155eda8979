from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.space import Continuous, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import ReportRange
from tunesmith.strategies.hyperband import Hyperband
from tunesmith.strategies.hyperband_bayesian import HyperbandBayesian, chained_scores

PLANE = Space([Continuous("x", 0.0, 1.0), Continuous("y", 0.0, 1.0)])
SEARCH = HyperbandBayesian(ReportRange(least=1, most=9))  # rungs 1 and 3, and the end
NAN = float("nan")


def trial(number: int, state: TrialState, *reports: float) -> Trial:
    return Trial(number, {"x": number / 100, "y": 0.5}, state, reports)


def scores(*trials: Trial) -> dict[int, float | None]:
    scored = SEARCH.scored(History.of(PLANE, trials))
    return {trial.number: trial.loss for trial in (*scored.finished, *scored.open)}


def test_scores_of_one_rung_are_standardised_about_the_median() -> None:
    assert chained_scores(np.array([[1.0], [2.0], [6.0]])) == pytest.approx(
        np.array([-1, 0, 4]) / np.sqrt(14 / 3)
    )


def test_those_promoted_are_placed_by_what_they_were_before() -> None:
    found = chained_scores(np.array([[0.0, 10.0], [2.0, 8.0], [4.0, NAN], [6.0, NAN]]))
    z = (np.array([0.0, 2.0, 4.0, 6.0]) - 3.0) / np.sqrt(5.0)
    middle, spread = z[:2].mean(), z[:2].std()
    assert found == pytest.approx([middle + spread, middle - spread, z[2], z[3]])


def test_one_that_was_promoted_alone_keeps_its_score() -> None:
    found = chained_scores(np.array([[0.0, 10.0], [2.0, NAN], [4.0, NAN]]))
    assert found == pytest.approx(chained_scores(np.array([[0.0], [2.0], [4.0]])))


def test_rows_without_a_value_have_no_score_and_equal_values_equal_ones() -> None:
    assert np.isnan(chained_scores(np.full((2, 2), NAN))).all()
    assert chained_scores(np.full((3, 2), 1e300)).tolist() == [0.0, 0.0, 0.0]


@given(
    st.lists(st.lists(st.integers(-99, 99), min_size=1, max_size=3), min_size=1, max_size=20),
    st.floats(0.01, 100),
    st.floats(-100, 100),
)
def test_units_do_not_matter(rows: list[list[int]], scale: float, shift: float) -> None:
    values = np.full((len(rows), 3), NAN)
    for row, drawn in zip(values, rows, strict=True):
        row[: len(drawn)] = drawn
    found, mapped = chained_scores(values), chained_scores(scale * values + shift)
    assert mapped == pytest.approx(found, abs=1e-6)


def test_huge_values_are_no_trouble() -> None:
    assert np.isfinite(chained_scores(np.array([[1.7e308], [-1.7e308], [0.0]]))).all()


def test_a_running_trial_has_a_score_from_the_first_rung_on() -> None:
    done = [trial(n, TrialState.STOPPED, float(n)) for n in range(1, 6)]
    found = scores(*done, trial(6, TrialState.RUNNING, 0.5, 0.1), trial(7, TrialState.RUNNING))
    assert found[7] is None
    assert min(found, key=lambda n: found[n] if found[n] is not None else np.inf) == 6  # type: ignore[return-value, arg-type]


def test_failed_trials_have_no_score_and_early_completions_count_as_full_ones() -> None:
    found = scores(
        trial(1, TrialState.FAILED, 0.0, 0.0),
        trial(2, TrialState.COMPLETED, 5.0),
        trial(3, TrialState.COMPLETED, *[4.0] * 9),
        trial(4, TrialState.STOPPED, 6.0),
    )
    assert found[1] is None
    assert found[3] is not None
    assert found[2] is not None
    assert found[3] < found[2]


def test_one_that_was_stopped_before_the_first_rung_counts_by_its_last_report() -> None:
    late = HyperbandBayesian(ReportRange(least=3, most=9))
    trials = [trial(n, TrialState.STOPPED, 0.0, 0.0, float(n)) for n in range(1, 4)]
    history = History.of(PLANE, [*trials, trial(4, TrialState.STOPPED, 2.0)])
    assert late.scored(history).finished[3].loss == late.scored(history).finished[1].loss


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
    asking = trial(99, TrialState.RUNNING, *reports)
    return SEARCH.should_stop(asking, len(reports) - 1, History.of(PLANE, [*others, asking]), str)


def test_no_more_than_a_third_go_on_unless_one_is_the_best_of_all() -> None:
    stopped = [trial(n, TrialState.STOPPED, 9.0) for n in range(1, 6)]
    gone = [trial(n, TrialState.STOPPED, 2.0, 2.0) for n in (6, 7)]
    assert asked((1.0,), *stopped, *gone) is None
    assert asked((3.0,), *stopped, gone[0]) is None  # two of seven may
    better = replace(gone[1], reports=(4.0, 4.0))
    assert asked((3.0,), *stopped, gone[0], better) == (
        "report 1 was 3.0, which is among the best third of the 8 training jobs that came so far, but not the best, "
        "and as many have gone on already"
    )
    running = trial(7, TrialState.RUNNING, 4.0)  # it has been let go on
    assert asked((3.0,), *stopped, gone[0], running) is not None


def test_the_first_two_at_a_rung_are_not_crowded_out() -> None:
    assert asked((3.0,)) is None
    assert asked((3.0,), trial(1, TrialState.STOPPED, 4.0, 4.0)) is None


PAUSES = HyperbandBayesian(ReportRange(least=1, most=9, pause=True))


def paused(number: int, value: float) -> Trial:
    return trial(number, TrialState.PAUSED, value)


def test_of_the_paused_ones_as_many_go_on_as_there_are_places_left() -> None:
    low = [paused(n, 1.0 + n) for n in range(1, 8)]
    history = History.of(
        PLANE, [*low, trial(8, TrialState.STOPPED, 9.0, 9.0), trial(9, TrialState.STOPPED, 9.0)]
    )
    assert list(PAUSES.to_resume(history, last=False)) == [1, 2]
    assert PAUSES.why_paused(low[2], history, str) == (
        "report 1 was 4.0, which is among the best third of the 9 training jobs that came so far, but as many have gone "
        "on already"
    )


def test_the_best_of_all_goes_on_in_any_case() -> None:
    gone = [trial(n, TrialState.STOPPED, 5.0, 5.0) for n in (1, 2)]
    history = History.of(PLANE, [*gone, *(paused(n, float(n)) for n in (3, 4, 6, 7))])
    assert list(PAUSES.to_resume(history, last=False)) == [3]


@given(st.lists(st.tuples(st.integers(0, 9).map(float), st.booleans()), min_size=1, max_size=30))
def test_those_who_go_on_are_at_most_a_third_and_the_best(came: list[tuple[float, bool]]) -> None:
    trials = [
        trial(n, TrialState.STOPPED, v, v) if gone else paused(n, v) for n, (v, gone) in enumerate(came, 1)
    ]
    history = History.of(PLANE, trials)
    before = sum(gone for _, gone in came)
    resumed = list(PAUSES.to_resume(history, last=False))
    assert len(resumed) <= max(len(came) // 3 - before, 1)
    best = min(trials, key=lambda each: (each.reports[0], each.number))
    if len(came) >= 3 and best.state is TrialState.PAUSED:
        assert best.number in resumed
