from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tunesmith.api.errors import ResourceLimitExceeded, ValidationError
from tunesmith.api.model import service_model
from tunesmith.api.requests.context import RequestContext
from tunesmith.api.requests.training_job import check_update, training_job
from tunesmith.api.settings import ImageRule, Settings
from tunesmith.api.shapes import read_request
from tunesmith.core.training_job import Channel, Command, Resources, Script
from tunesmith.core.tuning_job import MetricPattern

Build = Callable[[dict[str, Any]], dict[str, Any]]
Server = Callable[..., RequestContext]

ALGORITHM = "AlgorithmSpecification"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ENTRY = {
    f"{ALGORITHM}.ContainerEntrypoint": ["/bin/bash"],
    f"{ALGORITHM}.ContainerArguments": ["-c", "echo hello"],
}


@pytest.fixture
def bwrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A machine on which bubblewrap is installed."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_a_request_becomes_a_training_job(training: Build, context: Server) -> None:
    request = training_job(training({"Environment": {"A": "1"}}), context())
    job = request.job
    assert request.metrics == (MetricPattern("loss", "loss=([0-9.]+)"),)
    assert (job.name, job.work) == ("train-1", Script("s3://code/sourcedir.tar.gz", "train.py"))
    assert job.hyperparameters["lr"] == "0.1"
    assert "_tuning_objective_metric" not in job.hyperparameters
    assert job.channels == {"train": Channel("s3://data/train/")}
    assert (job.output, job.environment["A"]) == ("s3://models/out", "1")
    assert (job.resources, job.max_seconds, job.isolation) == (Resources(2, 0), 3600, "none")


def test_checkpoints_retries_and_spot_become_the_jobs(training: Build, context: Server) -> None:
    changes = {
        "CheckpointConfig": {"S3Uri": "s3://kept/here/"},
        "RetryStrategy": {"MaximumRetryAttempts": 3},
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90},
    }
    request = training_job(training(changes), context())
    assert (request.job.checkpoints, request.retries, request.max_wait_seconds) == ("s3://kept/here/", 3, 90)
    usual = training_job(training({}), context())
    assert (usual.job.checkpoints, usual.retries, usual.max_wait_seconds) == (None, 0, None)


@pytest.mark.parametrize(
    ("wrong", "words", "right"),
    [
        ({ALGORITHM: ...}, ("AlgorithmSpecification: is missing",), {}),
        ({"ResourceConfig": ...}, ("ResourceConfig: is missing",), {}),
        ({"StoppingCondition": ...}, ("StoppingCondition: is missing",), {"StoppingCondition": {}}),
        (
            {"ServerlessJobConfig": {"JobType": "FineTuning"}, ALGORITHM: ...},
            ("ServerlessJobConfig", "not supported"),
            {},
        ),
        (
            {f"{ALGORITHM}.AlgorithmName": "theirs", f"{ALGORITHM}.TrainingImage": ...},
            ("AlgorithmName: 'theirs'", "TrainingImage"),
            {},
        ),
        ({f"{ALGORITHM}.TrainingImage": ...}, ("TrainingImage: is missing",), {}),
        ({"EnableManagedSpotTraining": True}, ("MaxWaitTimeInSeconds: is missing",), {}),
        (
            {"CheckpointConfig": {"S3Uri": "s3://a/b", "LocalPath": "/opt/ml/model"}},
            ("CheckpointConfig.LocalPath", "'/opt/ml/model'", "/opt/ml/checkpoints"),
            {"CheckpointConfig": {"S3Uri": "s3://a/b", "LocalPath": "/opt/ml/checkpoints/"}},
        ),
        ({"HyperParameters.a": "\0"}, ("HyperParameters", "'a'"), {"HyperParameters.a": "ä"}),
        (
            {"InputDataConfig.0.DataSource": {"FileSystemDataSource": {"FileSystemId": "fs-12345678"}}},
            ("InputDataConfig[0].DataSource.FileSystemDataSource", "file:///path"),
            {"InputDataConfig.0.DataSource.S3DataSource.S3Uri": "file:///mnt/data"},
        ),
        (
            {"Tags": [{"Key": "a", "Value": ""}, {"Key": "a", "Value": ""}]},
            ("Tags", "'a'"),
            {"Tags": [{"Key": "a", "Value": ""}]},
        ),
        (
            {f"{ALGORITHM}.ContainerArguments": ["-c", "true"]},
            ("ContainerArguments", "ContainerEntrypoint"),
            {
                "DebugHookConfig": {"S3OutputPath": "s3://a/b"},
                "ProfilerConfig": {"S3OutputPath": "s3://a/b"},
                "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["s-1"]},
                "EnableNetworkIsolation": True,
                "EnableManagedSpotTraining": False,
                "ResourceConfig.KeepAlivePeriodInSeconds": 60,
                "ResourceConfig.VolumeKmsKeyId": "key",
                "OutputDataConfig.KmsKeyId": "",
            },
        ),
        (
            {f"{ALGORITHM}.TrainingImage": XGBOOST, "HyperParameters": {"num_round": "0"}},
            ("HyperParameters", "'num_round'", "at least 1"),
            {f"{ALGORITHM}.TrainingImage": XGBOOST, "HyperParameters": {"num_round": "1"}},
        ),
    ],
)
def test_a_broken_rule_is_refused_and_the_nearest_right_request_is_not(
    training: Build, context: Server, wrong: dict[str, Any], words: tuple[str, ...], right: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        training_job(training(wrong), context())
    assert [word for word in words if word not in refused.value.message] == []
    assert training_job(training(right), context()).job.name == "train-1"


def test_input_that_is_not_there_is_refused(training: Build, context: Server) -> None:
    with pytest.raises(ValidationError, match="No S3 objects found under S3 URL"):
        training_job(training({}), context(inputs=lambda _: False))


def test_more_time_than_the_quota_is_refused(training: Build, context: Server) -> None:
    with pytest.raises(ResourceLimitExceeded, match="training_seconds"):
        training_job(training({"StoppingCondition.MaxRuntimeInSeconds": 10**9}), context())


def test_the_built_in_algorithm_brings_its_metrics(training: Build, context: Server) -> None:
    changes = {
        ALGORITHM: {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        "HyperParameters": {"num_round": "3"},
    }
    request = training_job(training(changes), context())
    assert request.job.work == Command((sys.executable, "-m", "tunesmith.algorithms.xgboost"))
    assert "train:rmse" in [metric.name for metric in request.metrics]


@pytest.mark.usefixtures("bwrap")
def test_a_command_of_its_own_runs_in_a_sandbox(training: Build, context: Server) -> None:
    job = training_job(training(ENTRY | {f"{ALGORITHM}.TrainingImage": "any:1"}), context()).job
    assert job.work == Command(("/bin/bash", "-c", "echo hello"), literal=True)
    assert job.isolation == "bubblewrap"


@pytest.mark.usefixtures("bwrap")
def test_arguments_go_with_a_registered_command(training: Build, context: Server) -> None:
    server = context(settings=Settings(images=(ImageRule("^mine:", "command", command=("run", "train")),)))
    changes = {f"{ALGORITHM}.TrainingImage": "mine:1", f"{ALGORITHM}.ContainerArguments": ["--fast"]}
    assert training_job(training(changes), server).job.work == Command(("run", "train", "--fast"))


def test_without_bubblewrap_such_a_command_is_refused_with_advice(
    training: Build, context: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ValidationError, match=r"ContainerEntrypoint: .*bwrap.* install the package"):
        training_job(training(ENTRY), context())


@pytest.mark.usefixtures("bwrap")
def test_what_the_newer_python_sdk_sends(training: Build, context: Server) -> None:
    script = "chmod +x /opt/ml/input/data/sm_drivers/sm_train.sh && /opt/ml/input/data/sm_drivers/sm_train.sh"
    changes = {
        f"{ALGORITHM}.ContainerEntrypoint": ["/bin/bash"],
        f"{ALGORITHM}.ContainerArguments": ["-c", script],
        "HyperParameters": {"net": '{"a": 1}', "flag": "true"},
        "OutputDataConfig.CompressionType": "GZIP",
    }
    operation = service_model("sagemaker").operation_model("CreateTrainingJob")
    sent = read_request(operation, json.dumps(training(changes)).encode())
    job = training_job(sent, context()).job
    assert job.work == Command(("/bin/bash", "-c", script), literal=True)
    assert job.hyperparameters == {"net": '{"a": 1}', "flag": "true"}


def test_an_update_may_only_change_how_long_a_machine_is_kept() -> None:
    check_update({"TrainingJobName": "a", "ResourceConfig": {"KeepAlivePeriodInSeconds": 60}})
    for member in ("ProfilerConfig", "ProfilerRuleConfigurations", "RemoteDebugConfig"):
        with pytest.raises(ValidationError, match=member):
            check_update({"TrainingJobName": "a", member: {"DisableProfiler": True}})
