"""Conformance C51: SageMaker's Python SDK v3, unmodified, in an environment of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SOURCE = HERE / "sdk_v2" / "source"  # the same script for both
Run = Callable[..., str]
Unpack = Callable[[str], Mapping[str, bytes]]

# The first run makes the environment, which takes minutes.
pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


@pytest.fixture
def run(run_client: Run) -> Run:
    """Run one of the programs; give what it printed."""
    programs = HERE / "sdk_v3"
    return lambda program, *arguments: run_client("sagemaker-v3", "python", programs / program, *arguments)


def test_tunes(run: Run, s3: Any, unpack: Unpack) -> None:
    s3.create_bucket(Bucket="v3-data")
    s3.put_object(Bucket="v3-data", Key="points/points.csv", Body=b"1,2\n2,4.1\n")
    output = run("tune.py", SOURCE, "s3://v3-data/points/")
    told: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    assert told["status"] == "Completed"
    best = min(told["frame"], key=lambda row: row["FinalObjectiveValue"])
    assert told["best"] == best["TrainingJobName"]
    assert sorted(told["training jobs"]) == sorted(row["TrainingJobName"] for row in told["frame"])
    assert len(told["frame"]) == 3
    model = json.loads(unpack(told["model"])["model.json"])
    assert model["optimizer"] == best["optimizer"]
    assert model["lr"] == pytest.approx(float(best["lr"]))
    assert told["listed"]
    assert not told["listed after deletion"]


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="the SDK's own entry point needs a real /opt/ml")
def test_trains_and_shows_the_log(run: Run, tmp_path: Path, unpack: Unpack) -> None:
    (tmp_path / "points.csv").write_text("1,2\n2,4.1\n")
    output = run("train.py", SOURCE, tmp_path)
    assert "epoch 3: validation loss=" in output
    model = json.loads(unpack(output.strip().splitlines()[-1].removeprefix("model: "))["model.json"])
    assert model["lr"] == 0.5
    assert model["optimizer"] == "sgd"
