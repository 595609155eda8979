from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tunesmith.backends.run_folder import RunFolder
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.storage.transfer import Places
from tunesmith.store.store import Store
from tunesmith.training.layout import Layout
from tunesmith.web.views.job_files import ARTIFACTS, CHECKPOINTS, JobFiles, checkpoint_place, last_lines


@pytest.fixture
def store(add_job: Callable[..., None], tmp_path: Path) -> Iterator[Store]:
    with Store() as store:
        output = str(tmp_path / "delivered")
        add_job(
            store, "churn", (0.5,), ended=TuningStatus.COMPLETED, output=output, checkpoints="s3://b/kept"
        )
        yield store


@pytest.fixture
def files(store: Store, tmp_path: Path) -> JobFiles:
    return JobFiles(tmp_path / "data", Places(), store.training_job("churn-0001"))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(RunFolder.of(tmp_path / "data", "churn-0001").base)
    layout.create()
    return layout


def test_artifacts_are_listed_where_they_are(files: JobFiles, layout: Layout, tmp_path: Path) -> None:
    assert files.artifacts() == []
    delivered = tmp_path / "delivered" / "churn-0001" / "output"
    delivered.mkdir(parents=True)
    (delivered / "output.tar.gz").write_bytes(b"123")
    (layout.artifacts / "model.tar.gz").write_bytes(b"12345")
    found = {each.name: (each.size, each.path is None) for each in files.artifacts()}
    assert found == {"model.tar.gz": (5, False), "output.tar.gz": (3, True)}
    elsewhere = files.find(ARTIFACTS, "output.tar.gz")
    assert elsewhere is not None
    assert b"".join(files.places.read(elsewhere.location or "")) == b"123"


def test_checkpoints_are_listed_but_not_what_links_lead_to(
    files: JobFiles, layout: Layout, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret")
    (layout.checkpoints / "deep").mkdir()
    (layout.checkpoints / "deep" / "epoch-1").write_bytes(b"1")
    (layout.checkpoints / "link").symlink_to(secret / "key")
    (layout.checkpoints / "folder").symlink_to(secret)
    assert [each.name for each in files.checkpoints()] == ["deep/epoch-1"]
    found = files.find(CHECKPOINTS, "deep/epoch-1")
    assert found is not None
    assert found.location == "s3://b/kept/churn-0001/deep/epoch-1"
    assert checkpoint_place(files.record) == "s3://b/kept/churn-0001"


@pytest.mark.parametrize(
    "name", ["../spec", "deep/../../spec", "/etc/passwd", "link", "folder/key", "", ".", "deep", "nothing"]
)
def test_no_name_leads_elsewhere(files: JobFiles, layout: Layout, name: str) -> None:
    (layout.checkpoints / "deep").mkdir()
    (layout.base.parent / "spec").write_text("secret")
    (layout.checkpoints / "link").symlink_to(layout.base.parent / "spec")
    (layout.checkpoints / "folder").symlink_to(layout.base.parent)
    for kind in (ARTIFACTS, CHECKPOINTS, "..", "log"):
        assert files.find(kind, name) is None


def test_the_last_lines_of_the_log(files: JobFiles, layout: Layout) -> None:
    (layout.base.parent / "output.log").write_text("one\ntwo\nthree\n")
    assert last_lines(files.log(), 2) == ["two", "three"]
    assert last_lines(None, 2) == []
