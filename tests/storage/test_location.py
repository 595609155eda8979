from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith.storage.location import below, bucket_and_key, check_location, is_s3, local_path


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


def test_addresses_in_s3_are_split() -> None:
    assert is_s3("s3://b/x")
    assert not is_s3("/s3://b")
    assert bucket_and_key("s3://bucket/a/b.csv", "channels") == ("bucket", "a/b.csv")
    assert bucket_and_key("s3://bucket/", "channels") == ("bucket", "")
    assert bucket_and_key("s3://bucket", "channels") == ("bucket", "")


@pytest.mark.parametrize("location", ["s3://", "s3:///key", "/bucket/key", "s3://b/a\0b"])
def test_what_is_no_address_in_s3_is_refused_by_field(location: str) -> None:
    with pytest.raises(ValueError, match=r"output: .* is no address in S3; give s3://BUCKET/KEY"):
        bucket_and_key(location, "output")


def test_what_lies_below_a_location(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert below("s3://bucket", "j", "x") == "s3://bucket/j/x"
    assert below("s3://bucket/out/", "j", "x") == "s3://bucket/out/j/x"
    assert below("file:///", "j") == "/j"
    assert below("out", "j") == str(tmp_path / "out" / "j")


def test_a_location_is_a_path_or_an_address_in_s3() -> None:
    check_location("s3://bucket/x", "output")
    check_location("file:///x", "output")
    for location in ("s3:///x", "https://host/x", ""):
        with pytest.raises(ValueError, match=r"^output: "):
            check_location(location, "output")
