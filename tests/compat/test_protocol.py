"""Conformance C1 to C8: the protocol, and what is refused at creation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

Build = Callable[..., dict[str, Any]]
NewName = Callable[..., str]


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = error.value.response["Error"]["Code"]
    return code


def message_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    message: str = error.value.response["Error"]["Message"]
    return message


def test_c1_every_reply_has_a_request_id(sagemaker: Any) -> None:
    listed = sagemaker.list_hyper_parameter_tuning_jobs()
    assert re.fullmatch(r"[0-9a-f-]{36}", listed["ResponseMetadata"]["RequestId"])
    with pytest.raises(ClientError) as refused:
        sagemaker.list_domains()
    assert code_of(refused) == "UnknownOperationException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["ResponseMetadata"]["RequestId"]


def test_c2_a_new_tuning_job_is_in_progress_with_all_counters(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    name = new_name("create")
    arn = sagemaker.create_hyper_parameter_tuning_job(**tuning(name))["HyperParameterTuningJobArn"]
    assert re.fullmatch(r"arn:aws:sagemaker:us-east-1:[0-9]{12}:hyper-parameter-tuning-job/" + name, arn)
    described = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert described["HyperParameterTuningJobStatus"] == "InProgress"
    assert described["TrainingJobStatusCounters"].keys() == {
        "Completed",
        "InProgress",
        "RetryableError",
        "NonRetryableError",
        "Stopped",
    }
    assert described["ObjectiveStatusCounters"].keys() == {"Succeeded", "Pending", "Failed"}
    assert "BestTrainingJob" not in described
    wait(name)


def test_c3_a_name_is_taken_in_any_case(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    name = new_name("clash")
    sagemaker.create_hyper_parameter_tuning_job(**tuning(name))
    for same in (name, name.upper()):
        with pytest.raises(sagemaker.exceptions.ResourceInUse, match="already exists"):
            sagemaker.create_hyper_parameter_tuning_job(**tuning(same))
    wait(name)


@pytest.mark.parametrize(
    "operation",
    [
        "describe_hyper_parameter_tuning_job",
        "stop_hyper_parameter_tuning_job",
        "list_training_jobs_for_hyper_parameter_tuning_job",
    ],
)
def test_c4_an_unknown_tuning_job_is_not_found(sagemaker: Any, operation: str) -> None:
    with pytest.raises(sagemaker.exceptions.ResourceNotFound) as missing:
        getattr(sagemaker, operation)(HyperParameterTuningJobName="nobody")
    assert message_of(missing).startswith("Amazon SageMaker can't find a tuning job")
    assert "nobody" in message_of(missing)


def test_c5_an_unknown_training_job_is_a_validation_error(sagemaker: Any) -> None:
    with pytest.raises(ClientError) as missing:
        sagemaker.describe_training_job(TrainingJobName="nobody")
    assert code_of(missing) == "ValidationException"
    assert message_of(missing).startswith("Requested resource not found")
    with pytest.raises(WaiterError):
        sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="nobody")


def _range(**changes: Any) -> dict[str, Any]:
    return {"Name": "x", "MinValue": "0", "MaxValue": "1", **changes}


def _ranges(**changes: Any) -> dict[str, Any]:
    return {"ParameterRanges": {"ContinuousParameterRanges": [_range(**changes)]}}


def _integers(**changes: Any) -> dict[str, Any]:
    return {"ParameterRanges": {"IntegerParameterRanges": [_range(**{"MaxValue": "9", **changes})]}}


def _limits(**changes: Any) -> dict[str, Any]:
    return {"ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1, **changes}}


def _choices(values: list[str]) -> dict[str, Any]:
    return {"ParameterRanges": {"CategoricalParameterRanges": [{"Name": "c", "Values": values}]}}


REFUSED: dict[str, dict[str, Any]] = {
    "C6 strategy": {"Strategy": "Bogus"},
    "C6 number of ranges": {
        "ParameterRanges": {"ContinuousParameterRanges": [_range(Name=f"x{i}") for i in range(31)]}
    },
    "C6 number of categories": _choices([str(i) for i in range(31)]),
    "C8 objective without definition": {
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "other"}
    },
    "C9 a single point": _ranges(MinValue="1"),
    "C9 upside down": _ranges(MinValue="2"),
    "C9 no number": _ranges(MinValue="abc"),
    "C9 half an integer": _integers(MinValue="1.5"),
    "C9 log of zero": _ranges(ScalingType="Logarithmic"),
    "C9 reverse log of one": _ranges(ScalingType="ReverseLogarithmic"),
    "C9 reverse log of integers": _integers(ScalingType="ReverseLogarithmic"),
    "C9 a category twice": _choices(["a", "b", "a"]),
    "C9 a name twice": {
        "ParameterRanges": {
            "ContinuousParameterRanges": [_range()],
            "IntegerParameterRanges": [_range(MaxValue="9")],
        }
    },
    "C10 a space that is too small": {**_choices(["a", "b", "c"]), **_limits(MaxNumberOfTrainingJobs=10)},
    "C11 a grid of numbers": {"Strategy": "Grid"},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_c6_to_c11_what_cannot_work_is_refused(
    sagemaker: Any, tuning: Build, new_name: NewName, changes: dict[str, Any]
) -> None:
    name = new_name("refused")
    with pytest.raises(ClientError) as refused:
        sagemaker.create_hyper_parameter_tuning_job(**tuning(name, **changes))
    assert code_of(refused) == "ValidationException"
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def test_c6_a_run_time_that_is_too_short(server: Any, tuning: Build, new_name: NewName) -> None:
    """boto3 refuses it by itself, unless it is told not to look."""
    careless = server.client("sagemaker", parameter_validation=False)
    request = tuning(new_name("refused"), **_limits(MaxRuntimeInSeconds=119))
    with pytest.raises(ClientError, match=r"maxRuntimeInSeconds.*greater than or equal to 120") as refused:
        careless.create_hyper_parameter_tuning_job(**request)
    assert code_of(refused) == "ValidationException"


@pytest.mark.parametrize("name", ["n" * 33, "under_score", "-x", "x-"])
def test_c6_names(sagemaker: Any, tuning: Build, name: str) -> None:
    with pytest.raises(ClientError, match="hyperParameterTuningJobName") as refused:
        sagemaker.create_hyper_parameter_tuning_job(**tuning(name))
    assert code_of(refused) == "ValidationException"


def test_c6_a_regular_expression_of_501_characters(sagemaker: Any, tuning: Build, new_name: NewName) -> None:
    request = tuning(new_name("regex"))
    metrics = request["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
    metrics[0]["Regex"] = f"({'x' * 499})"
    with pytest.raises(ClientError, match="length less than or equal to 500"):
        sagemaker.create_hyper_parameter_tuning_job(**request)


def test_c7_a_definition_is_needed_and_only_one_kind(
    sagemaker: Any, tuning: Build, new_name: NewName
) -> None:
    neither = tuning(new_name("neither"))
    single = neither.pop("TrainingJobDefinition")
    with pytest.raises(ClientError) as refused:
        sagemaker.create_hyper_parameter_tuning_job(**neither)
    assert code_of(refused) == "ValidationException"
    both = {
        **neither,
        "TrainingJobDefinition": single,
        "TrainingJobDefinitions": [{**single, "DefinitionName": "d"}],
    }
    with pytest.raises(ClientError) as refused:
        sagemaker.create_hyper_parameter_tuning_job(**both)
    assert code_of(refused) == "ValidationException"
