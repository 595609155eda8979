import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tunesmith.cli.main import tunesmith

# A training script without imports that cost time. It says that it runs, waits until it may end, and reports.
SCRIPT = """\
import os, sys, time
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
print("loss=" + given["-x"], flush=True)
if "--gate" in given:
    while not os.path.exists(given["--gate"]):
        time.sleep(0.01)
print("loss=" + given["-x"], flush=True)
"""

JOB = """\
name: job
script: train.py
objective: {metric: loss, goal: Minimize}
metrics: {loss: 'loss=([0-9.e-]+)'}
parameters:
  x: {type: continuous, low: 0, high: 1}
limits: {trials: 3, parallel: 2, grace_seconds: 5}
strategy: Random
seed: 7
"""


class Shell:
    """A folder with a job file and a training script, and the real command in processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.gate = folder / "gate"  # training jobs of a gated job file wait until it is there
        self._processes: list[subprocess.Popen[str]] = []
        (folder / "code").mkdir()
        self.write_script(SCRIPT)
        self.write_job()

    def write_script(self, text: str) -> None:
        (self.folder / "code" / "train.py").write_text(textwrap.dedent(text))

    @property
    def job(self) -> str:
        return str(self.folder / "job.yaml")

    def write_job(self, *changes: tuple[str, str], gated: bool = False) -> None:
        text = JOB.replace("train.py", "code/train.py")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        if gated:
            text += f"hyperparameters: {{gate: '{self.gate}'}}\n"
        (self.folder / "job.yaml").write_text(text)

    def start(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tunesmith", *words],
            cwd=self.folder,
            env={**os.environ, "TUNESMITH_DATA": str(self.data)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._processes.append(process)
        return process

    def run(self, *words: str) -> Result:
        """Run a command to its end, inside this process."""
        return CliRunner().invoke(tunesmith, words, env={"TUNESMITH_DATA": str(self.data)})

    def read_until(self, process: subprocess.Popen[str], text: str) -> str:
        """Read the output of a process up to a line that contains a text."""
        assert process.stdout is not None
        seen = ""
        for line in process.stdout:
            seen += line
            if text in line:
                return seen
        message = f"{text!r} never came, only:\n{seen}"
        raise AssertionError(message)

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Wait for the end of a process; give its exit code and the rest of its output."""
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def trials(self) -> list[dict[str, Any]]:
        """The training jobs of the newest tuning job."""
        trials: list[dict[str, Any]] = json.loads(self.run("trials", "--json").stdout)
        return trials

    def close(self) -> None:
        self.gate.touch()
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    shell.close()
