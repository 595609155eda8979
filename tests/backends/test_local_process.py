from __future__ import annotations

import multiprocessing
import os
import random
import resource
import socket
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tunesmith.backends import shim
from tunesmith.backends.local_process import LocalProcess, attempts
from tunesmith.backends.protocol import Backend
from tunesmith.backends.run_folder import RunFolder
from tunesmith.backends.wakeup import Wakeup
from tunesmith.core.training_job import (
    Channel,
    Command,
    Cursor,
    Ending,
    JobStatus,
    Resources,
    Script,
    TrainingJob,
)
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.transfer import Places
from tunesmith.testing.backends import PATIENCE, BackendContract, Story, follow, wait_until

MIB = 1 << 20


class TestContract(BackendContract):
    @pytest.fixture
    def make(self, root: Path) -> Callable[[], Backend]:
        return lambda: LocalProcess(root, cpus=2, gpus=[])


def shell(script: str, name: str = "job", **fields: Any) -> TrainingJob:
    fields = {"grace_seconds": 5.0, **fields}
    return TrainingJob(name=name, work=Command(("sh", "-c", script)), **fields)


def run(backend: LocalProcess, script: str, name: str = "job", **fields: Any) -> Story:
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


def test_threads_with_an_object_each_share_a_root(root: Path) -> None:
    def work(thread: int) -> list[Story]:
        backend = LocalProcess(root, cpus=2, gpus=["0", "1"])
        need = Resources(gpus=1)
        names = [f"job-{thread}-{number}" for number in range(5)]
        script = (
            f"taken={root}/gpu-$CUDA_VISIBLE_DEVICES; echo $taken; mkdir $taken && sleep 0.05 && rmdir $taken"
        )
        handles = [backend.start(shell(script, name, resources=need)) for name in names]
        assert [backend.start(shell(script, name, resources=need)) for name in names] == handles
        return list(follow(backend, handles).values())

    with ThreadPoolExecutor(4) as pool:
        stories = [story for told in pool.map(work, range(4)) for story in told]
    assert [story.last.status for story in stories] == [
        JobStatus.COMPLETED
    ] * 20  # no two had a GPU at a time
    assert {story.log.decode() for story in stories} <= {f"{root}/gpu-{gpu}\n" for gpu in (0, 1)}


def test_one_object_serves_several_threads(backend: LocalProcess) -> None:
    names = [f"job-{number}" for number in range(6)]

    def work(_: int) -> list[Story]:
        handles = [backend.start(shell(f"echo {name}", name)) for name in names]
        return list(follow(backend, handles).values())

    with ThreadPoolExecutor(4) as pool:
        for stories in pool.map(work, range(4)):
            assert [story.log for story in stories] == [f"{name}\n".encode() for name in names]


# Where its data comes from and goes to


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    store = ObjectStore(tmp_path / "objects")
    store.create_bucket("bucket")
    store.put("bucket", "data/x.csv", [b"1,2\n"])
    return store


@pytest.fixture
def stocked(objects: ObjectStore, root: Path, tmp_path: Path) -> LocalProcess:  # noqa: ARG001 - it fills it
    return LocalProcess(root, cpus=2, gpus=[], places=Places(tmp_path / "objects"))


TRAIN = "cat input/data/train/x.csv; echo 9 > input/data/train/x.csv; echo w > model/weights; echo up; "
IN_S3: dict[str, Any] = {"channels": {"train": Channel("s3://bucket/data")}, "output": "s3://bucket/out"}


def test_data_comes_from_s3_and_results_go_there(
    stocked: LocalProcess, objects: ObjectStore, root: Path
) -> None:
    story = run(stocked, TRAIN + "echo more > output/data/more", **IN_S3)
    assert (story.last.status, story.last.reason) == (JobStatus.COMPLETED, None)
    assert story.log == b"1,2\nup\n"
    assert objects.path("bucket", "data/x.csv").read_bytes() == b"1,2\n"
    assert [info.key for info in objects.list("bucket", "out/").objects] == [
        "out/job/output/model.tar.gz",
        "out/job/output/output.tar.gz",
    ]
    artifact = root / "jobs/job/ml/artifacts/model.tar.gz"
    assert artifact.samefile(objects.path("bucket", "out/job/output/model.tar.gz"))
    assert not (root / "jobs/job/ml/input/data/train").exists()


@pytest.mark.parametrize("ends_by", [Ending.STOPPED, Ending.MAX_SECONDS])
def test_what_a_stopped_job_has_saved_is_delivered(
    ends_by: Ending, stocked: LocalProcess, objects: ObjectStore
) -> None:
    seconds = 2.0 if ends_by is Ending.MAX_SECONDS else None
    handle = stocked.start(shell(TRAIN + "exec sleep 600", max_seconds=seconds, **IN_S3))
    if ends_by is Ending.STOPPED:
        wait_until(stocked, handle, has_printed("up"))
        stocked.stop(handle)
    last = follow(stocked, [handle])[handle].last
    assert (last.status, last.ending) == (JobStatus.STOPPED, ends_by)
    assert objects.head("bucket", "out/job/output/model.tar.gz").size > 0


def test_results_that_cannot_be_delivered_are_lost(stocked: LocalProcess) -> None:
    story = run(stocked, "true", output="s3://missing")
    assert (story.last.status, story.last.ending) == (JobStatus.FAILED, Ending.LOST)
    assert story.last.exit_code == 0
    assert story.last.reason == (
        "Data upload failed: s3://missing/job/output/model.tar.gz: there is no bucket 'missing'"
    )


def test_a_job_that_failed_by_itself_says_so_first(stocked: LocalProcess) -> None:
    story = run(stocked, "echo oops; exit 3", output="s3://missing")
    assert (story.last.status, story.last.ending) == (JobStatus.FAILED, Ending.EXITED)
    assert "exit code 3. Its last line of output: oops; Data upload failed" in (story.last.reason or "")


def test_a_channel_without_data_fails_its_job(stocked: LocalProcess) -> None:
    story = run(stocked, "echo ran", channels={"train": "s3://bucket/none"})
    assert (story.last.status, story.last.ending) == (JobStatus.FAILED, Ending.EXITED)
    assert str(story.last.reason).startswith(
        'ClientError: No S3 objects found under S3 URL "s3://bucket/none"'
    )
    assert b"ran\n" not in story.log


@pytest.fixture
def slow_s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a server that takes connections and never answers."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_job_whose_data_is_slow_to_come_can_be_stopped(root: Path, slow_s3: str) -> None:
    backend = LocalProcess(root, cpus=2, gpus=[], places=Places(endpoint=slow_s3))
    handle = backend.start(shell("echo ran", channels={"train": "s3://bucket/x"}))
    assert wait_until(backend, handle, lambda u: u.started_at is not None).status is JobStatus.RUNNING
    backend.stop(handle)
    story = follow(backend, [handle])[handle]
    assert (story.last.status, story.log) == (JobStatus.STOPPED, b"")
    last = run(backend, "echo ran", "late", channels={"train": "s3://bucket/x"}, max_seconds=0.5).last
    assert (last.status, last.ending) == (JobStatus.STOPPED, Ending.MAX_SECONDS)


def test_data_that_cannot_be_fetched_for_now_is_lost(root: Path, slow_s3: str) -> None:
    backend = LocalProcess(root, cpus=2, gpus=[], places=Places(endpoint=slow_s3.rpartition(":")[0] + ":9"))
    last = run(backend, "echo ran", channels={"train": "s3://bucket/x"}).last
    assert (last.status, last.ending) == (JobStatus.FAILED, Ending.LOST)
    assert str(last.reason).startswith("Data download failed: s3://bucket/x: Could not connect")


def test_a_later_attempt_goes_on_in_the_output(root: Path) -> None:
    backend = LocalProcess(root, cpus=2)
    first = shell('echo one; echo \'{"a": 1}\' >> "$TUNESMITH_REPORTS"')
    before = follow(backend, [backend.start(first)])[first.name].last
    again = backend.start(replace(first, attempt=2))
    assert again == f"{first.name}~2"
    story = follow(backend, [again], {again: before.cursor})[again]
    assert (story.log, story.reports) == (b"one\n", b'{"a": 1}\n')
    for handle in attempts(again):
        assert list(backend.logs(handle)) == ["one", "one"]


def test_the_output_begins_anew_where_an_attempt_has_left_none(root: Path) -> None:
    backend = LocalProcess(root, cpus=2)
    job = shell("echo one")
    (lost,) = backend.poll({job.name: Cursor(log=4)})
    assert (lost.ending, lost.cursor) == (Ending.LOST, Cursor())
    again = backend.start(replace(job, attempt=2))
    assert follow(backend, [again], {again: lost.cursor})[again].log == b"one\n"


def test_all_attempts_up_to_one() -> None:
    assert attempts("job") == ["job"]
    assert attempts("job~3") == ["job", "job~2", "job~3"]
