from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.api.model import service_model
from tunesmith.api.snippets import aws_cli, boto3_code, sdk_v2
from tunesmith.api.snippets.creation import Creation, creation_of
from tunesmith.api.snippets.python_text import value
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Channel, Command, Function, Resources, Script
from tunesmith.core.tuning_job import Limits, MetricPattern, ReportRange, Transfer, TuningJob

JOB = TuningJob(
    name="job",
    work=Script("s3://code/source.tar.gz", "train.py"),
    space=Space([Continuous("x", 0, 1)]),
    objective=Objective("loss"),
    metrics=(MetricPattern("loss", "it's (.*)"),),
    limits=Limits(20, 2, 160.5),
    channels={"train": "s3://data/train"},
    output="s3://out/",
    max_seconds=0.5,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def definition_of(job: TuningJob) -> Mapping[str, Any]:
    definition: Mapping[str, Any] = creation_of(job).request["TrainingJobDefinition"]
    return definition


def test_a_request_is_complete() -> None:
    shape = service_model("sagemaker").operation_model("CreateHyperParameterTuningJob").input_shape
    assert shape is not None
    every = replace(JOB, retries=99, max_wait_seconds=99.0, checkpoints="/kept", seed=2**40)
    request = creation_of(every).request
    assert ParamValidator().validate(request, shape).generate_report() == ""
    definition = request["TrainingJobDefinition"]
    assert definition["StoppingCondition"] == {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 99}
    assert definition["EnableManagedSpotTraining"] is True
    assert definition["RetryStrategy"] == {"MaximumRetryAttempts": 30}
    assert definition["CheckpointConfig"] == {"S3Uri": "file:///kept"}
    config = request["HyperParameterTuningJobConfig"]
    assert config["ResourceLimits"]["MaxRuntimeInSeconds"] == 161
    assert "RandomSeed" not in config


@pytest.mark.parametrize(
    ("resources", "instance"),
    [
        (Resources(1), "ml.m5.large"),
        (Resources(4), "ml.m5.xlarge"),
        (Resources(5), "ml.m5.2xlarge"),
        (Resources(999), "ml.m5.24xlarge"),
        (Resources(1, 1), "ml.g5.xlarge"),
        (Resources(1, 3), "ml.g5.12xlarge"),
        (Resources(1, 8), "ml.g5.48xlarge"),
    ],
)
def test_the_smallest_instance_is_taken(resources: Resources, instance: str) -> None:
    assert definition_of(replace(JOB, resources=resources))["ResourceConfig"]["InstanceType"] == instance


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"strategy": "Sobol"}, "the strategy Sobol is Tunesmith's own; Random is the nearest"),
        ({"stopping": "gain"}, "the stopping rule 'gain' is Tunesmith's own; Auto is the median rule"),
        ({"limits": Limits(20, 2, 119)}, "119 s are less than the 120"),
        ({"seed": 2**31}, "the seed 2147483648 is more than 2147483647"),
        ({"isolation": "bubblewrap"}, "is a setting of the server"),
        ({"initial": ({"x": 0.5},)}, "1 configurations to try first are an extension"),
        ({"output": None}, "models go to s3://tunesmith-default/output"),
        ({"max_seconds": None}, "SageMaker ends a training job after a day"),
        ({"retries": 31}, "31 retries are more than the 30 allowed"),
        ({"channels": {"train": Channel("/data")}}, "file:// addresses work with Tunesmith's server alone"),
        ({"checkpoints": "/kept"}, "file:// addresses work with Tunesmith's server alone"),
        ({"work": Script("/code", "train.py")}, "pack the contents of /code as sourcedir.tar.gz"),
        ({"work": Script("s3://a/b", "train.py", "python3")}, "the script runs with python3"),
        ({"work": Command(("a", "b"))}, 'mode: command, command: ["a", "b"]}]'),
        ({"work": Command(("a",), "/there")}, "the command runs in /there"),
        (
            {"strategy": "Hyperband", "resource": ReportRange(9, 1, pause=True)},
            "pausing instead of stopping",
        ),
    ],
)
def test_what_cannot_be_said_is_a_remark(changes: dict[str, Any], remark: str) -> None:
    usual = set(creation_of(JOB).remarks)
    added = [each for each in creation_of(replace(JOB, **changes)).remarks if each not in usual]
    assert any(remark in each for each in added), added


def test_what_can_be_said_needs_none() -> None:
    learning = replace(JOB, parents=("one",), transfer=Transfer.RELATED, stopping="median", seed=2**31 - 1)
    assert creation_of(learning).remarks == creation_of(JOB).remarks
    assert len(creation_of(JOB).remarks) == 1  # of the image, which is a guess


def test_the_request_of_a_client_stays_what_it_is() -> None:
    assert creation_of(JOB, {"a": 1}) == Creation({"a": 1})


def test_functions_and_single_training_jobs_are_refused() -> None:
    with pytest.raises(ValueError, match="it runs a Python function"):
        creation_of(replace(JOB, work=Function(len)))
    with pytest.raises(ValueError, match="a training job by itself"):
        creation_of(replace(JOB, alone=True))


def test_the_command_is_one_word_for_the_request() -> None:
    creation = creation_of(JOB)
    words = shlex.split(aws_cli.text_of(creation), comments=True)
    assert words[:4] == ["aws", "sagemaker", "create-hyper-parameter-tuning-job", "--cli-input-json"]
    assert json.loads(words[4]) == creation.request


def test_the_programs_are_python() -> None:
    staged = replace(
        JOB,
        strategy="Hyperband",
        resource=ReportRange(9, 2),
        parents=("one", "two"),
        transfer=Transfer.IDENTICAL,
    )
    creation = creation_of(staged)
    call = ast.parse(boto3_code.text_of(creation)).body[-1]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert {each.arg: ast.literal_eval(each.value) for each in call.value.keywords} == creation.request
    text = sdk_v2.text_of(creation)
    ast.parse(text)
    assert "hyperband_strategy_config=HyperbandStrategyConfig(max_resource=9, min_resource=2)" in text
    assert "warm_start_type=WarmStartTypes.IDENTICAL_DATA_AND_ALGORITHM" in text
    imported = text.partition("from sagemaker.tuner import ")[2].splitlines()[0]
    assert imported == (
        "ContinuousParameter, HyperbandStrategyConfig, HyperparameterTuner, StrategyConfig, WarmStartConfig, "
        "WarmStartTypes"
    )


def test_the_sdk_says_what_it_leaves_out() -> None:
    request = dict(creation_of(replace(JOB, output="/out")).request)
    text = sdk_v2.text_of(Creation({**request, "Tags": [{"Key": "k", "Value": "v"}]}))
    assert "# tags are left out: k\n" in text
    assert "# the SDK takes s3:// addresses alone for models; they go to its default bucket" in text
    several = {name: value for name, value in request.items() if name != "TrainingJobDefinition"}
    for changed in ({**request, "Autotune": {"Mode": "Enabled"}}, {**several, "TrainingJobDefinitions": []}):
        with pytest.raises(ValueError, match="not written for SageMaker's SDK; choose boto3"):
            sdk_v2.text_of(Creation(changed))


@given(
    st.recursive(
        st.text()
        | st.booleans()
        | st.integers()
        | st.none()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_values_are_read_as_they_were(given: Any) -> None:
    assert ast.literal_eval(value(given)) == given
