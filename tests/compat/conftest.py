"""A real server in a process of its own, and real clients for it."""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import re
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tunesmith.storage.exclusive import exclusive


@dataclass(frozen=True)
class Server:
    """A running `tunesmith serve`."""

    data: Path
    port: int
    variables: Mapping[str, str]  # what `tunesmith env` prints

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a user who has evaluated `tunesmith env`."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**kept, **self.variables}

    def client(self, service: str, **options: Any) -> Any:
        make: Any = boto3.client  # its stubs know services by literal names only
        return make(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, **options),
        )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def environment_of(data: Path, port: int) -> dict[str, str]:
    command = [sys.executable, "-m", "tunesmith", "env", "--data", str(data), "--port", str(port)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(re.findall(r"^export (\w+)='?(.*?)'?$", text, re.MULTILINE))


@contextmanager
def serving(
    data: Path, port: int | None = None, *options: str
) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    """Serve a data folder until the context ends."""
    port = port or free_port()
    server = Server(data, port, environment_of(data, port))
    command = [sys.executable, "-m", "tunesmith", "serve", "--data", str(data), "--port", str(port), *options]
    with (data / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_until_up(process, port, data / "server.log")
        yield server, process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"no server after a minute: {log.read_text()}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as (running, _):
        yield running


@pytest.fixture(scope="session")
def sagemaker(server: Server) -> Any:
    return server.client("sagemaker")


@pytest.fixture(scope="session")
def s3(server: Server) -> Any:
    return server.client("s3")


Wait = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def wait(sagemaker: Any) -> Wait:
    """Wait for a tuning job to end (or until `until` holds) and give its description."""

    def wait(
        name: str, until: Callable[[dict[str, Any]], bool] | None = None, seconds: float = 90
    ) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            described: dict[str, Any] = sagemaker.describe_hyper_parameter_tuning_job(
                HyperParameterTuningJobName=name
            )
            final = described["HyperParameterTuningJobStatus"] in {"Completed", "Failed", "Stopped"}
            if final if until is None else until(described):
                return described
            assert time.monotonic() < deadline, described
            time.sleep(0.1)

    return wait


IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.2-cpu-py310"
ROLE = "arn:aws:iam::000000000000:role/SageMakerRole"

QUADRATIC = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--x", type=float, default=0.5)
parser.add_argument("--epochs", type=int, default=2)
given, _ = parser.parse_known_args()
for epoch in range(given.epochs):
    print(f"obj={(given.x - 0.3) ** 2 + 1.0 / (epoch + 1)};", flush=True)
"""

SCRIPTS = "scripts"  # a bucket

Request = dict[str, Any]


def upload_script(s3: Any, text: str) -> str:
    """Upload a script as the SDKs do; give the address of the archive, which only the text decides."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        content = text.encode()
        entry = tarfile.TarInfo("train.py")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    key = f"{hashlib.sha256(text.encode()).hexdigest()[:16]}/sourcedir.tar.gz"
    s3.create_bucket(Bucket=SCRIPTS)
    s3.put_object(Bucket=SCRIPTS, Key=key, Body=packed.getvalue())
    return f"s3://{SCRIPTS}/{key}"


@pytest.fixture(scope="session")
def upload(s3: Any) -> Callable[[str], str]:
    """Upload a script to the server that most tests share."""
    return lambda text: upload_script(s3, text)


@pytest.fixture(name="serving", scope="session")
def serving_fixture() -> Callable[..., Any]:
    """A server of one's own."""
    return serving


@pytest.fixture(name="upload_script", scope="session")
def upload_script_fixture() -> Callable[[Any, str], str]:
    """Upload a script to any server."""
    return upload_script


@pytest.fixture(scope="session")
def new_name() -> Callable[[str], str]:
    """A name that no other test uses."""
    used = itertools.count(1)

    def new_name(base: str = "job") -> str:
        return f"{base}-{next(used)}"

    return new_name


@pytest.fixture(scope="session")
def definition(upload: Callable[[str], str]) -> Callable[..., Request]:
    """A training job definition that runs a script in script mode."""

    def definition(script: str = QUADRATIC, **changes: Any) -> Request:
        static = {"sagemaker_program": "train.py", "sagemaker_submit_directory": upload(script)}
        return {
            "StaticHyperParameters": {**static, **changes.pop("static", {})},
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "obj", "Regex": r"obj=([-0-9.e+]+);"}],
            },
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": "s3://scripts/output"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            **changes,
        }

    return definition


@pytest.fixture(scope="session")
def tuning(definition: Callable[..., Request]) -> Callable[..., Request]:
    """A request for a small tuning job; keywords replace members, wherever they belong."""

    def tuning(name: str, script: str = QUADRATIC, **changes: Any) -> Request:
        config = {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "obj"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]
            },
        }
        top = {key: changes.pop(key) for key in _TOP_LEVEL & changes.keys()}
        used = {key: changes.pop(key) for key in _CONFIG & changes.keys()}
        return {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobConfig": {**config, **used},
            "TrainingJobDefinition": definition(script, **changes),
            **top,
        }

    return tuning


_TOP_LEVEL = {"WarmStartConfig", "Tags", "Autotune", "TrainingJobDefinitions"}
_CONFIG = {
    "HyperParameterTuningJobObjective",
    "ParameterRanges",
    "RandomSeed",
    "ResourceLimits",
    "Strategy",
    "StrategyConfig",
    "TrainingJobEarlyStoppingType",
    "TuningJobCompletionCriteria",
}


@pytest.fixture(scope="session")
def unpack(s3: Any) -> Callable[[str], dict[str, bytes]]:
    """Read the files of a .tar.gz in S3."""

    def unpack(uri: str) -> dict[str, bytes]:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        packed = io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        with tarfile.open(fileobj=packed) as archive:
            files = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
            return {name: file.read() for name, file in files.items() if file is not None}

    return unpack


HERE = Path(__file__).parent


def client_environment(name: str) -> Path:
    """The programs of the environment that a file of requirements describes, which the first run makes."""
    folder, listed = HERE.parents[1] / f".venv-{name}", HERE / f"{name}.txt"
    stamp, wanted = folder / "installed", listed.read_text()
    folder.mkdir(exist_ok=True)
    with exclusive(folder / "making.lock"):
        if not stamp.exists() or stamp.read_text() != wanted:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode"]
            python = ["--python", str(folder / "bin/python")]
            subprocess.run([*install, *python, "-r", str(listed)], check=True)
            stamp.write_text(wanted)
    return folder / "bin"


@pytest.fixture(name="client_environment", scope="session")
def client_environment_fixture() -> Callable[[str], Path]:
    """The programs of a client's environment."""
    return client_environment


@pytest.fixture(scope="session")
def run_client(server: Server) -> Callable[..., str]:
    """Run a program of a client's environment as a user of the server; give what it printed."""

    def run_client(environment: str, program: str, *arguments: str | Path) -> str:
        command = [str(client_environment(environment) / program), *map(str, arguments)]
        ended = subprocess.run(
            command, env=server.environment, capture_output=True, text=True, check=False, timeout=280
        )
        assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-6000:]
        return ended.stdout

    return run_client
