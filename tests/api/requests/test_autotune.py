from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.autotune import with_settings
from tunesmith.api.requests.context import RequestContext
from tunesmith.api.requests.tuning_job import tuning_job
from tunesmith.core.space import Categorical, Continuous, Integer, Space

Build = Callable[[dict[str, Any]], dict[str, Any]]
Server = Callable[..., RequestContext]
CONFIG = "HyperParameterTuningJobConfig"
RANGES = f"{CONFIG}.ParameterRanges"
ON = {"Autotune": {"Mode": "Enabled"}}
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def auto(**hints: str) -> list[dict[str, str]]:
    return [{"Name": name, "ValueHint": hint} for name, hint in hints.items()]


def test_auto_parameters_become_ranges_or_stay_at_their_hints(tuning: Build, context: Server) -> None:
    hints = auto(learning_rate="0.01", hidden="64", nesterov="true", mode="fast")
    job = tuning_job(tuning({**ON, RANGES: {"AutoParameters": hints}}), context())
    assert job.space.parameters == (
        Integer("hidden", 16, 1024, "Logarithmic"),
        Continuous("learning_rate", 1e-5, 0.1, "Logarithmic"),
        Categorical("nesterov", ("true", "false")),
    )
    assert job.hyperparameters["mode"] == "fast"


def test_explicit_ranges_are_kept_beside_the_chosen_ones(tuning: Build, context: Server) -> None:
    job = tuning_job(tuning({**ON, f"{RANGES}.AutoParameters": auto(dropout="0.2")}), context())
    assert set(job.space.names) == {"lr", "layers", "optimizer", "dropout"}


def test_no_more_than_thirty_are_tuned(tuning: Build, context: Server) -> None:
    hints = auto(**{f"rate{number}": "0.1" for number in range(40)})
    job = tuning_job(tuning({**ON, RANGES: {"AutoParameters": hints}}), context())
    assert len(job.space) == 30
    assert job.hyperparameters["rate39"] == "0.1"


def test_the_number_of_training_jobs_is_chosen_if_nothing_bounds_the_job(
    tuning: Build, context: Server
) -> None:
    changes = {**ON, f"{CONFIG}.ResourceLimits": {"MaxParallelTrainingJobs": 2}}
    assert tuning_job(tuning(changes), context()).limits.trials == 30
    assert tuning_job(tuning(ON), context()).limits.trials == 20


def test_hopeless_training_jobs_are_stopped_unless_the_user_will_not(tuning: Build, context: Server) -> None:
    off = {f"{CONFIG}.TrainingJobEarlyStoppingType": "Off"}
    assert tuning_job(tuning(ON), context()).stopping == "median"
    assert tuning_job(tuning(ON | off), context()).stopping is None


def builtin(tuning: Build, ranges: dict[str, Any], **static: str) -> dict[str, Any]:
    return tuning(
        {
            **ON,
            RANGES: ranges,
            "TrainingJobDefinition.AlgorithmSpecification": {
                "TrainingImage": XGBOOST,
                "TrainingInputMode": "File",
            },
            "TrainingJobDefinition.StaticHyperParameters": {"objective": "reg:squarederror", **static},
            f"{CONFIG}.HyperParameterTuningJobObjective.MetricName": "validation:rmse",
        }
    )


def test_the_built_in_algorithm_has_ranges_of_its_own(tuning: Build, context: Server) -> None:
    hints = auto(eta="0.3", max_depth="6", booster="gbtree", seed="1")
    job = tuning_job(builtin(tuning, {"AutoParameters": hints}, num_round="50"), context())
    assert job.space.parameters == (
        Integer("max_depth", 1, 10, "Linear"),
        Continuous("eta", 0.01, 0.5, "Logarithmic"),
    )
    assert job.hyperparameters.items() >= {"booster": "gbtree", "seed": "1", "num_round": "50"}.items()


def test_the_built_in_algorithm_needs_no_names(tuning: Build, context: Server) -> None:
    job = tuning_job(builtin(tuning, {}, num_round="50", alpha="0"), context())
    assert {"eta", "max_depth", "subsample"} <= set(job.space.names)
    assert not {"num_round", "alpha"} & set(job.space.names)


@pytest.mark.parametrize(
    ("changes", "words", "mended"),
    [
        (
            {f"{RANGES}.AutoParameters": auto(lr="0.1")},
            "AutoParameters: lr has a range, too",
            {f"{RANGES}.AutoParameters": auto(lr2="0.1")},
        ),
        (
            {f"{RANGES}.AutoParameters": auto(epochs="3")},
            "AutoParameters: epochs has a static value, too",
            {f"{RANGES}.AutoParameters": auto(epochs2="3")},
        ),
        (
            {f"{RANGES}.AutoParameters": auto(a="1") * 2},
            "AutoParameters: 'a' is named more than once",
            {f"{RANGES}.AutoParameters": auto(a="1")},
        ),
        (
            {RANGES: {"AutoParameters": auto(mode="fast")}},
            "at least one hyperparameter must be tuned",
            {RANGES: {"AutoParameters": auto(mode="1.5")}},
        ),
    ],
)
def test_what_cannot_be_chosen_is_refused(
    tuning: Build, context: Server, changes: dict[str, Any], words: str, mended: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match=words):
        tuning_job(tuning(ON | changes), context())
    tuning_job(tuning(ON | mended), context())


SPACE = Space([Continuous("x", 0.0, 1.0)])
OPEN = {"Strategy": "Bayesian", "ResourceLimits": {"MaxParallelTrainingJobs": 1}}


def test_what_is_left_open_is_chosen() -> None:
    chosen = with_settings(OPEN, [SPACE], several=False)
    assert chosen["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 20
    assert chosen["TrainingJobEarlyStoppingType"] == "Auto"
    criteria = chosen["TuningJobCompletionCriteria"]
    assert criteria == {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}


def test_what_is_given_is_kept() -> None:
    given = {
        **OPEN,
        "ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 600},
        "TrainingJobEarlyStoppingType": "Off",
        "TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 1.0},
    }
    assert with_settings(given, [SPACE], several=False) == given


def test_hyperband_stops_by_itself_and_several_definitions_are_not_stopped() -> None:
    hyperband = with_settings({**OPEN, "Strategy": "Hyperband"}, [SPACE], several=False)
    assert "TrainingJobEarlyStoppingType" not in hyperband
    assert "TrainingJobEarlyStoppingType" not in with_settings(OPEN, [SPACE], several=True)
