from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tunesmith.cli.main import tunesmith

SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--x", "-x", type=float, default=0.5)
parser.add_argument("--epochs", type=int, default=2)
given = parser.parse_args()
for epoch in range(given.epochs):
    loss = (given.x - 0.3) ** 2 + 1 / (epoch + 1)
    print(f"epoch {epoch}: loss={loss:.5f}", flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text(SCRIPT)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(tunesmith, words)


def test_what_it_writes_can_be_tuned(folder: Path) -> None:
    written = run("init", "code/train.py", "-o", "tune.yaml")
    assert written.exit_code == 0, written.output
    assert "tunesmith tune tune.yaml" in written.output
    assert "FILL IN" not in (folder / "tune.yaml").read_text()
    tuned = run("tune", "tune.yaml", "--trials", "2", "--quiet")
    assert tuned.exit_code == 0, tuned.output


def test_the_script_is_found_from_the_folder_of_the_job_file(folder: Path) -> None:
    (folder / "jobs").mkdir()
    run("init", "code/train.py", "--output", "jobs/job.yaml")
    assert "script: '../code/train.py'" in (folder / "jobs" / "job.yaml").read_text()


def test_a_job_file_is_not_overwritten_unless_it_is_forced(folder: Path) -> None:
    (folder / "job.yaml").write_text("mine")
    refused = run("init", "code/train.py")
    assert (refused.exit_code, (folder / "job.yaml").read_text()) == (1, "mine")
    assert "--force" in refused.output
    assert run("init", "code/train.py", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"def", "is not Python"),
        (b"\xff\xfe", "utf-8"),
        (b"print(1)", "no argument of code/train.py could be tuned"),
    ],
)
def test_what_cannot_be_drafted_is_said(folder: Path, text: bytes, message: str) -> None:
    (folder / "code" / "train.py").write_bytes(text)
    refused = run("init", "code/train.py")
    assert refused.exit_code == 1
    assert message in refused.output
    assert not (folder / "job.yaml").exists()


@pytest.mark.usefixtures("folder")
def test_a_missing_folder_is_named() -> None:
    refused = run("init", "code/train.py", "-o", "none/job.yaml")
    assert "there is no folder none" in refused.output
