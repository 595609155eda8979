"""The driver: it is there as long as the server is, and no longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tunesmith.server.driver import Driver
from tunesmith.server.options import ServerOptions

SERVER = """
import sys, time
from pathlib import Path
from tunesmith.server.driver import Driver
from tunesmith.server.options import ServerOptions
driver = Driver(ServerOptions(data=Path(sys.argv[1])))
print("up", flush=True)
time.sleep(600)
"""


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def child(parent: int) -> psutil.Process | None:
    """The driver that a process has started, if it lives."""
    for process in psutil.Process(parent).children():
        with suppress(psutil.NoSuchProcess):
            if "tunesmith.server.drive" in process.cmdline():
                return process
    return None


def process_of(driver: Driver) -> psutil.Process:
    return psutil.Process(driver._process.pid)


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    made = Driver(ServerOptions(data=tmp_path))
    yield made
    made.stop()


def test_it_starts_works_and_ends(driver: Driver, tmp_path: Path) -> None:
    process = process_of(driver)
    until((tmp_path / "tunesmith.db").exists)
    driver.wake()
    driver.stop()
    assert not process.is_running()
    driver.wake()  # as a request may that is late


def test_a_password_is_not_among_its_arguments(driver: Driver) -> None:
    process = process_of(driver)
    assert process.cmdline()[1:] == ["-m", "tunesmith.server.drive"]


def test_the_terminals_interrupt_does_not_reach_it(driver: Driver) -> None:
    process = process_of(driver)
    assert os.getpgid(process.pid) != os.getpgid(0)


def test_one_that_is_killed_is_started_again(
    driver: Driver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = process_of(driver)
    until((tmp_path / "tunesmith.db").exists)
    (tmp_path / "tunesmith.db").rename(tmp_path / "aside.db")
    first.kill()
    until((tmp_path / "tunesmith.db").exists)  # so the second has been told where to work, too
    assert process_of(driver) != first
    assert "ended with code -9; starting it again" in caplog.text


def test_one_that_died_is_not_started_again_when_the_server_ends(driver: Driver) -> None:
    first = process_of(driver)
    first.kill()
    until(lambda: driver._process.returncode is not None)
    driver.stop()
    driver._watcher.join(60)
    assert not driver._watcher.is_alive()
    assert driver._process.pid == first.pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_server_however_that_ends(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        until(lambda: child(server.pid) is not None)
        process = child(server.pid)
        assert process is not None
        until((tmp_path / "tunesmith.db").exists)
        server.send_signal(number)
        server.wait()
    assert process.wait(60) is not None or not process.is_running()
