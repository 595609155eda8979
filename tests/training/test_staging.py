from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith.core.training_job import Channel
from tunesmith.storage.transfer import Places
from tunesmith.training import own_program
from tunesmith.training.layout import Layout
from tunesmith.training.staging import wrap


def test_the_plan_says_all_that_the_program_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "of-the-server")
    layout, places = Layout(tmp_path / "ml"), Places(endpoint="http://host")
    command = wrap(("echo", "x"), {"train": Channel("s3://bucket/x")}, layout, places)
    assert command[-2:] == ("echo", "x")
    plan = own_program.read(command[-3])
    assert plan["channels"] == [["s3://bucket/x", "S3Prefix", str(layout.data / "train")]]
    assert Places.from_json(plan["places"]) == places
    assert plan["environment"]["AWS_REGION"] == "of-the-server"
