from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith.training.location import local_path


def test_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    assert local_path("data", "channels") == tmp_path / "data"
    assert local_path("/data/x", "channels") == Path("/data/x")
    assert local_path("file:///data/x", "channels") == Path("/data/x")
    assert local_path("~/data", "channels") == Path("/home/someone/data")


@pytest.mark.parametrize("location", ["s3://bucket/key", "https://host/x", "", "a\0b"])
def test_other_places_are_refused_by_field(location: str) -> None:
    with pytest.raises(ValueError, match=r"channels: train: .*give a local path or a file:// address"):
        local_path(location, "channels: train")
