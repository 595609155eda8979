from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tunesmith.api.responses.place import Place
from tunesmith.api.responses.stored import Stored
from tunesmith.api.responses.trial import summary
from tunesmith.core.training_job import Ending
from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrialRecord

MakeStored = Callable[..., Stored]
MakeTrial = Callable[..., TrialRecord]
At = Callable[[float], datetime]


def test_a_completed_trial(make_stored: MakeStored, make_trial: MakeTrial, place: Place, at: At) -> None:
    trial = make_trial(state=TrialState.COMPLETED, value=0.75, started_at=at(2), ended_at=at(9))
    assert summary(trial, make_stored(), place) == {
        "TrainingJobName": "job-007-0a1b2c3d",
        "TrainingJobArn": place.training_job("job-007-0a1b2c3d"),
        "CreationTime": at(0),
        "TrainingStartTime": at(2),
        "TrainingEndTime": at(9),
        "TrainingJobStatus": "Completed",
        "TunedHyperParameters": {"lr": "0.1", "depth": "3", "opt": '"adam"'},
        "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "acc", "Value": 0.75},
        "ObjectiveStatus": "Succeeded",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1.0"),
        (1e-05, "1e-05"),
        (0.1 + 0.2, "0.30000000000000004"),
        ('"a"', '"a"'),
        ("a b", "a b"),
    ],
)
def test_tuned_values_are_texts(
    value: float | str, text: str, make_stored: MakeStored, make_trial: MakeTrial, place: Place
) -> None:
    found = summary(make_trial(config={"x": value}), make_stored(), place)
    assert found["TunedHyperParameters"] == {"x": text}


def test_a_failed_trial_has_a_reason_and_no_objective(
    make_stored: MakeStored, make_trial: MakeTrial, place: Place, at: At
) -> None:
    trial = make_trial(
        state=TrialState.FAILED, value=0.9, ending=Ending.EXITED, reason="exit 3", ended_at=at(3)
    )
    found = summary(trial, make_stored(), place)
    assert found["FailureReason"] == "AlgorithmError: exit 3"
    assert found["ObjectiveStatus"] == "Failed"
    assert "FinalHyperParameterTuningJobObjectiveMetric" not in found
    assert "TrainingEndTime" not in found


def test_a_trial_of_named_definitions_says_which(
    make_stored: MakeStored, make_trial: MakeTrial, place: Place, request_of_a_job: dict[str, Any]
) -> None:
    named = {**request_of_a_job["TrainingJobDefinition"], "DefinitionName": "first"}
    stored = make_stored({"TrainingJobDefinitions": [named]}, definitions=("first", "second"))
    trial = make_trial(state=TrialState.RUNNING, value=0.5, definition="first")
    found = summary(trial, stored, place)
    assert found["TrainingJobDefinitionName"] == "first"
    assert found["FinalHyperParameterTuningJobObjectiveMetric"] == {
        "Type": "Maximize",
        "MetricName": "acc",
        "Value": 0.5,
    }
