from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import psutil
import pytest
from sqlalchemy import create_engine, func, make_url, select
from sqlalchemy.pool import NullPool

from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.claim import ADVISORY, file_lock
from tunesmith.store.errors import Claimed
from tunesmith.store.store import Store

MakeJob = Callable[..., TuningJob]
Program = Callable[..., Any]


def start_holder(program: Program, what: str, url: str) -> tuple[Any, str]:
    """A process that has claimed the tuning job `job`, and what it said of that."""
    holder = program(what, url, "job")
    holder.stdin.write("go\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "ready\n"
    return holder, holder.stdout.readline().strip()


def test_one_at_a_time_may_drive_a_tuning_job(store: Store, make_job: MakeJob) -> None:
    for name in ("job", "other"):
        store.create_tuning_job(make_job(name))
    with store.claim("job"):
        with pytest.raises(Claimed, match="'JOB' is being run by"), store.claim("JOB"):
            pytest.fail("claimed twice")
        with store.claim("other"):
            pass
    with store.claim("job"):
        pass


def test_a_claim_ends_with_an_error_inside(store: Store, make_job: MakeJob) -> None:
    store.create_tuning_job(make_job())
    with pytest.raises(ZeroDivisionError), store.claim("job"):
        _ = 1 / 0
    with store.claim("job"):
        pass


def test_claims_of_stores_in_memory_are_their_own(make_job: MakeJob) -> None:
    with Store() as one, Store() as two:
        one.create_tuning_job(make_job())
        two.create_tuning_job(make_job())
        with one.claim("job"), two.claim("job"):
            pass


def test_a_claim_names_its_holder_and_leaves_no_file(
    file_url: str, tmp_path: Path, make_job: MakeJob
) -> None:
    with Store(file_url) as store, Store(file_url) as other:
        store.create_tuning_job(make_job())
        with store.claim("job"), pytest.raises(Claimed) as caught, other.claim("job"):
            pytest.fail("claimed twice")
        assert (caught.value.name, caught.value.pid) == ("job", os.getpid())
    assert [path.name for path in tmp_path.iterdir()] == ["store.db"]


def test_a_killed_holders_claim_is_free_at_once(file_url: str, make_job: MakeJob, program: Program) -> None:
    with Store(file_url) as store:
        store.create_tuning_job(make_job())
        holder, _ = start_holder(program, "hold", file_url)
        with pytest.raises(Claimed, match=f"by process {holder.pid}"), store.claim("job"):
            pytest.fail("claimed twice")
        holder.kill()
        holder.wait()
        with store.claim("job"):
            pass


def test_a_killed_holders_child_does_not_keep_the_claim(
    file_url: str, make_job: MakeJob, program: Program
) -> None:
    with Store(file_url) as store:
        store.create_tuning_job(make_job())
        holder, said = start_holder(program, "hold_with_child", file_url)
        child = psutil.Process(int(said.removeprefix("claimed ")))
        holder.kill()
        holder.wait()
        try:
            with store.claim("job"):
                assert child.is_running()
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()


def test_the_server_frees_a_killed_holders_claim(
    postgresql_url: str, make_job: MakeJob, program: Program
) -> None:
    engine = create_engine(make_url(postgresql_url), poolclass=NullPool)
    with Store(postgresql_url) as store:
        store.create_tuning_job(make_job())
        holder, _ = start_holder(program, "hold", postgresql_url)
        with pytest.raises(Claimed, match="by another process"), store.claim("job"):
            pytest.fail("claimed twice")
        holder.kill()
        with engine.connect() as connection:  # waits until the server has noticed
            connection.execute(select(func.pg_advisory_lock(ADVISORY, 1)))
        with store.claim("job"):
            pass


def test_a_lock_file_that_was_left_behind_is_no_claim(
    file_url: str, tmp_path: Path, make_job: MakeJob
) -> None:
    (tmp_path / "store.db-lock-1").write_text(str(os.getpid()))
    with Store(file_url) as store:
        store.create_tuning_job(make_job())
        with store.claim("job"):
            pass


def test_a_lock_file_that_was_removed_while_waiting_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    flock = fcntl.flock
    removed: list[Path] = []

    def removed_by_its_last_holder(file: IO[str], operation: int) -> None:
        if not removed:
            path.unlink()
            removed.append(path)
        flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", removed_by_its_last_holder)
    with file_lock(path):
        assert removed == [path]
        assert path.read_text() == str(os.getpid())


def test_waiting_threads_hold_a_lock_file_in_turn(tmp_path: Path) -> None:
    inside: list[int] = []
    overlaps: list[int] = []

    def work(index: int) -> None:
        for _ in range(50):
            with file_lock(tmp_path / "lock"):
                inside.append(index)
                overlaps.append(len(inside))
                inside.remove(index)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == [1] * 200
    assert list(tmp_path.iterdir()) == []
