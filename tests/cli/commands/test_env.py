"""`tunesmith env`: what it prints is what shells can evaluate and AWS's clients go by."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from click.testing import CliRunner, Result

from tunesmith.api.keys import Keys
from tunesmith.cli.commands import env
from tunesmith.server.folder import DEFAULT_BUCKET
from tunesmith.server.options import ServerOptions

PROGRAM = "from tunesmith.cli.commands.env import command; command()"
SHOWN = "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "SAGEMAKER_USER_CONFIG_OVERRIDE"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / 'it\'s $HOME and "more"'


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def run(data: Path, *words: str, env_: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(env.command, ["--data", str(data), *words], env=env_)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_shells_evaluate_it(data: Path, shell: str) -> None:
    shown = " ".join(f'"${name}"' for name in SHOWN)
    script = f"""eval "$("$PYTHON" -c '{PROGRAM}' --port 9999)" && exec sh -c 'printf "%s\\n" {shown}'"""

    result = subprocess.run(
        [shell, "-c", script],
        env={**os.environ, "PYTHON": sys.executable, "TUNESMITH_DATA": str(data)},
        capture_output=True,
        text=True,
        check=True,
    )

    (key,) = Keys(data / "keys.json").list()
    config = data / "sagemaker-config.yaml"
    assert result.stdout.splitlines() == ["http://127.0.0.1:9999", key.id, key.secret, str(config)]
    assert result.stderr == ""


def test_boto3_goes_by_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _, assignment in map(shlex.split, run(data, "--host", "localhost").stdout.splitlines()):
        monkeypatch.setenv(*assignment.split("=", 1))

    session = boto3.Session()

    (key,) = Keys(data / "keys.json").list()
    credentials = session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key) == (key.id, key.secret)
    for service in ("sagemaker", "s3", "logs", "iam", "sts"):
        client: Any = session.client(service)
        assert client.meta.endpoint_url == "http://localhost:8642"


def test_the_key_is_made_once(data: Path) -> None:
    first, second = run(data), run(data)

    assert first.stdout == second.stdout
    assert [key.label for key in Keys(data / "keys.json").list()] == ["env"]


def test_every_line_is_an_export(data: Path) -> None:
    lines = run(data).stdout.splitlines()

    assert all(line.startswith("export ") for line in lines)
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:8642" in lines
    assert "export AWS_EC2_METADATA_DISABLED=true" in lines


def test_the_defaults_are_those_of_the_server(data: Path) -> None:
    address = f"http://{ServerOptions.host}:{ServerOptions.port}"

    assert f"export AWS_ENDPOINT_URL={address}" in run(data).stdout.splitlines()
    assert DEFAULT_BUCKET in (data / "sagemaker-config.yaml").read_text()


def test_an_address_of_ipv6_gets_brackets(data: Path) -> None:
    assert "export AWS_ENDPOINT_URL='http://[::1]:8642'" in run(data, "--host", "::1").stdout.splitlines()


def test_the_settings_of_the_sdk_are_written_once(data: Path) -> None:
    run(data)
    file = data / "sagemaker-config.yaml"
    modules = {"Modules": {"Session": {"DefaultS3Bucket": "tunesmith-default"}, "TelemetryOptOut": True}}
    assert yaml.safe_load(file.read_text())["SageMaker"]["PythonSDK"] == modules

    file.write_text("SchemaVersion: '1.0'\n")
    run(data)

    assert file.read_text() == "SchemaVersion: '1.0'\n"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("AWS_PROFILE", "AWS_PROFILE is set"),
        ("AWS_SESSION_TOKEN", "AWS_SESSION_TOKEN is set"),
        ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_S3 is set"),
        ("http_proxy", "add 127.0.0.1 to no_proxy"),
    ],
)
def test_what_would_send_clients_elsewhere_is_noted(data: Path, name: str, says: str) -> None:
    result = run(data, env_={name: "http://other:1"})

    assert says in result.stderr
    assert "is set" not in result.stdout


def test_a_proxy_that_is_not_used_for_the_server_is_not_noted(data: Path) -> None:
    result = run(data, env_={"http_proxy": "http://other:1", "no_proxy": "localhost,127.0.0.1"})

    assert result.stderr == ""


def test_a_folder_that_cannot_be_used_prints_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "keys.json").write_text("?")

    result = run(data)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "does not hold access keys" in result.stderr
