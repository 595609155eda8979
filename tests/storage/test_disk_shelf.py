from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tunesmith.storage.disk_shelf import DiskShelf, copy
from tunesmith.storage.shelf import Entry, LocationError, TransferError


def _no_sharing(*_: object) -> int:
    raise OSError(errno.EXDEV, "other file system")


def _half_sharing(reader: int, writer: int, _: int) -> int:
    return os.write(writer, os.read(reader, 10)) if os.lseek(reader, 0, os.SEEK_CUR) < 30 else 0


@pytest.mark.parametrize("fault", [None, _no_sharing, _half_sharing])
def test_a_copy_is_a_file_of_its_own(fault: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault is not None:
        monkeypatch.setattr(os, "copy_file_range", fault)
    source, target = tmp_path / "source", tmp_path / "target"
    content = os.urandom(3_000_001)
    source.write_bytes(content)
    source.chmod(0o444)
    with source.open("rb") as file:
        copy(file, target)
    assert target.read_bytes() == content
    with target.open("r+b") as file:
        file.write(b"changed")
    assert source.read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source", "target"]


def test_files_are_found_in_order_and_a_path_is_no_prefix_of_names(tmp_path: Path) -> None:
    for name in ("data/b/2", "data/b/1", "data/a", "data-other"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("xyz")
    shelf, data = DiskShelf(), str(tmp_path / "data")
    assert list(shelf.entries(data)) == [Entry(f"{data}/{name}", 3) for name in ("a", "b/1", "b/2")]
    assert list(shelf.entries(f"{data}/a")) == [Entry(f"{data}/a", 3)]
    assert list(shelf.entries(f"{data}/none")) == []
    assert shelf.entry(f"{data}/a") == Entry(f"{data}/a", 3)
    assert shelf.entry(data) is None


def test_what_cannot_be_copied_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocationError, match=r"there is no file '.*nothing'"):
        DiskShelf().get(str(tmp_path / "nothing"), tmp_path / "copy")
    with pytest.raises(TransferError, match=r"cannot copy '.*file': .*No such file"):
        DiskShelf().get(str(tmp_path / "file"), tmp_path / "none" / "copy")
    with pytest.raises(TransferError, match=r"cannot write '.*file/x'"):
        DiskShelf().put(tmp_path / "file", str(tmp_path / "file" / "x"))
