from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tunesmith.control.service import Service
from tunesmith.core.training_job import Command, TrainingJob
from tunesmith.server.job_logs import RunFolderLogs
from tunesmith.store.store import Store


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[RunFolderLogs]:
    with Store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        service = Service(store, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
        service.create_training_job(TrainingJob(name="Job", work=Command(("true",)), max_seconds=60))
        yield RunFolderLogs(store, tmp_path)


def test_a_job_that_nobody_knows_has_no_log(logs: RunFolderLogs) -> None:
    assert logs.find("nobody") is None
    assert logs.find("../Job") is None


def test_one_that_has_not_begun_has_none_yet(logs: RunFolderLogs) -> None:
    assert logs.find("Job") is None
