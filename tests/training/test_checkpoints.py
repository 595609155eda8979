from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tunesmith.storage.transfer import Places
from tunesmith.training.layout import Layout
from tunesmith.training.staging import wrap


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "job" / "ml")
    layout.create()
    return layout


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} does not come"
        time.sleep(0.05)


def test_checkpoints_are_there_at_the_start_and_taken_while_it_runs(layout: Layout, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "epoch").write_text("7")
    script = "cat epoch; echo 8 > next; exec sleep 600"
    command = wrap(
        ("sh", "-c", f"cd {layout.checkpoints}; {script}"), {}, layout, Places(), checkpoints_at=str(kept)
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as job:
        assert job.stdout is not None
        try:
            assert job.stdout.read(1) == "7"
            wait_for(kept / "next")
        finally:
            os.killpg(job.pid, signal.SIGKILL)
    assert (kept / "next").read_text() == "8\n"


def test_the_job_has_no_child_that_it_did_not_make(layout: Layout, tmp_path: Path) -> None:
    program = "import os\ntry: os.wait()\nexcept ChildProcessError: print('none')"
    command = wrap(
        (sys.executable, "-c", program), {}, layout, Places(), checkpoints_at=str(tmp_path / "kept")
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as job:
        assert job.stdout is not None
        try:
            assert job.stdout.readline() == "none\n"
        finally:
            os.killpg(job.pid, signal.SIGKILL)


def test_a_place_that_cannot_be_is_the_jobs_failure(layout: Layout, tmp_path: Path) -> None:
    command = wrap(("echo", "ran"), {}, layout, Places(tmp_path / "objects"), checkpoints_at="s3://none/x")
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1
    assert "there is no bucket 'none'" in layout.failure.read_text()
