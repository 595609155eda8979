from __future__ import annotations

import importlib
import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tunesmith.backends import in_process
from tunesmith.backends.in_process import InProcess, Workers
from tunesmith.core.training_job import (
    Command,
    Cursor,
    Ending,
    Function,
    Handle,
    JobStatus,
    JobUpdate,
    Resources,
    TrainingJob,
)
from tunesmith.training.report import report

Start = Callable[..., InProcess]
PATIENCE = 20.0

FUNCTIONS = """
import threading
from tunesmith.training.checkpoint_folder import checkpoints
from tunesmith.training.report import report

def square(config):
    return config["x"] ** 2

def curve_in_a_thread(config):
    thread = threading.Thread(target=curve, args=(config,))
    thread.start()
    thread.join()
    return 3

def curve(config):
    for epoch in range(3):
        report(objective=epoch)
    return 3

def go_on(config):
    file = checkpoints() / "epoch"
    epoch = int(file.read_text()) + 1 if file.exists() else 1
    file.write_text(str(epoch))
    report(objective=epoch)
    return epoch

def fail(config):
    raise ValueError("no such luck")

def hang(config):
    report(ready=1)
    threading.Event().wait()
"""


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A module that worker processes can import, as test modules cannot be."""
    folder = tmp_path_factory.mktemp("functions")
    (folder / "functions_in_process.py").write_text(FUNCTIONS)
    sys.path.insert(0, str(folder))
    yield importlib.import_module("functions_in_process")
    sys.path.remove(str(folder))


@pytest.fixture
def make() -> Iterator[Start]:
    made: list[InProcess] = []

    def start(workers: Workers = "threads", size: int = 1) -> InProcess:
        made.append(InProcess(workers, size))
        return made[-1]

    yield start
    for backend in made:
        backend.close()


def job(function: Callable[[Any], Any], name: str = "a", **options: Any) -> TrainingJob:
    config = options.pop("config", {})
    return TrainingJob(name=name, work=Function(function), hyperparameters=config, **options)


def ends(backend: InProcess, handles: Sequence[Handle]) -> dict[Handle, JobUpdate]:
    """Wait until all have ended; the last update of each, with all of its output."""
    cursors = dict.fromkeys(handles, Cursor())
    last: dict[Handle, JobUpdate] = {}
    while len(last) < len(cursors):
        for update in backend.poll({h: c for h, c in cursors.items() if h not in last}):
            if update.status.is_final:
                [last[update.handle]] = backend.poll({update.handle: Cursor()})
        if len(last) < len(cursors):
            backend.wait(PATIENCE)
    return last


def end(backend: InProcess, handle: Handle) -> JobUpdate:
    return ends(backend, [handle])[handle]


def values(update: JobUpdate, metric: str = "objective") -> list[float]:
    lines = [json.loads(line)["metrics"] for line in update.reports.splitlines()]
    return [line[metric] for line in lines if metric in line]


def until_reported(backend: InProcess, handle: Handle, metric: str) -> float:
    while not (found := values(backend.poll({handle: Cursor()})[0], metric)):
        backend.wait(PATIENCE)
    return found[0]


WAYS: list[tuple[Workers, int]] = [("threads", 1), ("threads", 3), ("processes", 1), ("processes", 2)]


@pytest.mark.parametrize(("workers", "size"), WAYS)
def test_functions_run_and_report(make: Start, functions: Any, workers: Workers, size: int) -> None:
    backend = make(workers, size)
    handles = [backend.start(job(functions.square, f"j{x}", config={"x": x})) for x in range(6)]
    handles += [backend.start(job(functions.curve, "curve")), backend.start(job(functions.fail, "fail"))]
    found = ends(backend, handles)
    assert [values(found[h]) for h in handles[:7]] == [[0], [1], [4], [9], [16], [25], [0, 1, 2, 3]]
    assert {found[h].status for h in handles[:7]} == {JobStatus.COMPLETED}
    failed = found[handles[7]]
    assert failed.status is JobStatus.FAILED
    assert {update.ending for update in found.values()} == {Ending.EXITED}
    assert str(failed.reason).startswith("ValueError: no such luck (")
    assert failed.log.decode().splitlines() == list(backend.logs(handles[7]))
    assert "in fail" in failed.log.decode()
    for update in found.values():
        assert update.started_at is not None
        assert update.ended_at is not None
        assert update.started_at <= update.ended_at


@pytest.mark.parametrize("workers", ["threads", "processes"])
def test_functions_may_report_from_threads(make: Start, functions: Any, workers: Workers) -> None:
    backend = make(workers)
    handle = backend.start(job(functions.curve_in_a_thread))
    assert values(end(backend, handle)) == [0, 1, 2, 3]


def test_a_single_thread_is_the_callers_and_starting_does_not_wait(make: Start) -> None:
    backend, threads = make(), []

    def function(_config: Any) -> float:
        threads.append(threading.current_thread())
        return 0.0

    handle = backend.start(job(function))
    assert backend.poll({handle: Cursor()})[0].status is JobStatus.STARTING
    assert not threads
    backend.wait(0)
    assert threads == [threading.current_thread()]
    assert end(backend, handle).status is JobStatus.COMPLETED


@pytest.mark.parametrize("size", [1, 2])
def test_starting_twice_starts_once(make: Start, size: int) -> None:
    backend, calls = make("threads", size), []

    def function(_config: Any) -> float:
        calls.append(1)
        return 0.0

    handles = {backend.start(job(function)) for _ in range(2)}
    [handle] = handles
    end(backend, handle)
    assert backend.start(job(lambda _c: 1.0)) == handle
    assert values(end(backend, handle)) == [0.0]
    assert calls == [1]


def test_another_process_or_backend_has_other_handles(make: Start) -> None:
    first, second = make(), make()
    handle = first.start(job(lambda _c: 0.0))
    assert second.start(job(lambda _c: 0.0)) != handle
    [update] = second.poll({handle: Cursor(reports=7)})
    assert (update.status, update.ending) == (JobStatus.FAILED, Ending.LOST)
    assert update.cursor == Cursor()  # what it had told is gone with the other process
    assert "does not know it" in str(update.reason)


def test_no_more_run_at_a_time_than_its_size_and_room_says_how_many_fit(make: Start) -> None:
    backend, entered, leave = make("threads", 2), threading.Semaphore(0), threading.Event()
    running, most = [], []

    def function(_config: Any) -> float:
        running.append(1)
        most.append(len(running))
        entered.release()
        leave.wait(PATIENCE)
        running.pop()
        return 0.0

    assert backend.room(Resources()) == 2
    handles = [backend.start(job(function, f"j{i}")) for i in range(5)]
    assert backend.room(Resources()) == 0
    assert entered.acquire(timeout=PATIENCE)
    assert entered.acquire(timeout=PATIENCE)
    leave.set()
    ends(backend, handles)
    assert max(most) == 2
    assert backend.room(Resources()) == 2


def test_keyboard_interrupt_passes_and_leaves_the_job_as_never_started(make: Start) -> None:
    backend, attempts = make(), []

    def function(_config: Any) -> float:
        attempts.append(1)
        if len(attempts) == 1:
            raise KeyboardInterrupt
        return 5.0

    backend.start(job(function))
    with pytest.raises(KeyboardInterrupt):
        backend.wait(PATIENCE)
    assert backend.room(Resources()) == 1
    assert values(end(backend, backend.start(job(function)))) == [5.0]


def test_keyboard_interrupt_that_a_thread_raises_by_itself_fails_its_job(make: Start) -> None:
    def function(_config: Any) -> float:
        raise KeyboardInterrupt

    backend = make("threads", 2)
    update = end(backend, backend.start(job(function)))
    assert update.status is JobStatus.FAILED
    assert "KeyboardInterrupt" in str(update.reason)


@pytest.mark.parametrize("size", [1, 2])
def test_a_stopped_job_that_waits_is_never_run(make: Start, size: int) -> None:
    backend, leave = make("threads", size), threading.Event()
    blockers = [backend.start(job(lambda _c: leave.wait(PATIENCE) * 1.0, f"b{i}")) for i in range(size)]
    waiting = backend.start(job(pytest.fail, "w"))
    backend.stop(waiting)
    backend.stop(waiting)
    leave.set()
    found = ends(backend, [*blockers, waiting])
    assert (found[waiting].status, found[waiting].ending) == (JobStatus.STOPPED, Ending.STOPPED)
    assert found[waiting].reason == "it was asked to stop"
    assert {found[b].status for b in blockers} == {JobStatus.COMPLETED}
    backend.stop(waiting)
    backend.stop("unknown")


def test_a_thread_is_stopped_at_its_next_report(make: Start) -> None:
    backend, go_on = make("threads", 2), threading.Event()

    def function(_config: Any) -> float:
        report(objective=1)
        go_on.wait(PATIENCE)
        report(objective=2)
        raise AssertionError

    handle = backend.start(job(function))
    until_reported(backend, handle, "objective")
    backend.stop(handle)
    go_on.set()
    update = end(backend, handle)
    assert (update.status, values(update)) == (JobStatus.STOPPED, [1, 2])


def test_a_thread_that_does_not_report_runs_to_its_end_and_its_value_is_kept(make: Start) -> None:
    backend, entered, go_on = make("threads", 2), threading.Event(), threading.Event()

    def function(_config: Any) -> float:
        entered.set()
        go_on.wait(PATIENCE)
        return 7.0

    handle = backend.start(job(function))
    assert entered.wait(PATIENCE)
    backend.stop(handle)
    assert backend.poll({handle: Cursor()})[0].status is JobStatus.RUNNING
    go_on.set()
    update = end(backend, handle)
    assert (update.status, values(update)) == (JobStatus.STOPPED, [7])


@pytest.mark.parametrize("size", [1, 2])
def test_max_seconds_ends_a_thread_at_a_report(make: Start, size: int) -> None:
    def function(_config: Any) -> float:
        while True:
            report(objective=1)
            threading.Event().wait(0.005)

    backend = make("threads", size)
    update = end(backend, backend.start(job(function, max_seconds=0.05)))
    assert (update.status, update.reason) == (JobStatus.STOPPED, "it ran longer than 0.05 seconds")
    assert update.ending is Ending.MAX_SECONDS


def test_max_seconds_does_not_touch_a_job_that_is_quick_enough(make: Start) -> None:
    backend = make()
    assert end(backend, backend.start(job(lambda _c: 1.0, max_seconds=60))).status is JobStatus.COMPLETED


def test_output_comes_in_bounded_pieces_and_the_end_with_the_last(
    make: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_process, "_LARGEST_READING", 200)

    def function(_config: Any) -> float:
        for i in range(50):
            report(objective=i)
        return 50.0

    backend = make()
    handle = backend.start(job(function))
    backend.wait(PATIENCE)
    [update] = backend.poll({handle: Cursor()})
    pieces = [update.reports]
    while not update.status.is_final:
        assert update.status is JobStatus.RUNNING
        backend.wait(PATIENCE)  # returns at once, as there is more
        [update] = backend.poll({handle: update.cursor})
        pieces.append(update.reports)
    assert len(pieces) > 5
    assert all(piece.endswith(b"\n") and len(piece) < 400 for piece in pieces)
    lines = b"".join(pieces).splitlines()
    assert [json.loads(line)["metrics"]["objective"] for line in lines] == list(range(51))


def test_the_end_can_be_asked_for_again_even_after_it_was_forgotten(
    make: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_process, "_REMEMBERED", 2)
    backend = make()
    handles = [backend.start(job(lambda _c: 1.0, f"j{i}")) for i in range(5)]
    found = ends(backend, handles)
    assert len(backend._runs) == 2
    for handle in handles:
        [again] = backend.poll({handle: found[handle].cursor})
        assert (again.status, again.cursor) == (JobStatus.COMPLETED, found[handle].cursor)
        assert not again.reports
    assert backend.start(job(pytest.fail, "j0")) == handles[0]
    assert backend.room(Resources()) == 1
    assert list(backend.logs(handles[0])) == []


def test_a_process_can_be_stopped(make: Start, functions: Any) -> None:
    backend = make("processes", 1)
    handle = backend.start(job(functions.hang))
    until_reported(backend, handle, "ready")
    backend.stop(handle)
    update = end(backend, handle)
    assert (update.status, update.reason) == (JobStatus.STOPPED, "it was asked to stop")
    assert update.ending is Ending.STOPPED
    assert values(end(backend, backend.start(job(functions.square, "b", config={"x": 2})))) == [4]


def test_functions_that_cannot_be_sent_are_refused_at_once(
    make: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(ValueError, match="cannot be sent to worker processes"):
        make("processes").start(job(lambda _c: 0.0))


def test_max_seconds_ends_a_process(make: Start, functions: Any) -> None:
    backend = make("processes", 1)
    update = end(backend, backend.start(job(functions.hang, max_seconds=0.5)))
    assert (update.status, update.reason) == (JobStatus.STOPPED, "it ran longer than 0.5 seconds")
    assert update.ending is Ending.MAX_SECONDS


def test_closing_kills_running_processes(make: Start, functions: Any) -> None:
    backend = make("processes", 1)
    handle = backend.start(job(functions.hang))
    until_reported(backend, handle, "ready")
    backend.close()
    assert end(backend, handle).status is JobStatus.STOPPED


def test_what_is_no_function_is_refused(make: Start) -> None:
    backend = make()
    with pytest.raises(ValueError, match="runs Python functions, not a Command"):
        backend.start(TrainingJob(name="a", work=Command(("true",))))
    with pytest.raises(ValueError, match="not 'sin'"):
        backend.check(Function("sin"))  # type: ignore[arg-type] # what is tested
    with pytest.raises(ValueError, match="threads, processes"):
        InProcess("tasks")  # type: ignore[arg-type] # what is tested
    with pytest.raises(ValueError, match="size: must be >= 1, got 0"):
        InProcess("threads", 0)


@pytest.mark.parametrize("workers", ["threads", "processes"])
def test_a_later_attempt_goes_on_in_the_output_and_from_the_checkpoint(
    make: Start, functions: Any, workers: Workers, tmp_path: Path
) -> None:
    backend = make(workers, 2)
    first = job(functions.go_on, checkpoints=str(tmp_path / "kept"))
    before = end(backend, backend.start(first))
    assert values(before) == [1, 1]
    second = backend.start(replace(first, attempt=2))
    after: list[float] = []
    cursor = before.cursor
    while True:
        (update,) = backend.poll({second: cursor})
        after, cursor = after + values(update), update.cursor
        if update.status.is_final:
            break
        backend.wait(PATIENCE)
    assert after == [2, 2]
    assert cursor.reports > before.cursor.reports


def test_checkpoints_of_functions_are_on_this_machine(make: Start) -> None:
    with pytest.raises(
        ValueError, match=r"^checkpoints: those of a function are kept in a folder of this machine"
    ):
        make().start(job(abs, checkpoints="s3://bucket/kept"))
