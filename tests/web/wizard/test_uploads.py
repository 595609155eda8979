from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.web.wizard import uploads as module
from tunesmith.web.wizard.uploads import TooLarge, Uploads, safe_name


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path, lambda: datetime.now(UTC))


async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def test_a_file_gets_a_folder_of_its_own(uploads: Uploads, tmp_path: Path) -> None:
    first = anyio.run(uploads.receive, "a.csv", chunks(b"1,", b"2\n"))
    second = anyio.run(uploads.receive, "a.csv", chunks(b"3"))
    assert (first.read_bytes(), second.read_bytes()) == (b"1,2\n", b"3")
    assert first.parent != second.parent
    assert first.parent.parent == tmp_path / "uploads"
    assert first.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_too_large_leaves_nothing(
    uploads: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 3)
    with pytest.raises(TooLarge, match="give its path instead"):
        anyio.run(uploads.receive, "a.csv", chunks(b"12", b"34"))
    assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("train.csv", "train.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\my rows.csv", "my-rows.csv"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("..", "file"),
        ("", "file"),
        ("\u00e4\u00f6", "file"),
    ],
)
def test_names_lead_nowhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text())
def test_every_name_is_safe(name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert 0 < len(safe) <= 80
    assert safe[0] not in ".-"


def test_a_source_comes_as_a_folder_a_script_or_an_archive(uploads: Uploads, tmp_path: Path) -> None:
    script = tmp_path / "code" / "train.py"
    script.parent.mkdir()
    script.write_text("print()")
    with tarfile.open(tmp_path / "code.tar.gz", "w:gz") as archive:
        archive.add(script, "train.py")
    assert uploads.unpacked(script.parent) == script.parent
    assert uploads.unpacked(script) == script.parent
    unpacked = uploads.unpacked(tmp_path / "code.tar.gz")
    assert (unpacked / "train.py").read_text() == "print()"
    with pytest.raises(ValueError, match="neither a folder nor a"):
        uploads.unpacked(tmp_path / "notes.txt")


def test_an_archive_cannot_leave_its_folder(uploads: Uploads, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "code.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("../evil.py")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"1"))
    with pytest.raises(ValueError, match="evil"):
        uploads.unpacked(tmp_path / "code.tar.gz")
    assert list(tmp_path.rglob("evil.py")) == []
