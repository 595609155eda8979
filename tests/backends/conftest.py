from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tunesmith.backends.local_process import LocalProcess


@pytest.fixture
def processes(tmp_path: Path) -> Callable[[], list[psutil.Process]]:
    """Give a function that finds the processes of all jobs: they have a variable in common."""

    def find() -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if _reports(process).startswith(str(tmp_path))]

    return find


def _reports(process: psutil.Process) -> str:
    try:
        return process.environ().get("TUNESMITH_REPORTS", "")
    except psutil.Error:  # gone, or dead
        return ""


@pytest.fixture
def root(tmp_path: Path, processes: Callable[[], list[psutil.Process]]) -> Iterator[Path]:
    """Give a backend's root folder; in the end, no process of a job may be left."""
    yield tmp_path / "root"
    left = processes()
    for process in left:
        process.kill()
    assert left == []


@pytest.fixture
def backend(root: Path) -> LocalProcess:
    return LocalProcess(root, cpus=2, gpus=["0", "1"])
