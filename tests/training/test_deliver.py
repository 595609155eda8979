from __future__ import annotations

import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from tunesmith.core.training_job import Command, TrainingJob
from tunesmith.storage.transfer import Places
from tunesmith.training import delivery
from tunesmith.training.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "job" / "ml")
    layout.create()
    return layout


def job(output: str | None) -> TrainingJob:
    return TrainingJob(name="j-1", work=Command(("true",)), output=output)


def run(layout: Layout, output: str | None, *staged: str) -> subprocess.CompletedProcess[str]:
    command = delivery.command(job(output), layout, staged, Places())
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_archives_go_where_sagemaker_puts_them(layout: Layout, tmp_path: Path) -> None:
    for _, archive in layout.archives:
        archive.write_text(archive.name)
    for _ in range(2):
        assert run(layout, f"file://{tmp_path}/out").returncode == 0
    delivered = tmp_path / "out" / "j-1" / "output"
    assert {path.name: path.read_text() for path in delivered.iterdir()} == {
        "model.tar.gz": "model.tar.gz",
        "output.tar.gz": "output.tar.gz",
    }


def test_an_empty_model_is_delivered_and_other_empty_folders_are_not(layout: Layout, tmp_path: Path) -> None:
    layout.output_data.rmdir()
    assert run(layout, str(tmp_path / "out")).returncode == 0
    (delivered,) = (tmp_path / "out" / "j-1" / "output").iterdir()
    with tarfile.open(delivered) as archive:
        assert archive.getnames() == []


def test_a_model_that_was_not_packed_is_no_empty_one(layout: Layout, tmp_path: Path) -> None:
    (layout.model / "weights").touch()
    done = run(layout, str(tmp_path / "out"))
    assert done.returncode == 1
    assert done.stderr == f"Data upload failed: '{layout.model}' could not be packed\n"


def test_a_place_that_takes_nothing_is_told(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(layout, str(tmp_path / "file"))
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"Data upload failed: cannot write '{tmp_path}/file/j-1/output/model.tar.gz'"
    )


def test_staged_data_is_removed_and_other_data_stays(layout: Layout) -> None:
    for name in ("there", "here"):
        (layout.data / name).mkdir()
        (layout.data / name / "x.csv").touch()
    assert run(layout, None, "there").returncode == 0
    assert [path.name for path in layout.data.iterdir()] == ["here"]


def test_checkpoints_are_kept_even_if_the_results_cannot_be(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (layout.checkpoints / "epoch").write_text("3")
    kept = replace(job(str(tmp_path / "file")), checkpoints=str(tmp_path / "kept"))
    command = delivery.command(kept, layout, (), Places())
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stderr.startswith("Data upload failed: ")
    assert (tmp_path / "kept" / "epoch").read_text() == "3"


def test_checkpoints_that_cannot_be_kept_are_told(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (layout.checkpoints / "epoch").write_text("3")
    command = delivery.command(replace(job(None), checkpoints=str(tmp_path / "file")), layout, (), Places())
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Checkpoint upload failed: ")
