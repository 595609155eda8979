from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tunesmith.api.responses.stored import Stored
from tunesmith.core.tuning_job import Completion, Limits

MakeStored = Callable[..., Stored]
Request = dict[str, Any]


def test_a_config_has_all_three_lists_of_ranges(make_stored: MakeStored, request_of_a_job: Request) -> None:
    config = make_stored().config
    sent = request_of_a_job["HyperParameterTuningJobConfig"]
    assert config["ParameterRanges"] == {
        **sent["ParameterRanges"],
        "IntegerParameterRanges": [],
        "CategoricalParameterRanges": [],
    }
    assert config["TrainingJobEarlyStoppingType"] == "Off"
    assert config["ResourceLimits"] == sent["ResourceLimits"]


def test_a_limit_that_was_left_out_is_told(make_stored: MakeStored, request_of_a_job: Request) -> None:
    sent = request_of_a_job["HyperParameterTuningJobConfig"]
    grid = {**sent, "Strategy": "Grid", "ResourceLimits": {"MaxParallelTrainingJobs": 2}}
    stored = make_stored(
        {**request_of_a_job, "HyperParameterTuningJobConfig": grid}, limits=Limits(trials=6, parallel=2)
    )
    assert stored.config["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 2}


def test_limits_that_were_changed_since_are_told(make_stored: MakeStored, request_of_a_job: Request) -> None:
    stored = make_stored(request_of_a_job, limits=Limits(trials=12, parallel=3, seconds=99.5))
    assert stored.config["ResourceLimits"] == {
        "MaxNumberOfTrainingJobs": 12,
        "MaxParallelTrainingJobs": 3,
        "MaxRuntimeInSeconds": 100,
    }


def test_several_definitions_are_all_there(make_stored: MakeStored, request_of_a_job: Request) -> None:
    single = request_of_a_job["TrainingJobDefinition"]
    ranges = request_of_a_job["HyperParameterTuningJobConfig"]["ParameterRanges"]
    config = {
        name: value
        for name, value in request_of_a_job["HyperParameterTuningJobConfig"].items()
        if name not in ("ParameterRanges", "HyperParameterTuningJobObjective")
    }
    definitions = [
        {**single, "DefinitionName": name, "HyperParameterRanges": ranges} for name in ("first", "second")
    ]
    asked = {"HyperParameterTuningJobConfig": config, "TrainingJobDefinitions": definitions}
    stored = make_stored(asked, definitions=("first", "second"))
    assert [each["DefinitionName"] for each in stored.definitions] == ["first", "second"]
    assert replace(stored, chosen="second").definition["DefinitionName"] == "second"
    assert stored.has_definitions
    assert "ParameterRanges" not in stored.config


def test_the_name_outlives_the_tuning_job(make_stored: MakeStored) -> None:
    assert make_stored().name == "job"
    assert make_stored(name="0" * 32, former_name="job").name == "job"


def test_hyperparameters_of_a_training_job_alone_are_its_own(
    make_stored: MakeStored, request_of_a_job: Request
) -> None:
    members = {**request_of_a_job["TrainingJobDefinition"], "HyperParameters": {"x": "1"}}
    assert make_stored(members, alone=True).hyperparameters == {"x": "1"}
    del members["HyperParameters"]
    assert make_stored(members, alone=True).hyperparameters == {}


def test_what_autotune_has_chosen_is_told(make_stored: MakeStored, request_of_a_job: Request) -> None:
    sent = request_of_a_job["HyperParameterTuningJobConfig"]
    hints = [{"Name": "depth", "ValueHint": "5"}, {"Name": "mode", "ValueHint": "fast"}]
    asked = {
        **request_of_a_job,
        "HyperParameterTuningJobConfig": {**sent, "ParameterRanges": {"AutoParameters": hints}},
    }
    job = {
        "stopping": "median",
        "completion": Completion(converged=True),
        "hyperparameters": {"epochs": "3", "mode": "fast"},
    }
    stored = make_stored({**asked, "Autotune": {"Mode": "Enabled"}}, **job)
    ranges = stored.config["ParameterRanges"]
    assert ranges["AutoParameters"] == hints
    assert [each["Name"] for each in ranges["IntegerParameterRanges"]] == ["depth"]
    assert [each["Name"] for each in ranges["ContinuousParameterRanges"]] == ["lr"]
    assert stored.config["TrainingJobEarlyStoppingType"] == "Auto"
    criteria = stored.config["TuningJobCompletionCriteria"]
    assert criteria == {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}
    assert stored.definition["StaticHyperParameters"].items() >= {"epochs": "3", "mode": "fast"}.items()
    assert make_stored(asked, **job).config["ParameterRanges"]["IntegerParameterRanges"] == []
