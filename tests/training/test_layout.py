from __future__ import annotations

import json
from pathlib import Path

import pytest

from tunesmith.core.training_job import Channel
from tunesmith.training.layout import Layout, Place, check_channels, input_data_config, resource_config


def test_the_folders_are_those_of_a_sagemaker_container() -> None:
    layout = Layout(Path("/opt/ml"))
    assert {
        str(path.relative_to("/opt/ml"))
        for path in (
            layout.config, layout.data, layout.code, layout.model, layout.output_data,
            layout.intermediate, layout.failure, layout.checkpoints,
        )
    } == {
        "input/config", "input/data", "code", "model", "output/data",
        "output/intermediate", "output/failure", "checkpoints",
    }  # fmt: skip


def test_creating_the_folders_twice_keeps_what_is_in_them(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "job" / "ml")
    layout.create()
    (layout.checkpoints / "epoch-3").write_text("weights")
    layout.create()
    assert (layout.checkpoints / "epoch-3").read_text() == "weights"
    assert not layout.code.exists()
    assert not layout.failure.exists()
    assert all(folder.is_dir() and archive.parent.is_dir() for folder, archive in layout.archives)


def test_archives_take_sagemakers_names() -> None:
    layout = Layout(Path("/opt/ml"))
    assert [(folder, archive.name) for folder, archive in layout.archives] == [
        (layout.model, "model.tar.gz"),
        (layout.output_data, "output.tar.gz"),
    ]
    assert not any(archive.is_relative_to(folder) for folder, archive in layout.archives)


def test_the_three_files(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    given = Channel("/y", "text/csv", "FastFile", distribution="ShardedByS3Key", record_wrapper="RecordIO")
    inputs = {"b": Channel("/x"), "a": given}
    for _ in range(2):
        layout.write_config({"lr": "0.1"}, input_data_config(inputs), resource_config("algo-1", "lo"))
    read = {path.name: json.loads(path.read_text()) for path in layout.config.iterdir()}
    channel = {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    group = {"instance_group_name": "homogeneousCluster", "instance_type": "local", "hosts": ["algo-1"]}
    assert read == {
        "hyperparameters.json": {"lr": "0.1"},
        "inputdataconfig.json": {
            "a": {
                "TrainingInputMode": "FastFile",
                "S3DistributionType": "ShardedByS3Key",
                "RecordWrapperType": "RecordIO",
                "ContentType": "text/csv",
            },
            "b": channel,
        },
        "resourceconfig.json": {
            "current_host": "algo-1",
            "current_instance_type": "local",
            "current_group_name": "homogeneousCluster",
            "hosts": ["algo-1"],
            "instance_groups": [group],
            "network_interface_name": "lo",
        },
    }


def test_a_place_is_isolated_when_the_job_sees_other_paths() -> None:
    disk = Layout(Path("/jobs/1"))
    assert not Place(disk=disk, seen=disk, host="localhost").is_isolated
    assert Place(disk=disk, seen=Layout(Path("/opt/ml")), host="algo-1").is_isolated


def test_channels_get_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "x.csv").touch()
    monkeypatch.chdir(tmp_path)
    assert check_channels({"train": "data", "my-channel_1.x": f"file://{tmp_path}/x.csv"}) == {
        "train": str(tmp_path / "data"),
        "my-channel_1.x": str(tmp_path / "x.csv"),
    }
