from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_an_interrupted_training_job_is_started_again(shell: Shell) -> None:
    shell.write_job(("trials: 3, parallel: 2", "trials: 1, retries: 1"), gated=True)
    running = shell.start("tune", shell.job, "--quiet")
    name = _first_running(shell)
    assert shell.run("interrupt", name).exit_code == 0
    deadline = time.monotonic() + 60
    while not list(shell.data.glob("jobs/*~2")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    shell.gate.touch()
    assert running.wait(60) == 0
    (trial,) = json.loads(shell.run("trials", "--json").stdout)
    assert (trial["name"], trial["state"], trial["attempt"]) == (name, "Completed", 2)
    ended = shell.run("interrupt", name)
    assert ended.exit_code == 1
    assert ended.output == f"Error: the training job '{name}' is not running (Completed)\n"


def _first_running(shell: Shell) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        listed = shell.run("trials", "--json")
        trials = json.loads(listed.stdout) if listed.exit_code == 0 else []
        if trials and trials[0]["value"] is not None:
            name: str = trials[0]["name"]
            return name
    pytest.fail("no training job runs")


def test_an_unknown_training_job_is_named(shell: Shell) -> None:
    assert shell.run("tune", shell.job).exit_code == 0
    unknown = shell.run("interrupt", "nobody")
    assert unknown.exit_code == 1
    assert "nobody" in unknown.output
