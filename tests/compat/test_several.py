"""Several training job definitions in one tuning job (conformance C40)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

Request = dict[str, Any]

ERROR = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--zeta", type=float)
given, _ = parser.parse_known_args()
print(f"err={2 + given.zeta};")
"""


def ranges(name: str) -> Request:
    return {"ContinuousParameterRanges": [{"Name": name, "MinValue": "0", "MaxValue": "1"}]}


@pytest.fixture(scope="session")
def request_for_two(tuning: Callable[..., Request], definition: Callable[..., Request]) -> Request:
    """A tuning job with two algorithms whose metrics and hyperparameters differ."""
    request = tuning(
        "two",
        ResourceLimits={"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 2},
        TrainingJobDefinitions=[
            definition()
            | {
                "DefinitionName": "first",
                "TuningObjective": {"Type": "Minimize", "MetricName": "obj"},
                "HyperParameterRanges": ranges("x"),
            },
            definition(ERROR, static={"epochs": "1"})
            | {
                "DefinitionName": "second",
                "TuningObjective": {"Type": "Minimize", "MetricName": "err"},
                "HyperParameterRanges": ranges("zeta"),
                "AlgorithmSpecification": {
                    **definition()["AlgorithmSpecification"],
                    "MetricDefinitions": [{"Name": "err", "Regex": r"err=([-0-9.e+]+);"}],
                },
            },
        ],
    )
    del request["TrainingJobDefinition"]
    for member in ("HyperParameterTuningJobObjective", "ParameterRanges"):
        del request["HyperParameterTuningJobConfig"][member]
    return request


@pytest.fixture(scope="session")
def described(sagemaker: Any, wait: Callable[..., Request], request_for_two: Request) -> Request:
    sagemaker.create_hyper_parameter_tuning_job(**request_for_two)
    return wait("two")


@pytest.fixture(scope="session")
def summaries(sagemaker: Any, described: Request) -> list[Request]:
    name = described["HyperParameterTuningJobName"]
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    found: list[Request] = listed["TrainingJobSummaries"]
    return found


def test_the_definitions_are_described_as_they_were_given(described: Request) -> None:
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert "TrainingJobDefinition" not in described
    assert [each["DefinitionName"] for each in described["TrainingJobDefinitions"]] == ["first", "second"]
    second = described["TrainingJobDefinitions"][1]
    assert second["TuningObjective"] == {"Type": "Minimize", "MetricName": "err"}
    assert second["StaticHyperParameters"]["_tuning_objective_metric"] == "err"
    assert (
        second["HyperParameterRanges"]["ContinuousParameterRanges"]
        == ranges("zeta")["ContinuousParameterRanges"]
    )
    config = described["HyperParameterTuningJobConfig"]
    assert not {"HyperParameterTuningJobObjective", "ParameterRanges"} & config.keys()


def test_training_jobs_tell_their_definition_and_the_type(summaries: list[Request]) -> None:
    metrics = {"first": "obj", "second": "err"}
    tuned = {"first": {"x"}, "second": {"zeta"}}
    counts = Counter(each["TrainingJobDefinitionName"] for each in summaries)
    assert counts.total() == 6
    assert min(counts["first"], counts["second"]) >= 2
    for each in summaries:
        final = each["FinalHyperParameterTuningJobObjectiveMetric"]
        assert final["Type"] == "Minimize"
        assert final["MetricName"] == metrics[each["TrainingJobDefinitionName"]]
        assert each["TunedHyperParameters"].keys() == tuned[each["TrainingJobDefinitionName"]]


def test_the_best_is_the_best_of_all(described: Request, summaries: list[Request]) -> None:
    def value(each: Request) -> float:
        return float(each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])

    assert value(described["BestTrainingJob"]) == min(map(value, summaries))
    assert described["BestTrainingJob"]["TrainingJobDefinitionName"] in {"first", "second"}
    assert described["ObjectiveStatusCounters"]["Succeeded"] == 6


@pytest.mark.parametrize(("name", "static", "metric"), [("first", None, "obj"), ("second", "1", "err")])
def test_a_training_job_is_described_as_one_of_its_definition(
    sagemaker: Any, summaries: list[Request], name: str, static: str | None, metric: str
) -> None:
    found = next(each for each in summaries if each["TrainingJobDefinitionName"] == name)
    job = sagemaker.describe_training_job(TrainingJobName=found["TrainingJobName"])
    assert job["HyperParameters"].get("epochs") == static
    assert job["HyperParameters"]["_tuning_objective_metric"] == metric
    assert {each["MetricName"] for each in job["FinalMetricDataList"]} == {metric, "ObjectiveMetric"}


def test_a_warm_start_is_refused(sagemaker: Any, request_for_two: Request, described: Request) -> None:
    parents = [{"HyperParameterTuningJobName": described["HyperParameterTuningJobName"]}]
    warm = {"WarmStartType": "TransferLearning", "ParentHyperParameterTuningJobs": parents}
    again = {**request_for_two, "HyperParameterTuningJobName": "two-again", "WarmStartConfig": warm}
    with pytest.raises(sagemaker.exceptions.ClientError, match="cannot have a warm start"):
        sagemaker.create_hyper_parameter_tuning_job(**again)
