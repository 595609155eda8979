from __future__ import annotations

import contextvars
import subprocess
import sys
from pathlib import Path

import pytest

from tunesmith.training.checkpoint_folder import VARIABLE, checkpoints, keeping_in


def test_a_function_finds_its_folder_and_it_is_there(tmp_path: Path) -> None:
    with keeping_in(str(tmp_path / "deep" / "kept")):
        assert checkpoints() == tmp_path / "deep" / "kept"
        assert checkpoints().is_dir()


def test_each_context_has_a_folder_of_its_own(tmp_path: Path) -> None:
    with keeping_in(str(tmp_path / "outer")):
        with keeping_in(str(tmp_path / "inner")):
            assert checkpoints().name == "inner"
        assert checkpoints().name == "outer"


def test_a_function_whose_job_keeps_none_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with keeping_in(None), pytest.raises(RuntimeError, match="checkpoints: the tuning job keeps none"):
        checkpoints()


def test_a_script_is_told_by_its_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert contextvars.Context().run(checkpoints) == tmp_path


def test_code_that_runs_on_its_own_begins_anew() -> None:
    program = "import tunesmith as t; f = t.checkpoints(); print(f); assert f == t.checkpoints(); assert not any(f.iterdir())"
    runs = [
        subprocess.run(
            [sys.executable, "-c", program], env={}, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] != runs[1]
    for folder in runs:
        Path(folder.strip()).rmdir()
