from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunesmith.api.responses.transitions import secondary_status, transitions
from tunesmith.core.training_job import Ending
from tunesmith.core.trial import TrialState
from tunesmith.store.records import Attempt, TrialRecord

MakeTrial = Callable[..., TrialRecord]
At = Callable[[float], datetime]


@pytest.mark.parametrize(
    ("state", "started", "ended", "ending", "stages"),
    [
        ("Pending", None, None, None, ["Starting"]),
        ("Running", None, None, None, ["Starting"]),
        ("Running", 2, None, None, ["Starting", "Downloading", "Training"]),
        ("Pausing", 2, None, None, ["Starting", "Downloading", "Training"]),
        ("Paused", 2, 9, Ending.PAUSED, ["Starting", "Downloading", "Training", "Interrupted"]),
        ("Stopping", None, None, None, ["Starting", "Stopping"]),
        ("Stopping", 2, None, None, ["Starting", "Downloading", "Training", "Stopping"]),
        ("Completed", 2, 9, Ending.EXITED, ["Starting", "Downloading", "Training", "Uploading", "Completed"]),
        (
            "Stopped",
            2,
            9,
            Ending.STOPPED,
            ["Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped"],
        ),
        (
            "Stopped",
            2,
            9,
            Ending.MAX_SECONDS,
            ["Starting", "Downloading", "Training", "Uploading", "MaxRuntimeExceeded"],
        ),
        ("Failed", 2, 9, Ending.EXITED, ["Starting", "Downloading", "Training", "Failed"]),
        ("Failed", None, 9, Ending.REFUSED, ["Starting", "Failed"]),
    ],
)
def test_a_training_job_goes_through_its_stages(
    state: str,
    started: float | None,
    ended: float | None,
    ending: Ending | None,
    stages: list[str],
    make_trial: MakeTrial,
    at: At,
) -> None:
    trial = make_trial(
        state=TrialState(state),
        started_at=None if started is None else at(started),
        ended_at=None if ended is None else at(ended),
        ending=ending,
    )
    assert [stage["Status"] for stage in transitions(trial)] == stages
    assert secondary_status(trial) == stages[-1]


@pytest.mark.parametrize(
    ("ending", "between"),
    [(Ending.LOST, []), (Ending.INTERRUPTED, ["Interrupted"]), (Ending.PAUSED, ["Interrupted"])],
)
def test_what_was_lost_starts_again(
    make_trial: MakeTrial, at: At, ending: Ending, between: list[str]
) -> None:
    lost = Attempt(started_at=at(2), ended_at=at(5), ending=ending)
    trial = make_trial(state=TrialState.PENDING, earlier=(lost,))
    assert secondary_status(trial) == "Starting"
    assert [stage["Status"] for stage in transitions(trial)] == [
        "Starting",
        "Downloading",
        "Training",
        *between,
        "Starting",
    ]
    assert transitions(trial)[-1]["StartTime"] == at(5)
    again = replace(trial, state=TrialState.RUNNING, started_at=at(6))
    assert [stage["Status"] for stage in transitions(again)][-3:] == ["Starting", "Downloading", "Training"]


def test_a_spot_job_that_waited_too_long_says_so(make_trial: MakeTrial, at: At) -> None:
    trial = make_trial(state=TrialState.STOPPED, ending=Ending.MAX_WAIT, started_at=at(2), ended_at=at(9))
    assert secondary_status(trial) == "MaxWaitTimeExceeded"
    assert [stage["Status"] for stage in transitions(trial)][-2:] == ["Uploading", "MaxWaitTimeExceeded"]


def test_a_stage_begins_where_the_one_before_ends(make_trial: MakeTrial, at: At) -> None:
    trial = make_trial(state=TrialState.COMPLETED, started_at=at(2), ended_at=at(9))
    times = [(stage["StartTime"], stage["EndTime"]) for stage in transitions(trial)]
    assert times == [(at(0), at(2)), (at(2), at(2)), (at(2), at(9)), (at(9), at(9)), (at(9), at(9))]


def test_the_stage_that_lasts_has_no_end(make_trial: MakeTrial, at: At) -> None:
    last = transitions(make_trial(state=TrialState.RUNNING, started_at=at(2)))[-1]
    assert last == {"Status": "Training", "StartTime": at(2), "StatusMessage": "Training in progress"}


def test_a_paused_training_job_is_interrupted_for_as_long_as_it_takes(make_trial: MakeTrial, at: At) -> None:
    paused = make_trial(state=TrialState.PAUSED, ending=Ending.PAUSED, started_at=at(2), ended_at=at(9))
    assert transitions(paused)[-1] == {
        "Status": "Interrupted",
        "StartTime": at(9),
        "StatusMessage": "Training job is paused; it is started again if it turns out to be worth it",
    }


def test_the_last_message_of_a_failure_says_why(make_trial: MakeTrial, at: At) -> None:
    trial = make_trial(state=TrialState.FAILED, ended_at=at(9), ending=Ending.EXITED, reason="no memory")
    assert transitions(trial)[-1]["StatusMessage"] == "AlgorithmError: no memory"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    state=st.sampled_from(TrialState),
    started=st.none() | st.floats(0, 5),
    ended=st.floats(5, 10),
    ending=st.none() | st.sampled_from(Ending),
)
def test_stages_never_overlap_and_the_last_is_the_secondary_status(
    state: TrialState,
    started: float | None,
    ended: float,
    ending: Ending | None,
    make_trial: MakeTrial,
    at: At,
) -> None:
    moments: dict[str, Any] = {"started_at": None if started is None else at(started)}
    if state.is_final or state is TrialState.PAUSED:
        moments |= {"ended_at": at(ended), "ending": ending}
    trial = make_trial(state=state, **moments)
    stages = transitions(trial)
    assert stages[-1]["Status"] == secondary_status(trial)
    assert all(stage["EndTime"] == following["StartTime"] for stage, following in pairwise(stages))
    assert ("EndTime" in stages[-1]) == state.is_final
    starts = [stage["StartTime"] for stage in stages]
    assert starts == sorted(starts)
