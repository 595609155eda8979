"""Script mode: how hyperparameters become text, Python values and the arguments of a user's script.

The rules are those of SageMaker's training toolkit (`sagemaker-training` 5), so that a script written for it
sees the same command line here.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tunesmith.core.space import Value

Decoded: TypeAlias = dict[str, Any]

OBJECTIVE_KEY = "_tuning_objective_metric"
"""The hyperparameter by which every training job of a tuning job is told which metric is optimised."""

_PLATFORM_PREFIX = "sagemaker_"
_PLATFORM_KEYS = frozenset(
    {
        OBJECTIVE_KEY,
        "default_user_module_name",
        "sagemaker_container_log_level",
        "sagemaker_enable_cloudwatch_metrics",
        "sagemaker_job_name",
        "sagemaker_program",
        "sagemaker_region",
        "sagemaker_s3_output",
        "sagemaker_submit_directory",
    }
)


def encode(value: Value) -> str:
    """Give the text of a hyperparameter as `hyperparameters.json` holds it.

    Strings stay verbatim; integers have no point, floats are the shortest text that reads back as the same
    number, and booleans are JSON's `true` and `false`, which `decode` turns into what they were.
    """
    return value if isinstance(value, str) else json.dumps(value)


def decode(text: str) -> Any:
    """Give the value that a hyperparameter's text stands for: JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # not JSON, a number too long to convert, or nested too deep
        return text


@dataclass(frozen=True)
class Hyperparameters:
    """Decoded hyperparameters, by whom they are for."""

    user: Decoded  # the script's: the only ones that become arguments
    platform: Decoded  # a fixed list of names
    framework: Decoded  # all others that start with `sagemaker_`


def split(texts: Mapping[str, str]) -> Hyperparameters:
    """Decode the texts of hyperparameters and part them by whom they are for."""
    user: Decoded = {}
    platform: Decoded = {}
    framework: Decoded = {}
    for name, text in texts.items():
        if name in _PLATFORM_KEYS:
            platform[name] = decode(text)
        elif name.startswith(_PLATFORM_PREFIX):
            framework[name] = decode(text)
        else:
            user[name] = decode(text)
    return Hyperparameters(user, platform, framework)


def arguments(hyperparameters: Mapping[str, Any]) -> list[str]:
    """Give a script's arguments: sorted by name, `--name value`, one dash before a single letter."""
    words = []
    for name in sorted(hyperparameters):
        words += [f"--{name}" if len(name) > 1 else f"-{name}", _argument(hyperparameters[name])]
    return words


def _argument(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in sorted(value.items()))
    return str(value)


def is_package(entry: str, files: Sequence[str]) -> bool:
    """Say whether the entry point is a module of a package: setup.py is among the top-level `files`."""
    return "setup.py" in files and not entry.endswith(".sh")


def is_shell(entry: str, files: Sequence[str]) -> bool:
    """Say whether the entry point is run by a shell: it is neither a Python script nor a package's module."""
    return not entry.endswith(".py") and not is_package(entry, files)


def command(entry: str, files: Sequence[str], words: Sequence[str], python: str) -> tuple[str, ...]:
    """Give the command that runs `entry`, a path inside a folder whose top level holds `files`.

    A package runs as `python -m module`, a `.py` file as a script, anything else as a shell command.
    """
    if is_shell(entry, files):
        return ("/bin/sh", "-c", shlex.join([f"./{entry}", *words]))
    if is_package(entry, files):
        return (python, "-m", entry.removesuffix(".py").replace("/", "."), *words)
    return (python, entry, *words)
