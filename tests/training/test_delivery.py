from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith.core.training_job import Command, TrainingJob
from tunesmith.storage.transfer import Places
from tunesmith.training import delivery, own_program
from tunesmith.training.layout import Layout

JOB = TrainingJob(name="j-1", work=Command(("true",)))


def test_nothing_to_do_is_no_command(tmp_path: Path) -> None:
    assert delivery.command(JOB, Layout(tmp_path / "job" / "ml"), (), Places()) == ()
    assert list(tmp_path.iterdir()) == []


def test_without_an_output_only_staged_data_is_removed(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "ml")
    plan = own_program.read(delivery.command(JOB, layout, ["train"], Places())[-1])
    assert (plan["archives"], plan["discard"]) == ([], [str(layout.data / "train")])


@pytest.mark.parametrize("output", ["s3://bucket/out", "s3://bucket/out/"])
def test_an_artifact_is_where_sagemaker_puts_it(output: str) -> None:
    place = "s3://bucket/out/j-1/output/model.tar.gz"
    assert delivery.location(output, "j-1", "model.tar.gz") == place
