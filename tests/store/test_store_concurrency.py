from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import Change, TrialRecord
from tunesmith.store.store import Store

NOW = datetime.fromisoformat("2026-03-01T13:00:00.654321+00:00")

MakeJob = Callable[..., TuningJob]
MakeTrial = Callable[..., TrialRecord]
Program = Callable[..., Any]


def test_threads_share_a_store(store: Store, make_job: MakeJob, make_trial: MakeTrial) -> None:
    count, rounds = 6, 20
    errors: list[BaseException] = []

    def work(name: str) -> None:
        try:
            store.create_tuning_job(make_job(name))
            for number in range(1, rounds + 1):
                store.record(name, Change(trials=(make_trial(number, name=f"{name}-{number}"),), at=NOW))
                assert store.counts(name)[TrialState.PENDING] == number
        except BaseException as error:  # noqa: BLE001 -- raised again in the main thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"job{i}",)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [len(store.trials(f"job{i}")) for i in range(count)] == [rounds] * count


def test_processes_write_to_one_database(lasting_url: str, make_job: MakeJob, program: Program) -> None:
    names = ["one", "two", "three", "four"]
    with Store(lasting_url) as store:
        for name in names:
            store.create_tuning_job(make_job(name))
        writers = [program("write", lasting_url, name, 1, 60) for name in names]
        for writer in writers:
            assert writer.stdout.readline() == "ready\n"
        results = [None] * len(writers)

        def finish(index: int) -> None:
            results[index] = writers[index].communicate("go\n")

        threads = [threading.Thread(target=finish, args=(i,)) for i in range(len(writers))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        said = "".join(f"{number}\n" for number in range(1, 61))
        assert results == [(said, "")] * len(writers)
        for name in names:
            assert store.counts(name)[TrialState.COMPLETED] == 60


def test_a_killed_writer_leaves_whole_changes(
    file_url: str, tmp_path: Path, make_job: MakeJob, program: Program
) -> None:
    random_source = random.Random(20260301)
    written = 0
    with Store(file_url) as store:
        store.create_tuning_job(make_job())
    for _ in range(6):
        writer = program("write", file_url, "job", written + 1, 100_000)
        writer.stdin.write("go\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "ready\n"
        for _ in range(random_source.randint(1, 40)):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        writer.wait()
        acknowledged = max([acknowledged, *map(int, writer.stdout.read().split())])
        with Store(file_url) as store:
            counts = store.counts("job")
            written = counts[TrialState.COMPLETED]
            points = store.metric_points("job")
        assert written >= acknowledged
        assert counts[TrialState.PENDING] == 1
        assert [p.trial for p in points] == [n for n in range(1, written + 1) for _ in range(3)]
    with sqlite3.connect(tmp_path / "store.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
