from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tunesmith.backends.function_call import Outcome
from tunesmith.backends.worker_pool import WorkerPool
from tunesmith.core.training_job import JobStatus

PATIENCE = 20.0

FUNCTIONS = """
import os, signal, subprocess, sys, threading
from tunesmith.training.report import report

def square(config):
    return config["x"] ** 2

def pid(config):
    return os.getpid()

def curve(config):
    report(loss=2, epoch=1)
    return {"loss": 1}

def fail(config):
    raise ValueError("no such luck")

def leave(config):
    os._exit(3)

def crash(config):
    os.kill(os.getpid(), signal.SIGSEGV)

def hang(config):
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    if config["stubborn"]:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    report(child=child.pid)
    threading.Event().wait()
"""


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A module that worker processes can import, as test modules cannot be."""
    folder = tmp_path_factory.mktemp("functions")
    (folder / "functions_of_workers.py").write_text(FUNCTIONS)
    sys.path.insert(0, str(folder))
    yield importlib.import_module("functions_of_workers")
    sys.path.remove(str(folder))


class Calls:
    """A pool, and calls of functions in it."""

    def __init__(self) -> None:
        self.pool = WorkerPool()
        self.reports: SimpleQueue[bytes] = SimpleQueue()
        self._threads = ThreadPoolExecutor()

    def begin(self, function: Any, key: str = "a", **config: Any) -> Future[Outcome]:
        return self._threads.submit(
            self.pool.call,
            key=key,
            function=function,
            config=config,
            metric="loss",
            sink=self.reports.put,
            is_stopped=lambda: key == "stopped",
        )

    def call(self, function: Any, key: str = "a", **config: Any) -> Outcome:
        return self.begin(function, key, **config).result(PATIENCE)

    def next_report(self) -> dict[str, float]:
        return metrics(self.reports.get(timeout=PATIENCE))

    def close(self) -> None:
        self.pool.close()
        self._threads.shutdown()


@pytest.fixture
def calls() -> Iterator[Calls]:
    calls = Calls()
    yield calls
    calls.close()


def metrics(line: bytes) -> dict[str, float]:
    found: dict[str, float] = json.loads(line)["metrics"]
    return found


def test_a_function_returns_reports_and_raises_as_it_does_here(calls: Calls, functions: Any) -> None:
    assert metrics(calls.call(functions.square, x=3).reports) == {"loss": 9}
    assert metrics(calls.call(functions.curve).reports) == {"loss": 1}
    assert calls.next_report() == {"loss": 2, "epoch": 1}
    failed = calls.call(functions.fail)
    assert failed.status is JobStatus.FAILED
    assert str(failed.reason).startswith("ValueError: no such luck (")
    assert "in fail" in failed.log


def test_a_process_is_used_again_but_not_for_another_function(calls: Calls, functions: Any) -> None:
    first = metrics(calls.call(functions.pid).reports)
    assert first != {"loss": os.getpid()}
    assert metrics(calls.call(functions.pid).reports) == first
    calls.call(functions.square, x=1)
    assert metrics(calls.call(functions.pid).reports) != first


@pytest.mark.parametrize(
    ("name", "how"), [("leave", "ended with exit code 3"), ("crash", "was killed by SIGSEGV")]
)
def test_a_process_that_dies_fails_its_call_and_is_replaced(
    calls: Calls, functions: Any, name: str, how: str
) -> None:
    hanging = calls.begin(functions.hang, "other", stubborn=False)
    calls.next_report()
    for _ in range(2):
        outcome = calls.call(getattr(functions, name))
        reason = f"the worker process {how} while it ran the function"
        assert outcome == Outcome(JobStatus.FAILED, reason=reason)
    assert metrics(calls.call(functions.square, x=2).reports) == {"loss": 4}
    assert not hanging.done()


@pytest.mark.parametrize(("stubborn", "killer"), [(False, "SIGTERM"), (True, "SIGKILL")])
def test_a_call_and_the_children_of_its_process_can_be_ended(
    calls: Calls, functions: Any, stubborn: bool, killer: str
) -> None:
    hanging = calls.begin(functions.hang, stubborn=stubborn)
    child = int(calls.next_report()["child"])
    calls.pool.terminate("another", 0)
    calls.pool.terminate("a", 0.1 if stubborn else 120)
    assert f"was killed by {killer}" in str(hanging.result(PATIENCE).reason)
    wait_for_death(child)
    assert metrics(calls.call(functions.square, x=2).reports) == {"loss": 4}


def test_a_call_that_was_stopped_before_it_began_is_ended(calls: Calls, functions: Any) -> None:
    assert calls.call(functions.hang, "stopped", stubborn=True).status is JobStatus.FAILED


def test_closing_kills_what_runs(calls: Calls, functions: Any) -> None:
    hanging = calls.begin(functions.hang, stubborn=True)
    child = int(calls.next_report()["child"])
    calls.pool.close()
    assert "was killed by SIGKILL" in str(hanging.result(PATIENCE).reason)
    wait_for_death(child)


def test_functions_that_cannot_be_sent_are_refused(
    calls: Calls, functions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(ValueError, match=r"<lambda>.*cannot be sent.*top level of a module.*threads"):
        calls.pool.check(lambda _config: 0.0)
    monkeypatch.setattr(functions.square, "__module__", "__main__")
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    with pytest.raises(ValueError, match="typed into an interactive session"):
        calls.pool.check(functions.square)


def test_cloudpickle_sends_any_function(calls: Calls) -> None:
    pytest.importorskip("cloudpickle")
    offset = 4

    def function(config: Mapping[str, Any]) -> float:
        return float(config["x"] + offset)

    assert metrics(calls.call(function, x=1).reports) == {"loss": 5}


def test_a_function_that_the_process_cannot_find_fails_with_that_reason(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vanishing.py").write_text("def function(config):\n    return 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    function = importlib.import_module("vanishing").function
    (tmp_path / "vanishing.py").write_text("")
    for _ in range(2):
        outcome = calls.call(function)
        assert outcome.status is JobStatus.FAILED
        assert "function" in str(outcome.reason)
        assert "AttributeError" in str(outcome.reason)


SCRIPT = """
import os, sys, threading
from tunesmith.backends.worker_pool import WorkerPool

def function(config):
    return 1.0

def hang(config):
    print(os.getpid(), flush=True)
    threading.Event().wait()

def call(function):
    return WorkerPool().call(
        key="a", function=function, config={}, metric="m", sink=print, is_stopped=lambda: False
    )
"""


def script(folder: Path, end: str) -> list[str]:
    path = folder / "script.py"
    path.write_text(SCRIPT + textwrap.dedent(end))
    return [sys.executable, str(path)]


def test_a_script_without_a_main_guard_is_told_what_it_needs(tmp_path: Path) -> None:
    command = script(tmp_path, "print(call(function).reason)")
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "must call Tunesmith under `if __name__ == '__main__':`" in ran.stdout


def test_python_ends_although_nobody_has_closed_the_pool(tmp_path: Path) -> None:
    command = script(tmp_path, "if __name__ == '__main__':\n    print(call(function).status)")
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "Completed\n"


def test_processes_end_with_a_controller_that_was_killed(tmp_path: Path) -> None:
    command = script(tmp_path, "if __name__ == '__main__':\n    call(hang)")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        wait_for_death(worker)


def wait_for_death(pid: int) -> None:
    """Wait until a process that is no child of ours has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    readable, _, _ = select.select([descriptor], [], [], PATIENCE)
    os.close(descriptor)
    assert readable, f"process {pid} is alive"
