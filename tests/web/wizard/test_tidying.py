from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tunesmith.core.training_job import Channel
from tunesmith.core.tuning_job import TuningJob, TuningStatus
from tunesmith.store.records import Change
from tunesmith.store.store import Store
from tunesmith.web.wizard.draft import ChannelRow, Draft
from tunesmith.web.wizard.drafts import Drafts
from tunesmith.web.wizard.sheet import Sheet
from tunesmith.web.wizard.tidying import tidy
from tunesmith.web.wizard.uploads import LIFETIME, Uploads

LATER = LIFETIME + timedelta(hours=1)
ANA = ("AKIA1", "a")


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path, lambda: datetime.now(UTC) + LATER)


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    return Drafts(tmp_path, lambda: datetime.now(UTC))


def uploaded(uploads: Uploads) -> Path:
    file = uploads.make_folder() / "train.csv"
    file.write_text("1,2\n")
    return file


def with_data(job: TuningJob, file: Path) -> TuningJob:
    return replace(job, channels={"train": Channel(str(file))})


def test_what_nothing_mentions_is_removed_when_it_is_old(
    uploads: Uploads, drafts: Drafts, tmp_path: Path
) -> None:
    file = uploaded(uploads)
    other = tmp_path / "uploads" / "notes"
    other.mkdir()
    with Store() as store:
        tidy(drafts, Uploads(tmp_path, lambda: datetime.now(UTC) + LIFETIME - timedelta(hours=1)), store)
        assert file.exists()
        tidy(drafts, uploads, store)
    assert not file.parent.exists()
    assert other.exists()  # of somebody else


def test_a_file_that_came_later_keeps_its_folder_young(uploads: Uploads, drafts: Drafts) -> None:
    file = uploaded(uploads)
    soon = (datetime.now(UTC) + LATER).timestamp()
    os.utime(file, (soon, soon))
    with Store() as store:
        tidy(drafts, uploads, store)
    assert file.exists()


@pytest.mark.parametrize("is_saved", [True, False])
def test_what_a_sheet_mentions_stays(
    uploads: Uploads, drafts: Drafts, tmp_path: Path, *, is_saved: bool
) -> None:
    table, channel = uploaded(uploads), uploaded(uploads)
    draft = Draft(channels=(ChannelRow(name="train", location=str(channel)),))
    drafts.put(ANA, Sheet(table=str(table), shelf={"xgboost": draft}))
    if is_saved:
        drafts.save(ANA)
        drafts = Drafts(tmp_path, lambda: datetime.now(UTC))
    with Store() as store:
        tidy(drafts, uploads, store)
        assert table.exists()
        assert channel.exists()
        drafts.drop(ANA)
        tidy(drafts, uploads, store)
    assert not table.exists()
    assert not channel.exists()


@pytest.mark.parametrize("is_alone", [True, False])
def test_what_a_job_mentions_stays_until_the_job_is_deleted(
    uploads: Uploads, drafts: Drafts, make_job: Callable[..., TuningJob], *, is_alone: bool
) -> None:
    file = uploaded(uploads)
    job = with_data(make_job("job", alone=is_alone), file)
    with Store() as store:
        store.create_tuning_job(job)
        store.record("job", Change(status=TuningStatus.COMPLETED, at=job.created_at))
        tidy(drafts, uploads, store)
        assert file.exists()  # it may be cloned
        if not is_alone:
            store.forget_tuning_job("job")
            tidy(drafts, uploads, store)
            assert not file.exists()


def test_what_a_request_mentions_stays(
    uploads: Uploads, drafts: Drafts, make_job: Callable[..., TuningJob]
) -> None:
    file = uploaded(uploads)
    with Store() as store:
        store.create_tuning_job(make_job("job"), request={"Input": [{"S3Uri": f"file://{file}"}]})
        tidy(drafts, uploads, store)
    assert file.exists()


def test_what_a_deleted_job_that_still_runs_mentions_stays(
    uploads: Uploads, drafts: Drafts, make_job: Callable[..., TuningJob]
) -> None:
    file = uploaded(uploads)
    with Store() as store:
        store.create_tuning_job(with_data(make_job("job"), file))
        store.forget_tuning_job("job")
        tidy(drafts, uploads, store)
    assert file.exists()


def test_with_a_second_database_nothing_is_removed(drafts: Drafts, tmp_path: Path) -> None:
    later = datetime.now(UTC) + LATER
    moved = tmp_path / "moved"
    (tmp_path / "data").mkdir()
    with Store(f"sqlite:///{tmp_path / 'data' / 'jobs.db'}") as first:
        tidy(drafts, Uploads(tmp_path / "data", lambda: later), first)  # before there is a file
    (tmp_path / "data").rename(moved)
    uploads = Uploads(moved, lambda: later)
    file = uploaded(uploads)
    with Store(f"sqlite:///{tmp_path / 'other.db'}") as second:
        tidy(drafts, uploads, second)
    with Store(f"sqlite:///{moved / 'jobs.db'}") as first:
        tidy(drafts, uploads, first)
        assert file.exists()
        (moved / "uploads" / ".databases").unlink()
        tidy(drafts, uploads, first)
        assert not file.exists()


def test_a_folder_that_moves_with_its_database_is_tidied(drafts: Drafts, tmp_path: Path) -> None:
    for folder in (tmp_path / "data", tmp_path / "moved"):
        if not folder.exists():
            folder.mkdir(exist_ok=True)
        uploads = Uploads(folder, lambda: datetime.now(UTC) + LATER)
        file = uploaded(uploads)
        with Store(f"sqlite:///{folder / 'jobs.db'}") as store:
            tidy(drafts, uploads, store)
        assert not file.exists()
        if folder.name == "data":
            folder.rename(tmp_path / "moved")


def test_what_somebody_has_taken_along_stays(uploads: Uploads, drafts: Drafts) -> None:
    file, other = uploaded(uploads), uploaded(uploads)
    uploads.keep(f"channels:\n  train: {file}\n  gone: /data/uploads/0123456789abcdef/x.csv\n")
    with Store() as store:
        tidy(drafts, uploads, store)
    assert file.exists()
    assert not other.parent.exists()
    assert (file.parents[1] / f"{file.parent.name}.kept").is_file()
