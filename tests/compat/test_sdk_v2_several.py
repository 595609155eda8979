"""Several estimators in one tuning job, by SageMaker's Python SDK v2."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long

PROGRAMS = Path(__file__).parent / "sdk_v2"


@pytest.fixture(scope="session")
def told(run_client: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a program found that has tuned two estimators."""
    data = tmp_path_factory.mktemp("data")
    (data / "points.csv").write_text("1,2\n2,4.1\n3,5.9\n")
    output = run_client(
        "sagemaker-v2", "python", PROGRAMS / "several.py", PROGRAMS / "source", data, "several-v2"
    )
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return found


def test_both_are_tuned_with_one_budget(told: dict[str, Any]) -> None:
    described = told["described"]
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert described["ObjectiveStatusCounters"]["Succeeded"] == 6
    assert {each["DefinitionName"] for each in described["TrainingJobDefinitions"]} == {"torch", "sklearn"}
    assert told["attached"] == ["sklearn", "torch"]


def test_the_best_is_the_best_of_both_and_its_estimator_is_found(told: dict[str, Any]) -> None:
    best = told["described"]["BestTrainingJob"]
    assert told["best"] == best["TrainingJobName"]
    assert told["estimator"] == {"torch": "PyTorch", "sklearn": "SKLearn"}[best["TrainingJobDefinitionName"]]
    value = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert value == pytest.approx(min(row["FinalObjectiveValue"] for row in told["table"]))


def test_the_table_has_a_row_for_each_training_job(told: dict[str, Any]) -> None:
    counts = Counter(row["TrainingJobDefinitionName"] for row in told["table"])
    assert counts.total() == 6
    assert min(counts["torch"], counts["sklearn"]) >= 2
    assert told["ranges"] == ["sklearn", "torch"]
