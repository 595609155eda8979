"""Conformance C50: SageMaker's Python SDK v2, unmodified, in an environment of its own.

The SDK takes seconds to import, so a few programs do much each, and the tests look at what they told.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

PROGRAMS = Path(__file__).parent / "sdk_v2"
SOURCE = PROGRAMS / "source"
QUICK = ["PyTorch", "Estimator", "built-in"]
OTHERS = ["SKLearn", "XGBoost", "HuggingFace"]  # to the server they are all the same
KINDS = [*QUICK, *(pytest.param(kind, marks=pytest.mark.long) for kind in OTHERS)]
SCRIPTED = [kind for kind in KINDS if kind != "built-in"]
Run = Callable[..., str]
Told = dict[str, Any]


@pytest.fixture(scope="session")
def run(run_client: Run) -> Run:
    """Run one of the programs; give what it printed."""
    return lambda program, *arguments: run_client("sagemaker-v2", "python", PROGRAMS / program, *arguments)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "points.csv").write_text("1,2\n2,4.1\n3,5.9\n")
    return folder


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders of CSV files, as the built-in XGBoost reads them: the label first."""
    folder = tmp_path_factory.mktemp("tables")
    features, labels = load_breast_cancer(return_X_y=True)
    for name, rows in (("train", slice(0, None, 2)), ("validation", slice(1, None, 2))):
        (folder / name).mkdir()
        table = np.column_stack([labels[rows], features[rows]])
        np.savetxt(folder / name / "part.csv", table, delimiter=",")
    return folder


def last_json(output: str) -> Told:
    found: Told = json.loads(output.strip().splitlines()[-1])
    return found


@pytest.fixture(scope="session")
def told(run: Run, data: Path, tables: Path) -> Told:
    """What a program found that has done what every user does."""
    return last_json(run("everything.py", SOURCE, data, tables, *QUICK, "single", "stop"))


@pytest.fixture(scope="session")
def told_of_others(run: Run, data: Path, tables: Path) -> Told:
    return last_json(run("everything.py", SOURCE, data, tables, *OTHERS))


@pytest.fixture
def tuned(request: pytest.FixtureRequest, kind: str) -> Told:
    """What was found by tuning with one kind of estimator."""
    found: Told = request.getfixturevalue("told" if kind in QUICK else "told_of_others")["kinds"][kind]
    return found


def test_takes_the_default_bucket_from_the_configuration(told: Told) -> None:
    assert told["bucket"] == "tunesmith-default"
    assert told["kinds"]["PyTorch"]["model"].startswith("s3://tunesmith-default/")


@pytest.mark.parametrize("kind", SCRIPTED)
def test_tunes_with_a_script(tuned: Told, unpack: Callable[[str], Mapping[str, bytes]], kind: str) -> None:
    assert len(tuned["frame"]) == 2
    assert {"FinalObjectiveValue", "TrainingJobName", "lr", "optimizer"} <= tuned["frame"][0].keys()
    assert tuned["class"] == kind
    model = json.loads(unpack(tuned["model"])["model.json"])
    assert 0.01 <= model["lr"] <= 10
    assert model["optimizer"] in {"adam", "sgd"}
    assert json.loads(tuned["hyperparameters"]["epochs"]) == 2


@pytest.mark.parametrize("kind", ["built-in"])
def test_tunes_the_built_in_xgboost(tuned: Told) -> None:
    assert len(tuned["frame"]) == 4
    assert all(0.8 < row["FinalObjectiveValue"] <= 1 for row in tuned["frame"])
    assert tuned["hyperparameters"]["num_round"] == "10"


@pytest.mark.parametrize("kind", KINDS)
def test_finds_the_best_training_job(tuned: Told, kind: str) -> None:
    choose = max if kind == "built-in" else min
    best = choose(tuned["frame"], key=lambda row: row["FinalObjectiveValue"])
    assert tuned["best"] == tuned["best of attached"] == best["TrainingJobName"]
    assert tuned["best"] in tuned["model"]
    assert tuned["described"] == "Completed"


# What the SDK reads without asking whether it is there: without any of these it ends with a KeyError.
TUNING_JOB = [
    "BestTrainingJob.TrainingJobName",
    "HyperParameterTuningJobConfig.ParameterRanges.CategoricalParameterRanges",
    "HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges",
    "HyperParameterTuningJobConfig.ParameterRanges.IntegerParameterRanges",
    "HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs",
    "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs",
    "HyperParameterTuningJobConfig.Strategy",
    "HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType",
    "TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions",
    "TrainingJobDefinition.HyperParameterTuningResourceConfig.InstanceType",
    "TrainingJobDefinition.ResourceConfig.InstanceCount",
    "TrainingJobDefinition.ResourceConfig.InstanceType",
    "TrainingJobDefinition.ResourceConfig.VolumeSizeInGB",
    "TrainingJobDefinition.StaticHyperParameters._tuning_objective_metric",
]
TRAINING_JOB = [
    "AlgorithmSpecification.TrainingImage",
    "AlgorithmSpecification.TrainingInputMode",
    "BillableTimeInSeconds",
    "HyperParameters._tuning_objective_metric",
    "ModelArtifacts.S3ModelArtifacts",
    "OutputDataConfig.KmsKeyId",
    "ResourceConfig.InstanceCount",
    "ResourceConfig.InstanceType",
    "ResourceConfig.VolumeSizeInGB",
    "RoleArn",
    "SecondaryStatus",
    "SecondaryStatusTransitions",
    "StoppingCondition.MaxRuntimeInSeconds",
    "TrainingEndTime",
    "TrainingJobStatus",
    "TrainingStartTime",
    "TrainingTimeInSeconds",
]
SUMMARY = [
    "FinalHyperParameterTuningJobObjectiveMetric.Value",
    "TrainingEndTime",
    "TrainingJobName",
    "TrainingJobStatus",
    "TrainingStartTime",
    "TunedHyperParameters",
]


def missing(answer: Mapping[str, Any], paths: list[str]) -> list[str]:
    """Those of the members that an answer lacks."""

    def is_there(path: str) -> bool:
        try:
            functools.reduce(lambda found, name: found[name], path.split("."), answer)
        except KeyError:
            return False
        return True

    return [path for path in paths if not is_there(path)]


@pytest.mark.parametrize("kind", KINDS)
def test_finds_every_member_that_it_relies_on(sagemaker: Any, tuned: Told) -> None:
    name = {"HyperParameterTuningJobName": tuned["name"]}
    assert missing(sagemaker.describe_hyper_parameter_tuning_job(**name), TUNING_JOB) == []
    assert missing(sagemaker.describe_training_job(TrainingJobName=tuned["best"]), TRAINING_JOB) == []
    for summary in sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(**name)[
        "TrainingJobSummaries"
    ]:
        assert missing(summary, SUMMARY) == []


def test_trains_a_job_and_reads_its_log(told: Told) -> None:
    single = told["single"]
    assert "epoch 3: validation loss=" in single["log"]
    assert single["model"] == single["model of attached"]


def test_asks_for_the_role_of_a_bare_name(sagemaker: Any, told: Told) -> None:
    assert "v2-single" in told["single"]["model"]
    described = sagemaker.describe_training_job(TrainingJobName="v2-single")
    assert described["RoleArn"] == "arn:aws:iam::000000000000:role/SageMakerRole"


def test_stops_a_tuning_job(told: Told) -> None:
    assert told["stop"] == "Stopped"


@pytest.mark.long  # the SDK asks for news of a running job every half a minute
def test_follows_the_log_of_a_training_job(run: Run, data: Path) -> None:
    output = run("logs.py", SOURCE, data)
    assert "epoch 3: validation loss=" in output
    assert "Training job completed" in output
    assert "model: s3://" in output
