from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.control.early_stop import EARLY, check, early_stops, rule_of, strategy_of
from tunesmith.control.plan import Finish, Pause, Start, Stop, plan
from tunesmith.core.history import History
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import Completion, Limits, ReportRange, TuningJob, TuningStatus
from tunesmith.strategies.staged import Staged

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPACE = Space([Continuous("x", 0.0, 1.0)])
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=SPACE,
    objective=Objective("accuracy", Goal.MAXIMIZE),
    limits=Limits(trials=20, parallel=4),
    strategy="Random",
    stopping="median",
    created_at=NOW,
)
HYPERBAND = replace(JOB, strategy="Hyperband", stopping=None, resource=ReportRange(least=1, most=9))


def ended(number: int, *reports: float, state: TrialState = TrialState.COMPLETED) -> Trial:
    return Trial(number, {"x": 0.5}, state, reports)


def running(number: int, *reports: float) -> Trial:
    return ended(number, *reports, state=TrialState.RUNNING)


TEN = [ended(number, -0.5, -0.5, -0.5, -0.5) for number in range(1, 11)]
BAD, GOOD = running(11, -0.1, -0.1), running(12, -0.6, -0.6)


def test_what_the_rule_gives_up_is_stopped_with_a_reason_in_the_metrics_units() -> None:
    history = History.of(SPACE, [*TEN, BAD, GOOD])
    first, *others = plan(JOB, history, NOW, news={11: 1, 12: 1})
    assert first == Stop(
        11,
        f"{EARLY}report 2 was 0.1, and the median of the averages up to there is 0.5 in the 10 completed training "
        "jobs that came so far",
    )
    assert [type(action) for action in others] == [Start, Start]  # the stopped one has not ended yet


def test_only_news_is_judged() -> None:
    history = History.of(SPACE, [*TEN, BAD, GOOD])
    assert not any(isinstance(action, Stop) for action in plan(JOB, history, NOW, news={12: 1}))
    assert not any(isinstance(action, Stop) for action in plan(JOB, history, NOW))


def test_a_trial_that_is_stopped_anyway_is_stopped_once() -> None:
    history = History.of(SPACE, [*TEN, BAD, replace(GOOD, state=TrialState.STOPPING)])
    news = {11: 1, 12: 1}
    asked = plan(JOB, history, NOW, news=news, asked_to_stop={11})
    assert [action for action in asked if isinstance(action, Stop)] == [Stop(11, "stopped by the user")]
    stopping = plan(JOB, history, NOW, news=news, status=TuningStatus.STOPPING)
    assert stopping == [Stop(11, "stopped by the user")]
    assert plan(JOB, history, NOW, news=news, pause=Pause.STOP) == [Stop(11, "interrupted by the user")]


@pytest.mark.parametrize("pause", [Pause.GO, Pause.DRAIN])
def test_the_last_ones_are_judged_like_the_others(pause: Pause) -> None:
    job = replace(JOB, limits=Limits(trials=12, parallel=4))
    (stop,) = plan(job, History.of(SPACE, [*TEN, BAD, GOOD]), NOW, news={11: 1, 12: 1}, pause=pause)
    assert isinstance(stop, Stop)
    assert stop.number == 11


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=9))
def test_nothing_is_stopped_when_it_is_off(reports: list[float]) -> None:
    job = replace(JOB, stopping=None)
    assert rule_of(job) is None
    history = History.of(SPACE, [*TEN, running(11, *reports)])
    assert list(early_stops(job, history, {11: 0})) == []


def test_hyperband_stops_by_its_own_rule_and_at_the_most() -> None:
    history = History.of(SPACE, [*TEN, BAD, running(12, *[-0.6] * 9)])
    stops = {each.trial.number: each.reason for each in early_stops(HYPERBAND, history, {11: 0, 12: 8})}
    assert stops[11].startswith(f"{EARLY}report 1 was 0.1, which is not among the best third")
    assert stops[12] == "it has made the 9 reports that a training job may make"


@pytest.mark.parametrize(
    ("name", "epochs", "stopped"),
    [
        ("epochs", 9, False),
        ("num_epochs", "9", False),
        ("n-epochs", '"5"', False),
        ("epochs", 10, True),
        ("epochs", "many", True),
        ("eras", 9, True),
    ],
)
def test_one_that_ends_by_itself_at_the_most_may_save_what_it_has_learned(
    name: str, epochs: str | int, stopped: bool
) -> None:
    job = replace(HYPERBAND, hyperparameters={name: epochs})
    at_the_most = History.of(SPACE, [running(1, *[-0.6] * 9)])
    beyond = History.of(SPACE, [running(1, *[-0.6] * 10)])
    assert bool(list(early_stops(job, at_the_most, {1: 8}))) == stopped
    assert list(early_stops(job, beyond, {1: 9}))


def test_a_strategy_knows_what_it_may_hand_out() -> None:
    strategy = strategy_of(HYPERBAND)
    assert isinstance(strategy, Staged)
    assert strategy.resource == ReportRange(least=1, most=9)
    assert rule_of(HYPERBAND) == strategy


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (replace(JOB, stopping="medium"), r"stopping: there is no 'medium'; choose one of .*median"),
        (replace(JOB, resource=ReportRange(9)), r"resource: the strategy Random hands out no .*Hyperband"),
        (replace(HYPERBAND, resource=None), r"resource: the strategy Hyperband must know"),
        (
            replace(HYPERBAND, stopping="median"),
            r"stopping: 'median' does not go with the strategy Hyperband",
        ),
    ],
)
def test_what_does_not_fit_is_refused(job: TuningJob, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check(job)


@pytest.mark.parametrize("job", [JOB, HYPERBAND, replace(JOB, stopping="gain"), replace(JOB, stopping=None)])
def test_what_fits_is_accepted(job: TuningJob) -> None:
    check(job)


def test_a_criterion_stops_what_runs_and_completes_the_job() -> None:
    job = replace(JOB, completion=Completion(target=0.5))
    (stop,) = plan(job, History.of(SPACE, [*TEN, BAD]), NOW, news={11: 1})
    assert isinstance(stop, Stop)
    assert stop == Stop(11, "training job 1 reached the target: 0.5, where 0.5 was wanted")
    assert plan(job, History.of(SPACE, TEN), NOW) == [Finish(TuningStatus.COMPLETED, stop.reason)]
