from __future__ import annotations

import fcntl
import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunesmith.backends.run_folder import LONGEST_LINE, Exit, RunFolder, read_lines
from tunesmith.backends.shim.record import read_record, write_record
from tunesmith.core.training_job import Command, Resources, TrainingJob
from tunesmith.training.launch import Launch

_on_one_folder = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture
    ],  # each example overwrites the last one's file
)


def read_all(path: Path, limit: int) -> list[bytes]:
    """Read a complete file as a poller does, reading by reading."""
    readings: list[bytes] = []
    for _ in itertools.count():
        data, is_all = read_lines(path, sum(map(len, readings)), limit, complete=True)
        readings.append(data)
        if is_all:
            return readings
        assert data, "no progress"
    raise AssertionError


@_on_one_folder
@given(st.lists(st.sampled_from([b"a\n", b"\n", b"bc\xff\0\n", b"x" * LONGEST_LINE, b"\r"]), max_size=20))
def test_readings_join_to_the_file_and_end_with_lines(tmp_path: Path, pieces: list[bytes]) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"".join(pieces))
    readings = read_all(path, limit=LONGEST_LINE)
    assert b"".join(readings) == path.read_bytes()
    for reading in readings[:-1]:
        assert reading.endswith(b"\n") or len(reading) >= LONGEST_LINE


def test_an_unfinished_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntw")
    assert read_lines(path, 0, 1 << 20, complete=False) == (b"one\n", True)
    assert read_lines(path, 4, 1 << 20, complete=False) == (b"", True)
    assert read_lines(path, 4, 1 << 20, complete=True) == (b"tw", True)


def test_an_overlong_line_does_not_wait(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * LONGEST_LINE)
    assert read_lines(path, 0, 1 << 20, complete=False) == (b"x" * LONGEST_LINE, True)


def test_a_file_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_lines(tmp_path / "log", 7, 10, complete=False) == (b"", True)


def test_a_spec_is_found_again(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    assert not run.is_laid_out()
    with pytest.raises(FileNotFoundError):
        run.spec()
    job = TrainingJob(name="a", work=Command(("true",)), resources=Resources(2, 1), max_seconds=7.5)
    launch = Launch(arguments=("true",), environment={}, directory=tmp_path, archives=())
    with run.laying_out():
        run.write_spec(job, launch, {"A": "b=c\nd"})
    assert run.is_laid_out()
    assert run.spec().resources == Resources(2, 1)
    assert run.spec().max_seconds == 7.5
    record = read_record(str(run.path / "spec"))
    assert record is not None
    assert record["environment"] == ["A=b=c\nd"]


def test_an_end_is_found_again(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert run.exit() is None
    record = [
        ("why", "exited"),
        ("exit_code", "-9"),
        ("at", "86400.5"),
        ("problem", "one"),
        ("problem", "two"),
    ]
    write_record(str(tmp_path / "exit"), record)
    end = run.exit()
    assert end is not None
    assert end == Exit("exited", -9, end.at, ("one", "two"))
    assert end.at.isoformat() == "1970-01-02T00:00:00.500000+00:00"


def test_a_supervisor_is_known_by_its_lock(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    write_record(str(tmp_path / "started"), [("pid", "4711"), ("at", "0")])
    assert not run.is_supervised()
    with (tmp_path / "lock").open("w") as lock:
        assert run.shim() is None
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run.is_supervised()
        assert run.shim() == 4711
    assert not run.is_supervised()
