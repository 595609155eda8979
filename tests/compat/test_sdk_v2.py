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
SCRIPTED = ["PyTorch", "SKLearn", "XGBoost", "HuggingFace", "Estimator"]
KINDS = [*SCRIPTED, "built-in"]
Run = Callable[..., str]
Told = dict[str, Any]


@pytest.fixture(scope="module")
def run(run_client: Run) -> Run:
    """Run one of the programs; give what it printed."""
    return lambda program, *arguments: run_client("sagemaker-v2", "python", PROGRAMS / program, *arguments)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "points.csv").write_text("1,2\n2,4.1\n3,5.9\n")
    return folder


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def tuned(run: Run, data: Path, tables: Path) -> Told:
    """What a program found that has tuned with every kind of estimator."""
    return last_json(run("tune.py", SOURCE, data, tables))


@pytest.fixture(scope="module")
def trained(run: Run, data: Path) -> Told:
    """What a program found that has trained a single job and stopped a tuner."""
    return last_json(run("train.py", SOURCE, data))


def test_takes_the_default_bucket_from_the_configuration(tuned: Told) -> None:
    assert tuned["bucket"] == "tunesmith-default"
    assert tuned["kinds"]["PyTorch"]["model"].startswith("s3://tunesmith-default/")


@pytest.mark.parametrize("kind", SCRIPTED)
def test_tunes_with_a_script(tuned: Told, unpack: Callable[[str], Mapping[str, bytes]], kind: str) -> None:
    told = tuned["kinds"][kind]
    assert len(told["frame"]) == 2
    assert {"FinalObjectiveValue", "TrainingJobName", "lr", "optimizer"} <= told["frame"][0].keys()
    assert told["class"] == kind
    model = json.loads(unpack(told["model"])["model.json"])
    assert 0.01 <= model["lr"] <= 10
    assert model["optimizer"] in {"adam", "sgd"}
    assert json.loads(told["hyperparameters"]["epochs"]) == 2


def test_tunes_the_built_in_xgboost(tuned: Told) -> None:
    told = tuned["kinds"]["built-in"]
    assert len(told["frame"]) == 4
    assert all(0.8 < row["FinalObjectiveValue"] <= 1 for row in told["frame"])
    assert told["hyperparameters"]["num_round"] == "10"


@pytest.mark.parametrize("kind", KINDS)
def test_finds_the_best_training_job(tuned: Told, kind: str) -> None:
    told = tuned["kinds"][kind]
    choose = max if kind == "built-in" else min
    best = choose(told["frame"], key=lambda row: row["FinalObjectiveValue"])
    assert told["best"] == told["best of attached"] == best["TrainingJobName"]
    assert told["best"] in told["model"]
    assert told["described"] == "Completed"


# What the SDK reads without asking whether it is there: without any of these it ends with a KeyError.
TUNING_JOB = """
    BestTrainingJob.TrainingJobName
    HyperParameterTuningJobConfig.ParameterRanges.CategoricalParameterRanges
    HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges
    HyperParameterTuningJobConfig.ParameterRanges.IntegerParameterRanges
    HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs
    HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs
    HyperParameterTuningJobConfig.Strategy
    HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType
    TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions
    TrainingJobDefinition.HyperParameterTuningResourceConfig.InstanceType
    TrainingJobDefinition.ResourceConfig.InstanceCount
    TrainingJobDefinition.ResourceConfig.InstanceType
    TrainingJobDefinition.ResourceConfig.VolumeSizeInGB
    TrainingJobDefinition.StaticHyperParameters._tuning_objective_metric
""".split()
TRAINING_JOB = """
    AlgorithmSpecification.TrainingImage
    AlgorithmSpecification.TrainingInputMode
    BillableTimeInSeconds
    HyperParameters._tuning_objective_metric
    ModelArtifacts.S3ModelArtifacts
    OutputDataConfig.KmsKeyId
    ResourceConfig.InstanceCount
    ResourceConfig.InstanceType
    ResourceConfig.VolumeSizeInGB
    RoleArn
    SecondaryStatus
    SecondaryStatusTransitions
    StoppingCondition.MaxRuntimeInSeconds
    TrainingEndTime
    TrainingJobStatus
    TrainingStartTime
    TrainingTimeInSeconds
""".split()
SUMMARY = """
    FinalHyperParameterTuningJobObjectiveMetric.Value
    TrainingEndTime
    TrainingJobName
    TrainingJobStatus
    TrainingStartTime
    TunedHyperParameters
""".split()


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
def test_finds_every_member_that_it_relies_on(sagemaker: Any, tuned: Told, kind: str) -> None:
    told = tuned["kinds"][kind]
    name = {"HyperParameterTuningJobName": told["name"]}
    assert missing(sagemaker.describe_hyper_parameter_tuning_job(**name), TUNING_JOB) == []
    assert missing(sagemaker.describe_training_job(TrainingJobName=told["best"]), TRAINING_JOB) == []
    for summary in sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(**name)[
        "TrainingJobSummaries"
    ]:
        assert missing(summary, SUMMARY) == []


def test_trains_a_job_and_reads_its_log(trained: Told) -> None:
    assert "epoch 3: validation loss=" in trained["log"]
    assert trained["model"] == trained["attached"]
    assert trained["role"] == "SageMakerRole"


def test_asks_for_the_role_of_a_bare_name(sagemaker: Any, trained: Told) -> None:
    assert "v2-single" in trained["model"]
    described = sagemaker.describe_training_job(TrainingJobName="v2-single")
    assert described["RoleArn"] == "arn:aws:iam::000000000000:role/SageMakerRole"


def test_stops_a_tuning_job(trained: Told) -> None:
    assert trained["stopped"] == "Stopped"


@pytest.mark.long  # the SDK asks for news of a running job every half a minute
def test_follows_the_log_of_a_training_job(run: Run, data: Path) -> None:
    output = run("logs.py", SOURCE, data)
    assert "epoch 3: validation loss=" in output
    assert "Training job completed" in output
    assert "model: s3://" in output
