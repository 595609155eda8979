"""Warm start by the helpers of SageMaker's Python SDK v2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long  # the SDK alone takes a minute; the same through boto3 is in test_warm_start.py

PROGRAMS = Path(__file__).parent / "sdk_v2"


@pytest.fixture(scope="session")
def told(run_client: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a program found that has tuned again and again."""
    data = tmp_path_factory.mktemp("data")
    (data / "points.csv").write_text("1,2\n2,4.1\n3,5.9\n")
    output = run_client(
        "sagemaker-v2", "python", PROGRAMS / "warm_start.py", PROGRAMS / "source", data, "warm-v2"
    )
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return found


def parents(described: dict[str, Any]) -> set[str]:
    config = described["WarmStartConfig"]
    return {parent["HyperParameterTuningJobName"] for parent in config["ParentHyperParameterTuningJobs"]}


@pytest.mark.parametrize("job", ["first", "identical", "transfer", "explicit"])
def test_every_job_comes_to_its_end(told: dict[str, Any], job: str) -> None:
    assert told[job]["HyperParameterTuningJobStatus"] == "Completed"
    assert told[job]["ObjectiveStatusCounters"]["Succeeded"] == 2


def test_the_identical_tuner_has_the_best_of_both(told: dict[str, Any]) -> None:
    def value(best: dict[str, Any]) -> float:
        return float(best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])

    job = told["identical"]
    assert job["WarmStartConfig"]["WarmStartType"] == "IdenticalDataAndAlgorithm"
    assert parents(job) == {"warm-v2-first"}
    both = [told["first"]["BestTrainingJob"], job["BestTrainingJob"]]
    assert value(job["OverallBestTrainingJob"]) == min(map(value, both))
    assert job["OverallBestTrainingJob"]["TuningJobName"] in {"warm-v2-first", "warm-v2-identical"}
    assert told["identical best"] == job["BestTrainingJob"]["TrainingJobName"]


def test_the_transfer_tuner_takes_another_image_and_more_parents(told: dict[str, Any]) -> None:
    assert parents(told["transfer"]) == {"warm-v2-first", "warm-v2-identical"}
    assert "2.3" in told["transfer"]["TrainingJobDefinition"]["AlgorithmSpecification"]["TrainingImage"]
    assert told["attached"]["WarmStartType"] == "TransferLearning"


def test_a_configuration_of_ones_own(told: dict[str, Any]) -> None:
    assert parents(told["explicit"]) == {"warm-v2-first"}


def test_a_refusal_says_what_to_do(told: dict[str, Any]) -> None:
    assert "'warm-v2-first' has no hyperparameters more; leave them out" in told["refusal"]
