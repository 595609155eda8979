from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tunesmith.core.training_job import Channel
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.transfer import Places
from tunesmith.training.layout import Layout
from tunesmith.training.staging import wrap


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "job" / "ml")
    layout.create()
    return layout


@pytest.fixture
def places(tmp_path: Path) -> Places:
    store = ObjectStore(tmp_path / "objects")
    store.create_bucket("bucket")
    store.put("bucket", "train/x.csv", [b"1,2"])
    store.put("bucket", "bad/../x.csv", [b"1,2"])
    return Places(tmp_path / "objects")


def run(command: tuple[str, ...], **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


def test_the_data_is_there_when_the_command_runs(layout: Layout, places: Places) -> None:
    command = ("sh", "-c", "cat $0 && echo $OWN", str(layout.data / "train" / "x.csv"))
    wrapped = wrap(command, {"train": Channel("s3://bucket/train")}, layout, places)
    assert run(wrapped, OWN="own").stdout == "1,2own\n"
    assert not layout.failure.exists()
    assert not layout.trouble.exists()


@pytest.mark.parametrize(
    ("location", "why"),
    [
        (
            "s3://bucket/none",
            'No S3 objects found under S3 URL "s3://bucket/none" given in input data source.',
        ),
        ("s3://missing/x", "there is no bucket 'missing'"),
        ("s3://bucket/bad", "the key 'bad/../x.csv' cannot be laid out as a file"),
    ],
)
def test_a_channel_without_data_is_the_jobs_failure(
    location: str, why: str, layout: Layout, places: Places
) -> None:
    done = run(wrap(("echo", "ran"), {"train": Channel(location)}, layout, places))
    assert (done.returncode, done.stdout) == (1, "")
    assert layout.failure.read_text().startswith("ClientError: ")
    assert why in layout.failure.read_text()
    assert why in done.stderr
    assert not layout.trouble.exists()


def test_a_broken_connection_is_no_failure_of_the_job(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    places = Places(endpoint="http://127.0.0.1:9")
    wrapped = wrap(("echo", "ran"), {"train": Channel("s3://bucket/x")}, layout, places)
    assert run(wrapped).returncode == 1
    assert layout.trouble.read_text().startswith("Data download failed: s3://bucket/x: Could not connect")
    assert not layout.failure.exists()


def test_a_command_that_cannot_run_is_named(layout: Layout, places: Places) -> None:
    done = run(wrap(("/no/such/program",), {"train": Channel("s3://bucket/train")}, layout, places))
    assert done.stderr.startswith("cannot run '/no/such/program': ")
