"""C43 and C44: retries, checkpoints, and the interruption of spot instances."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tunesmith.backends.run_folder import RunFolder

Request = dict[str, Any]

BUCKET = "checkpoints"

# Each run goes on from what the last one has saved, and waits in its middle until it is let through.
RESUMABLE = """
import json, os, time
from pathlib import Path
folder = Path(os.environ["TUNESMITH_CHECKPOINTS"])
file = folder / "state.json"
state = json.loads(file.read_text()) if file.exists() else {"epoch": 0, "runs": 0}
state["runs"] += 1
while state["epoch"] < 6:
    state["epoch"] += 1
    partial = folder / "partial"
    partial.write_text(json.dumps(state))
    partial.rename(file)
    print(f"obj={state['epoch']}; run {state['runs']}", flush=True)
    while state["epoch"] == 3 and state["runs"] < RUNS:
        time.sleep(0.05)
"""


@pytest.fixture(scope="session", autouse=True)
def bucket(s3: Any) -> None:
    s3.create_bucket(Bucket=BUCKET)


def resumable(runs: int) -> str:
    return RESUMABLE.replace("RUNS", str(runs))


def wait_until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.1)
    return found


class Job:
    """A training job on the server, and what can happen to it."""

    def __init__(self, server: Any, sagemaker: Any, name: str) -> None:
        self.name = name
        self._server, self._sagemaker = server, sagemaker

    def describe(self) -> dict[str, Any]:
        described: dict[str, Any] = self._sagemaker.describe_training_job(TrainingJobName=self.name)
        return described

    def folder(self, attempt: int) -> RunFolder:
        return RunFolder.of(self._server.data, self.name if attempt == 1 else f"{self.name}~{attempt}")

    def wait_for_epoch(self, epoch: int, run: int) -> None:
        def is_there() -> bool:
            log = self.folder(run).log
            return log.exists() and f"obj={epoch}; run {run}" in log.read_text()

        wait_until(is_there)

    def lose(self, attempt: int = 1) -> None:
        """Kill its supervisor, as nothing of the job's own doing."""
        shim = self.folder(attempt).shim()
        assert shim is not None
        os.kill(shim, signal.SIGKILL)

    def interrupt(self) -> None:
        command = [
            sys.executable,
            "-m",
            "tunesmith",
            "interrupt",
            self.name,
            "--data",
            str(self._server.data),
        ]
        subprocess.run(command, check=True)

    def wait(self) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            described = self.describe()
            return described if described["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"} else None

        found: dict[str, Any] = wait_until(ended)
        return found


@pytest.fixture
def create(
    server: Any, sagemaker: Any, definition: Callable[..., Request], new_name: Callable[[str], str]
) -> Callable[..., Job]:
    """Create a training job by itself."""

    def create(script: str, **changes: Any) -> Job:
        name = new_name("resumed")
        request = definition(script, **changes)
        request["HyperParameters"] = request.pop("StaticHyperParameters")
        sagemaker.create_training_job(TrainingJobName=name, **request)
        return Job(server, sagemaker, name)

    return create


def stages(described: dict[str, Any]) -> list[str]:
    return [stage["Status"] for stage in described["SecondaryStatusTransitions"]]


RUN = ["Starting", "Downloading", "Training"]


def test_a_job_that_was_lost_starts_again_and_goes_on(create: Callable[..., Job], s3: Any) -> None:
    job = create(
        resumable(2),
        RetryStrategy={"MaximumRetryAttempts": 2},
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/lost/"},
    )
    job.wait_for_epoch(3, run=1)
    job.lose()
    described = job.wait()
    assert described["TrainingJobStatus"] == "Completed"
    assert stages(described) == [*RUN, *RUN, "Uploading", "Completed"]
    assert described["RetryStrategy"] == {"MaximumRetryAttempts": 2}
    log = job.folder(2).log.read_text().splitlines()
    assert log == [f"obj={epoch}; run {1 if epoch <= 3 else 2}" for epoch in range(1, 7)]
    kept = s3.list_objects_v2(Bucket=BUCKET, Prefix="lost/")["Contents"]
    assert [item["Key"] for item in kept] == ["lost/state.json"]
    state = json.loads(s3.get_object(Bucket=BUCKET, Key="lost/state.json")["Body"].read())
    assert state == {"epoch": 6, "runs": 2}


def test_one_log_has_the_output_of_all_attempts(
    create: Callable[..., Job], server: Any, sagemaker: Any
) -> None:
    job = create(resumable(2), RetryStrategy={"MaximumRetryAttempts": 1})
    job.wait_for_epoch(3, run=1)
    job.lose()
    wait_until(lambda: job.folder(1).log.read_text().count("run 1") == 6)  # no checkpoints: it began anew
    sagemaker.stop_training_job(TrainingJobName=job.name)
    assert job.wait()["TrainingJobStatus"] == "Stopped"
    logs = server.client("logs")
    stream = logs.describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{job.name}/"
    )["logStreams"][0]
    events = logs.get_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=stream["logStreamName"], startFromHead=True
    )["events"]
    assert [event["message"] for event in events] == [f"obj={n}; run 1" for n in (1, 2, 3, 1, 2, 3)]


def test_retries_of_a_tuning_job(
    server: Any,
    sagemaker: Any,
    tuning: Callable[..., Request],
    wait: Callable[..., dict[str, Any]],
    new_name: Callable[[str], str],
    s3: Any,
) -> None:
    name = new_name("retry")
    sagemaker.create_hyper_parameter_tuning_job(
        **tuning(
            name,
            resumable(2),
            RetryStrategy={"MaximumRetryAttempts": 2},
            CheckpointConfig={"S3Uri": f"s3://{BUCKET}/trials"},
        )
    )
    listed = wait_until(
        lambda: sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)[
            "TrainingJobSummaries"
        ]
    )
    wait_until(lambda: len(_children(sagemaker, name)) == 2)
    jobs = [Job(server, sagemaker, child) for child in _children(sagemaker, name)]
    for job in jobs:
        job.wait_for_epoch(3, run=1)
        job.lose()
    described = wait(name)
    assert listed
    assert described["TrainingJobStatusCounters"]["Completed"] == 2
    assert described["TrainingJobStatusCounters"]["RetryableError"] == 0
    for job in jobs:
        child = job.describe()
        assert child["CheckpointConfig"]["S3Uri"] == f"s3://{BUCKET}/trials/{job.name}/"
        assert stages(child) == [*RUN, *RUN, "Uploading", "Completed"]
        state = s3.get_object(Bucket=BUCKET, Key=f"trials/{job.name}/state.json")["Body"].read()
        assert json.loads(state) == {"epoch": 6, "runs": 2}


def _children(sagemaker: Any, name: str) -> list[str]:
    found = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return [child["TrainingJobName"] for child in found["TrainingJobSummaries"]]


def test_retries_that_are_used_up_are_a_retryable_error(
    server: Any,
    sagemaker: Any,
    tuning: Callable[..., Request],
    wait: Callable[..., dict[str, Any]],
    new_name: Callable[[str], str],
) -> None:
    name = new_name("exhausted")
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    request = tuning(name, resumable(9), RetryStrategy={"MaximumRetryAttempts": 1}, ResourceLimits=limits)
    sagemaker.create_hyper_parameter_tuning_job(**request)
    wait_until(lambda: _children(sagemaker, name))
    job = Job(server, sagemaker, _children(sagemaker, name)[0])
    for attempt in (1, 2):
        wait_until(lambda attempt=attempt: job.folder(attempt).shim())  # type: ignore[misc]
        counters = wait(name, until=lambda _: True)["TrainingJobStatusCounters"]
        assert counters["RetryableError"] == 0
        assert counters["InProgress"] == 1
        job.lose(attempt)
    described = wait(name)
    assert described["TrainingJobStatusCounters"]["RetryableError"] == 1
    assert described["TrainingJobStatusCounters"]["NonRetryableError"] == 0
    assert job.describe()["FailureReason"].startswith("InternalServerError")


SPOT: dict[str, Any] = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 300, "MaxWaitTimeInSeconds": 600},
}


def test_a_tag_lets_hyperband_pause_and_go_on(
    sagemaker: Any,
    tuning: Callable[..., Request],
    wait: Callable[..., dict[str, Any]],
    new_name: Callable[[str], str],
    s3: Any,
) -> None:
    name = new_name("pausing")
    hyperband = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 6}}
    sagemaker.create_hyper_parameter_tuning_job(
        **tuning(
            name,
            resumable(1).replace("print(", "time.sleep(0.3); print("),
            Strategy="Hyperband",
            StrategyConfig=hyperband,
            ResourceLimits={"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
            CheckpointConfig={"S3Uri": f"s3://{BUCKET}/pausing"},
            Tags=[{"Key": "tunesmith:pause", "Value": "true"}],
        )
    )
    described = wait(name)
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    completed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, StatusEquals="Completed"
    )["TrainingJobSummaries"]
    assert completed
    for child in completed:
        state = s3.get_object(Bucket=BUCKET, Key=f"pausing/{child['TrainingJobName']}/state.json")[
            "Body"
        ].read()
        assert json.loads(state)["epoch"] == 6
        assert json.loads(state)["runs"] > 1


def test_a_spot_job_that_is_interrupted_goes_on(create: Callable[..., Job]) -> None:
    job = create(resumable(2), CheckpointConfig={"S3Uri": f"s3://{BUCKET}/spot"}, **SPOT)
    job.wait_for_epoch(3, run=1)
    job.interrupt()
    job.wait_for_epoch(4, run=2)
    described = job.wait()
    assert described["TrainingJobStatus"] == "Completed"
    assert stages(described) == [*RUN, "Interrupted", *RUN, "Uploading", "Completed"]
    assert described["EnableManagedSpotTraining"] is True
    assert described["CheckpointConfig"]["S3Uri"] == f"s3://{BUCKET}/spot"
    assert described["BillableTimeInSeconds"] >= 1


def test_a_spot_job_waits_no_longer_than_it_may(create: Callable[..., Job]) -> None:
    short = {"MaxRuntimeInSeconds": 2, "MaxWaitTimeInSeconds": 2}
    job = create(resumable(9), **{**SPOT, "StoppingCondition": short})
    described = job.wait()
    assert described["TrainingJobStatus"] == "Stopped"
    assert described["SecondaryStatus"] in {"MaxWaitTimeExceeded", "MaxRuntimeExceeded"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}},
            "only supported when EnableManagedSpotTraining is set",
        ),
        ({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds: is missing"),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59},
            },
            "must not be less than MaxRuntimeInSeconds",
        ),
        (
            {"CheckpointConfig": {"S3Uri": "s3://b/x", "LocalPath": "/elsewhere"}},
            r"CheckpointConfig\.LocalPath",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    create: Callable[..., Job], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        create(resumable(1), **changes)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
