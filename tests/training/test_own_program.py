from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tunesmith.training import own_program


def test_the_program_runs_whatever_the_job_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tunesmith.py").write_text("raise SystemExit('wrong module')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "doomed").mkdir()
    places = {"objects": None, "endpoint": None}
    content = {"places": places, "archives": [], "discard": ["doomed"], "checkpoints": None}
    command = own_program.command("tunesmith.training.deliver", tmp_path / "plan", content)
    subprocess.run(command, check=True)
    assert not (tmp_path / "doomed").exists()


def test_a_plan_is_private_and_read_as_it_was_written(tmp_path: Path) -> None:
    content = {"text": "\udcff ä", "number": 1}
    command = own_program.command("m", tmp_path / "plan", content)
    assert (tmp_path / "plan").stat().st_mode & 0o077 == 0
    assert own_program.read(command[-1]) == content == json.loads((tmp_path / "plan").read_text())


@pytest.mark.parametrize("module", ["stage", "deliver"])
def test_the_programs_start_without_heavy_packages(module: str) -> None:
    code = f"import sys; import tunesmith.training.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert f"tunesmith.training.{module}" in loaded.split()
    assert not {"numpy", "boto3", "tempfile", "concurrent.futures"} & set(loaded.split())
