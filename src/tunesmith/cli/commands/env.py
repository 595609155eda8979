"""`tunesmith env`: the variables that send AWS's clients to the server."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

import click

from tunesmith.cli import options
from tunesmith.cli.commands.keys import opened

LABEL = "env"  # of the access key that the variables hold
CONFIG_NAME = "sagemaker-config.yaml"
CONFIG = """\
# Settings for SageMaker's Python SDK. `tunesmith env` writes this file if it is not there, and never changes it.
SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      Session:
        DefaultS3Bucket: tunesmith-default  # else the SDK asks AWS for its account's number, to name a bucket after it
      TelemetryOptOut: true  # telemetry goes to AWS
"""

_STRONGER = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_ENDPOINT_URL_")


@click.command("env", short_help="Print variables that send AWS's clients to the server.")
@options.data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The server's name or address.")
@click.option("--port", type=click.IntRange(1, 65535), default=8642, show_default=True)
def command(data: Path, host: str, port: int) -> None:
    """Print the variables that make boto3, the AWS CLI and SageMaker's SDKs use the server `tunesmith serve`.

    \b
    In a shell:  eval "$(tunesmith env)"

    They hold an access key, which is made when there is none with the label `env`.
    """  # noqa: D301 - click's mark for a paragraph that keeps its lines
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    with opened(data) as keys:
        key = keys.labelled(LABEL)
    variables = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(_config_file(data.absolute())),
        "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
    }
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    for hint in _hints(os.environ, address):
        click.echo(hint, err=True)


def _config_file(folder: Path) -> Path:
    """Write the settings of SageMaker's SDK, in one step, unless there are some: the user may have added to them."""
    path = folder / CONFIG_NAME
    if not path.exists():
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        partial.write_text(CONFIG, encoding="utf-8")
        partial.replace(path)
    return path


def _hints(environment: Mapping[str, str], address: str) -> Iterator[str]:
    """Say what of the user's environment would still send clients elsewhere."""
    for name in sorted(environment):
        if name.startswith(_STRONGER):
            yield f"Note: {name} is set, which may send AWS's clients elsewhere; you may want to unset it."
    host = address.removeprefix("http://").rpartition(":")[0]
    if "http" in getproxies() and not proxy_bypass(host):
        yield f"Note: http_proxy is set; add {host} to no_proxy, or clients ask the proxy for it."
