"""An extension: what is on this machine already need not be uploaded."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Build = Callable[..., dict[str, Any]]

SCRIPT = """
import os, pathlib
folder = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"])
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text("trained")
print(f"obj={(folder / 'value.txt').read_text()};")
"""


def test_data_comes_from_a_path_and_the_model_goes_to_one(
    sagemaker: Any, tuning: Build, new_name: Callable[..., str], wait: Build, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "value.txt").write_text("0.5")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"file://{tmp_path}/data"}}
    name = new_name("local")
    sagemaker.create_hyper_parameter_tuning_job(
        **tuning(
            name,
            SCRIPT,
            InputDataConfig=[{"ChannelName": "train", "DataSource": source}],
            OutputDataConfig={"S3OutputPath": f"file://{tmp_path}/models"},
        )
    )
    best = wait(name)["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 0.5
    job = sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    archive = Path(job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("file://"))
    assert archive.is_relative_to(tmp_path / "models")
    with tarfile.open(archive) as packed:
        assert packed.getnames() == ["model.txt"]
