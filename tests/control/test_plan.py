from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.control.plan import Action, Finish, Pause, Start, Stop, plan
from tunesmith.core.history import History
from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import Limits, TuningJob, TuningStatus

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPACE = Space([Continuous("x", 0.0, 1.0)])
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=SPACE,
    objective=Objective("loss"),
    limits=Limits(trials=10, parallel=3),
    strategy="Random",
    created_at=NOW,
)
STATES = [*TrialState]


def trial(number: int, state: TrialState = TrialState.COMPLETED, loss: float | None = 1.0) -> Trial:
    return Trial(number, {"x": 0.5}, state, () if loss is None else (loss,))


def history(*trials: Trial) -> History:
    return History.of(SPACE, trials)


def starts(actions: list[Action]) -> int:
    return sum(isinstance(action, Start) for action in actions)


def test_fills_the_parallel_limit() -> None:
    assert starts(plan(JOB, history(), NOW)) == 3
    assert starts(plan(JOB, history(trial(1), trial(2, TrialState.RUNNING, None)), NOW)) == 2


def test_never_exceeds_the_room_that_the_backend_has() -> None:
    assert starts(plan(JOB, history(), NOW, room=1)) == 1
    assert plan(JOB, history(), NOW, room=0) == []


def test_never_exceeds_the_limit_of_trials() -> None:
    done = [trial(n) for n in range(1, 10)]
    assert starts(plan(JOB, history(*done), NOW)) == 1


def test_waits_for_the_last_trials_then_completes() -> None:
    done = [trial(n) for n in range(1, 10)]
    assert plan(JOB, history(*done, trial(10, TrialState.RUNNING, None)), NOW) == []
    (action,) = plan(JOB, history(*done, trial(10)), NOW)
    assert action == Finish(TuningStatus.COMPLETED, "the limit of 10 training jobs was reached")


def test_initial_configurations_come_first_and_in_one_batch_with_the_strategys() -> None:
    job = replace(JOB, initial=({"x": 0.25},))
    actions = plan(job, history(), NOW)
    assert actions[0] == Start({"x": 0.25})
    # The strategy's own start with the second trial, as if the first were a trial like any other.
    assert actions[1:] == plan(job, history(trial(1, TrialState.RUNNING, None)), NOW)


def test_fails_after_five_trials_without_a_value_once_nothing_runs() -> None:
    failed = [trial(n, TrialState.FAILED, None) for n in range(1, 6)]
    assert starts(plan(JOB, history(*failed[:4]), NOW)) == 3
    assert plan(JOB, history(*failed, trial(6, TrialState.RUNNING, None)), NOW) == []
    (action,) = plan(JOB, history(*failed), NOW)
    assert action == Finish(TuningStatus.FAILED, "no training job succeeded after 5 attempts")


def test_goes_on_when_one_of_many_succeeded() -> None:
    failed = [trial(n, TrialState.FAILED, None) for n in range(1, 6)]
    assert starts(plan(JOB, history(*failed, trial(6)), NOW)) == 3


def test_fails_when_all_of_less_than_five_failed() -> None:
    job = replace(JOB, limits=Limits(trials=2))
    (action,) = plan(job, history(*(trial(n, TrialState.FAILED, None) for n in (1, 2))), NOW)
    assert isinstance(action, Finish)
    assert action.status is TuningStatus.FAILED


def test_time_limit_stops_what_runs_then_completes() -> None:
    job = replace(JOB, limits=Limits(seconds=60, parallel=2))
    running = trial(2, TrialState.RUNNING, None)
    assert starts(plan(job, history(trial(1), running), NOW + timedelta(seconds=59.9))) == 1
    later = NOW + timedelta(seconds=60)
    assert plan(job, history(trial(1), running), later) == [Stop(2, "the limit of 60 seconds was reached")]
    assert plan(job, history(trial(1), trial(2, TrialState.STOPPING)), later) == []
    (action,) = plan(job, history(trial(1), trial(2, TrialState.STOPPED)), later)
    assert isinstance(action, Finish)
    assert action.status is TuningStatus.COMPLETED


def test_user_stop_stops_what_runs_then_ends_as_stopped() -> None:
    running = trial(2, TrialState.RUNNING, None)
    actions = plan(JOB, history(trial(1), running), NOW, status=TuningStatus.STOPPING)
    assert actions == [Stop(2, "stopped by the user")]
    (action,) = plan(JOB, history(trial(1)), NOW, status=TuningStatus.STOPPING)
    assert action == Finish(TuningStatus.STOPPED, "stopped by the user")


def test_a_single_trial_is_stopped_and_the_others_go_on() -> None:
    past = history(trial(1), trial(2, TrialState.RUNNING, None), trial(3, TrialState.STOPPING, None))
    actions = plan(JOB, past, NOW, asked_to_stop={1, 2, 3})
    assert actions[0] == Stop(2, "stopped by the user")
    assert starts(actions[1:]) == len(actions) - 1 == 1


@pytest.mark.parametrize(
    ("status", "pause", "reason"),
    [
        (TuningStatus.STOPPING, Pause.GO, "stopped by the user"),
        (TuningStatus.IN_PROGRESS, Pause.STOP, "interrupted by the user"),
    ],
)
def test_whatever_else_stops_it_a_trial_is_stopped_once(
    status: TuningStatus, pause: Pause, reason: str
) -> None:
    past = history(*(trial(n, TrialState.RUNNING, None) for n in (1, 2)))
    actions = plan(JOB, past, NOW, status=status, pause=pause, asked_to_stop={2})
    assert actions == [Stop(2, "stopped by the user"), Stop(1, reason)]


@pytest.mark.parametrize("state", [s for s in TrialState if s.is_final])
def test_a_training_job_alone_ends_it_however_it_ended(state: TrialState) -> None:
    job = replace(JOB, alone=True, limits=Limits(trials=1))
    assert plan(job, history(trial(1, TrialState.RUNNING, None)), NOW) == []
    (action,) = plan(job, history(trial(1, state, None)), NOW)
    assert action == Finish(TuningStatus.COMPLETED, "its training job has ended")


def test_pause_holds_new_trials_back_and_ends_nothing() -> None:
    running = trial(2, TrialState.RUNNING, None)
    assert plan(JOB, history(trial(1), running), NOW, pause=Pause.DRAIN) == []
    assert plan(JOB, history(trial(1), running), NOW, pause=Pause.STOP) == [
        Stop(2, "interrupted by the user")
    ]
    assert plan(JOB, history(trial(1)), NOW, pause=Pause.STOP) == []


def test_an_exhausted_strategy_completes_the_job() -> None:
    space = Space([Categorical("x", ("a", "b"))])
    job = replace(JOB, space=space, strategy="Grid")
    assert starts(plan(job, History.of(space, ()), NOW)) == 2
    done = [
        Trial(1, {"x": "a"}, TrialState.COMPLETED, (1.0,)),
        Trial(2, {"x": "b"}, TrialState.COMPLETED, (2.0,)),
    ]
    (action,) = plan(job, History.of(space, done), NOW)
    assert isinstance(action, Finish)
    assert action.status is TuningStatus.COMPLETED


@given(
    states=st.lists(st.sampled_from(STATES), max_size=12),
    limit=st.integers(1, 12),
    parallel=st.integers(1, 5),
    room=st.none() | st.integers(0, 5),
    status=st.sampled_from([TuningStatus.IN_PROGRESS, TuningStatus.STOPPING]),
    pause=st.sampled_from([*Pause]),
)
def test_never_oversubscribes_and_never_ends_with_something_open(
    states: list[TrialState], limit: int, parallel: int, room: int | None, status: TuningStatus, pause: Pause
) -> None:
    job = replace(JOB, limits=Limits(trials=limit, parallel=parallel))
    trials = [
        trial(n, state, None if state is TrialState.FAILED else 1.0) for n, state in enumerate(states, 1)
    ]
    past = history(*trials)
    actions = plan(job, past, NOW, status=status, room=room, pause=pause)
    assert actions == plan(job, past, NOW, status=status, room=room, pause=pause)
    started = starts(actions)
    if started:
        assert started + len(past.open) <= parallel
        assert started + past.created <= limit
        assert room is None or started <= room
        assert status is TuningStatus.IN_PROGRESS
        assert pause is Pause.GO
    if any(isinstance(action, Finish) for action in actions):
        assert len(actions) == 1
        assert not past.open
    stopped = {action.number for action in actions if isinstance(action, Stop)}
    assert stopped <= {t.number for t in past.open if t.state is not TrialState.STOPPING}


@pytest.mark.parametrize("pause", [*Pause])
def test_a_stopped_job_without_anything_open_does_not_start_anew(pause: Pause) -> None:
    actions = plan(JOB, history(trial(1)), NOW, status=TuningStatus.STOPPING, pause=pause)
    assert not starts(actions)
