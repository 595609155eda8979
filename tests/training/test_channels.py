from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith.core.training_job import Channel
from tunesmith.training.channels import link, local, mount_points, resolved, staged


def test_channels_are_here_or_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "list").touch()
    monkeypatch.chdir(tmp_path)
    given: dict[str, str | Channel] = {
        "text": "data",
        "here": Channel("file://" + str(tmp_path / "data"), "text/csv"),
        "list": Channel("list", data_type="ManifestFile"),
        "there": "s3://bucket/prefix",
        "fast": Channel("s3://bucket/x", input_mode="FastFile"),
    }
    found = resolved(given)
    assert local(found) == {"text": tmp_path / "data", "here": tmp_path / "data"}
    assert found["here"].content_type == "text/csv"
    assert staged(found) == {
        "list": Channel(str(tmp_path / "list"), data_type="ManifestFile"),
        "there": Channel("s3://bucket/prefix"),
        "fast": Channel("s3://bucket/x", input_mode="FastFile"),
    }


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        (Channel("/", input_mode="Pipe"), "train: input_mode: 'Pipe' is not supported; use File or FastFile"),
        (
            Channel("/", data_type="Converse"),
            "train: data_type: 'Converse' is not supported; use S3Prefix or M",
        ),
        ("s3:///x", "train: 's3:///x' is no address in S3; give s3://BUCKET/KEY"),
        ("https://host/x", "train: 'https://host/x' is not on this machine"),
    ],
)
def test_a_channel_that_cannot_be_given_is_refused(channel: str | Channel, why: str) -> None:
    with pytest.raises(ValueError, match=f"^channels: {why}"):
        resolved({"train": channel})


def test_folders_and_files_are_linked_and_links_follow_a_change(tmp_path: Path) -> None:
    old, new, file, data = (tmp_path / name for name in ("old", "new", "x.csv", "data"))
    for folder in (old, new, data):
        folder.mkdir()
    (new / "part.csv").write_text("new")
    file.write_text("1,2")
    link(data, {"train": old, "test": file})
    link(data, {"train": new, "test": file})
    link(data, {"train": new, "test": file})
    assert (data / "train" / "part.csv").read_text() == "new"
    assert (data / "test" / "x.csv").read_text() == "1,2"
    assert (data / "test").is_dir()
    assert sorted(path.name for path in data.iterdir()) == ["test", "train"]


def test_mount_points_are_empty_and_survive_repetition(tmp_path: Path) -> None:
    folder, file, data = (tmp_path / name for name in ("folder", "x.csv", "data"))
    folder.mkdir()
    data.mkdir()
    file.write_text("1,2")
    channels = {"train": folder, "test": file}
    pairs = mount_points(data, channels)
    assert pairs == mount_points(data, channels)
    assert pairs == ((folder, data / "train"), (file, data / "test" / "x.csv"))
    assert (data / "train").is_dir()
    assert (data / "test" / "x.csv").read_text() == ""


@pytest.mark.parametrize("name", ["", "a/b", "..", ".", "a b", "ä", "x" * 65])
def test_a_bad_channel_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"channels: .*is no channel name; use 1 to 64 letters"):
        resolved({name: str(tmp_path)})


def test_a_channel_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"channels: train: .*nowhere' does not exist; give a local"):
        resolved({"train": str(tmp_path / "nowhere")})
