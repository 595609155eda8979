from __future__ import annotations

import multiprocessing
import os
import random
import resource
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tunesmith.backends import shim
from tunesmith.backends.local_process import LocalProcess
from tunesmith.backends.protocol import Backend
from tunesmith.backends.run_folder import RunFolder
from tunesmith.backends.wakeup import Wakeup
from tunesmith.core.training_job import Command, Cursor, JobStatus, Resources, Script, TrainingJob
from tunesmith.testing.backends import PATIENCE, BackendContract, Story, follow, wait_until

MIB = 1 << 20


class TestContract(BackendContract):
    @pytest.fixture
    def make(self, root: Path) -> Callable[[], Backend]:
        return lambda: LocalProcess(root, cpus=2, gpus=[])


def shell(script: str, name: str = "job", **fields: object) -> TrainingJob:
    fields = {"grace_seconds": 5.0, **fields}
    return TrainingJob(name=name, work=Command(("sh", "-c", script)), **fields)  # type: ignore[arg-type] # as given


def run(backend: LocalProcess, script: str, name: str = "job", **fields: object) -> Story:
    handle = backend.start(shell(script, name, **fields))
    return follow(backend, [handle])[handle]


def has_printed(word: str) -> Callable[..., bool]:
    return lambda update: word.encode() in update.log


# What a job is given


def test_a_job_gets_what_a_program_expects(backend: LocalProcess) -> None:
    leak = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(leak, True)  # noqa: FBT003 - its only argument
    try:
        script = "cat; yes | head -n 1; ls -l /proc/self/fd | wc -l; ps -o tpgid= -p $$"
        story = run(backend, script, resources=Resources(2, 2))
    finally:
        os.close(leak)
    # No input; SIGPIPE ends `yes` in silence; a total, the three streams and the folder; no terminal.
    assert story.log.split() == [b"y", b"5", b"-1"]


def test_gpus_are_given_out_once_and_hidden_from_others(backend: LocalProcess) -> None:
    script = "echo up $CUDA_VISIBLE_DEVICES.; exec sleep 600"
    seen = set()
    for name in ("first", "second"):
        handle = backend.start(shell(script, name, resources=Resources(gpus=1)))
        seen.add(wait_until(backend, handle, has_printed("up")).log)
    assert seen == {b"up 0.\n", b"up 1.\n"}
    assert backend.room(Resources(gpus=1)) == 0
    backend.stop("first")
    follow(backend, ["first"])
    assert backend.room(Resources(gpus=1)) == 1
    assert run(backend, "echo $CUDA_VISIBLE_DEVICES.", "without").log == b".\n"
    backend.stop("second")
    follow(backend, ["second"])
    both = run(backend, "echo $CUDA_VISIBLE_DEVICES", "both", resources=Resources(gpus=2))
    assert both.log == b"0,1\n"


def test_a_job_may_choose_its_gpus_only_if_it_asks_for_none(backend: LocalProcess) -> None:
    own = {"CUDA_VISIBLE_DEVICES": "7"}
    assert run(backend, "echo $CUDA_VISIBLE_DEVICES", environment=own).log == b"7\n"
    with pytest.raises(ValueError, match=r"^environment: CUDA_VISIBLE_DEVICES"):
        backend.start(shell("true", "other", environment=own, resources=Resources(gpus=1)))


def test_threads_are_as_many_as_the_cpus_unless_somebody_says_otherwise(
    backend: LocalProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "5")
    script = "echo $OMP_NUM_THREADS $MKL_NUM_THREADS $OPENBLAS_NUM_THREADS"
    own = {"OPENBLAS_NUM_THREADS": "7"}
    assert run(backend, script, environment=own, resources=Resources(cpus=2)).log == b"2 5 7\n"


def test_jobs_wait_for_their_slots(backend: LocalProcess) -> None:
    first = backend.start(shell("echo up; exec sleep 600", "first", resources=Resources(cpus=2)))
    wait_until(backend, first, has_printed("up"))
    second = backend.start(shell("echo done", "second"))
    assert [update.status for update in backend.poll({second: Cursor()})] == [JobStatus.STARTING]
    backend.stop(first)
    assert follow(backend, [first, second])[second].log == b"done\n"


def test_slots_are_still_taken_after_a_restart(backend: LocalProcess, root: Path) -> None:
    handle = backend.start(shell("echo up; exec sleep 600", resources=Resources(gpus=1)))
    again = LocalProcess(root, cpus=2, gpus=["0", "1"])
    assert again.room(Resources(gpus=1)) == 1
    assert again.room(Resources()) == 1
    again.stop(handle)
    follow(again, [handle])
    assert backend.room(Resources(gpus=1)) == 2


def test_a_need_that_can_never_be_met_is_refused_by_start(backend: LocalProcess) -> None:
    need = Resources(cpus=3)
    assert backend.room(need) == 1
    with pytest.raises(ValueError, match="resources: a job needs 3 cpus, and there are 2"):
        backend.start(shell("true", resources=need))


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "ä", "a" * 129])
def test_names_that_are_no_folder_names_are_refused(backend: LocalProcess, name: str) -> None:
    with pytest.raises(ValueError, match=r"^name: "):
        backend.start(shell("true", name))


# What a job writes


def test_junk_comes_through_and_logs_replace_it(backend: LocalProcess) -> None:
    story = run(backend, r"printf 'a\377\000b\r\n\n\303'")
    assert story.log == b"a\xff\0b\r\n\n\xc3"
    assert list(backend.logs("job")) == ["a�\0b", "", "�"]


def test_an_endless_line_comes_in_pieces_while_the_job_runs(backend: LocalProcess) -> None:
    script = "head -c 200000 /dev/zero | tr '\\0' x; exec sleep 600"
    handle = backend.start(shell(script))
    update = wait_until(backend, handle, lambda update: len(update.log) == 200_000)
    assert update.status is JobStatus.RUNNING
    assert sum(map(len, backend.logs(handle))) == 200_000
    assert max(map(len, backend.logs(handle))) <= 64 * 1024
    backend.stop(handle)
    follow(backend, [handle])


def read_log(backend: LocalProcess, size: int) -> tuple[int, int]:
    """Run a job that prints `size` bytes; give the bytes and lines of the log, read without keeping it."""
    cursor, count, lines = Cursor(), 0, 0
    handle = backend.start(shell(f"yes 'epoch 1: loss=0.12345 accuracy=0.9' | head -c {size}"))
    while True:
        (update,) = backend.poll({handle: cursor})
        assert len(update.log) <= 4 * MIB
        cursor, count, lines = update.cursor, count + len(update.log), lines + update.log.count(b"\n")
        if update.status.is_final:
            return count, lines
        backend.wait(1.0)


def test_memory_stays_flat_whatever_a_job_prints(backend: LocalProcess) -> None:
    size = 35 * 1_350_000  # some 50 MB, in whole lines
    tracemalloc.start()
    try:
        assert read_log(backend, size) == (size, 1_350_000)
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.long
def test_memory_stays_flat_with_a_gigabyte(backend: LocalProcess) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count, _ = read_log(backend, 1_000_000_000)
    assert count == 1_000_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024  # KiB


def test_a_script_runs(backend: LocalProcess, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "train.py").write_text("import sys; print(sys.argv[1:])")
    work = Script(str(tmp_path / "source"), "train.py")
    handle = backend.start(TrainingJob(name="job", work=work, hyperparameters={"lr": 0.5}))
    assert follow(backend, [handle])[handle].log == b"['--lr', '0.5']\n"


# Who starts and stops a job


def test_a_job_that_waits_for_slots_can_be_stopped(backend: LocalProcess) -> None:
    first = backend.start(shell("echo up; exec sleep 600", "first", resources=Resources(cpus=2)))
    second = backend.start(shell("echo ran", "second"))
    backend.stop(second)
    story = follow(backend, [second])[second]
    assert (story.last.status, story.log) == (JobStatus.STOPPED, b"")
    backend.stop(first)
    follow(backend, [first])


def test_a_supervisor_that_never_starts_is_given_up(
    backend: LocalProcess, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no room on the device')"]
    monkeypatch.setattr(shim, "command", lambda *_: command)
    story = run(backend, "true")
    assert story.last.status is JobStatus.FAILED
    assert story.last.reason == "its supervisor does not start: no room on the device"
    assert not (root / "jobs/job/started").exists()


def test_the_end_of_a_job_wakes_who_waits(backend: LocalProcess, root: Path) -> None:
    wakeup = Wakeup(root / "wake")
    waiter = threading.Thread(target=wakeup.wait, args=(PATIENCE,))
    waiter.start()
    backend.start(shell("true"))
    waiter.join(PATIENCE / 2)
    assert not waiter.is_alive()
    assert follow(backend, ["job"])["job"].last.status is JobStatus.COMPLETED


def test_jobs_are_nobodys_children(backend: LocalProcess, root: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    handle = backend.start(shell("echo up; exec sleep 600"))
    wait_until(backend, handle, has_printed("up"))
    assert set(psutil.Process().children(recursive=True)) == before
    supervisor = RunFolder(root / "jobs" / handle).shim()
    assert supervisor is not None
    assert os.getsid(supervisor) != os.getsid(0)
    backend.stop(handle)
    follow(backend, [handle])


def _start_all(root: Path, names: list[str]) -> None:
    backend = LocalProcess(root, cpus=2, gpus=[])
    for name in names:
        backend.start(marking(root, name))
    follow(backend, names)


def marking(root: Path, name: str) -> TrainingJob:
    return shell(f"echo {name} >> {root.parent / 'runs'}", name)


def test_killed_at_any_instant_a_controller_loses_nothing_and_repeats_nothing(root: Path) -> None:
    names = [f"job-{number}" for number in range(40)]
    rng = random.Random(1)
    fork = multiprocessing.get_context("fork")
    for first in range(0, len(names), 2):
        controller = fork.Process(target=_start_all, args=(root, names[: first + 2]))
        controller.start()
        controller.join(rng.uniform(0.0, 0.04))
        controller.kill()
        controller.join()
        controller.close()
    _start_all(root, names)
    assert sorted((root.parent / "runs").read_text().split()) == sorted(names)
