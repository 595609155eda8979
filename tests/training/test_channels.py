from __future__ import annotations

from pathlib import Path

from tunesmith.training.channels import link, mount_points


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
