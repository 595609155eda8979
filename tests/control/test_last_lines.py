from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tunesmith.backends.local_process import LocalProcess
from tunesmith.control.last_lines import last_lines
from tunesmith.core.training_job import Command, TrainingJob
from tunesmith.store.records import TrialRecord
from tunesmith.testing.backends import follow

TRIAL = TrialRecord(number=1, name="job-1", config={}, created_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def backend(tmp_path: Path) -> LocalProcess:
    return LocalProcess(tmp_path, cpus=1)


def ended(backend: LocalProcess, script: str) -> TrialRecord:
    handle = backend.start(TrainingJob(name=TRIAL.name, work=Command(("sh", "-c", script))))
    story = follow(backend, [handle])[handle]
    return replace(TRIAL, handle=handle, cursor=story.last.cursor)


def test_the_last_lines_are_given_and_no_more(backend: LocalProcess) -> None:
    trial = ended(backend, "seq 100")
    assert last_lines(backend, trial, 3) == ["98", "99", "100"]
    assert len(last_lines(backend, trial, 200)) == 100


def test_of_long_lines_only_the_end_is_read(backend: LocalProcess) -> None:
    trial = ended(backend, "head -c 100000 /dev/zero | tr '\\0' x; echo; echo end")
    long, end = last_lines(backend, trial, 2)
    assert set(long) == {"x"}
    assert len(long) < 3000
    assert end == "end"


def test_what_was_never_started_has_none(backend: LocalProcess) -> None:
    assert last_lines(backend, TRIAL, 3) == []
