from __future__ import annotations

import gzip
import io
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunesmith.training.tarball import extract

LIMITS = 2**20, 100


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, size
    return made


def pack(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for each in members:
            tar.addfile(each, io.BytesIO(b"x" * each.size))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_folders_and_modes(tmp_path: Path) -> None:
    script = member("./bin/run.sh", size=3)
    script.mode = 0o4755
    archive = pack(
        tmp_path / "a.tar.gz", member(".", tarfile.DIRTYPE), script, member("empty", tarfile.DIRTYPE)
    )
    extract(archive, tmp_path / "out", *LIMITS)
    assert (tmp_path / "out" / "bin" / "run.sh").read_text() == "xxx"
    assert (tmp_path / "out" / "bin" / "run.sh").stat().st_mode & 0o7777 == 0o755
    assert (tmp_path / "out" / "empty").is_dir()


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([member("../evil", size=1)], "'../evil' leads out of it"),
        ([member("a/../../evil", size=1)], "leads out of it"),
        ([member("/evil", size=1)], "leads out of it"),
        ([member("..", tarfile.DIRTYPE)], "leads out of it"),
        ([member("link", tarfile.SYMTYPE, "/etc/passwd")], "leads out of it"),
        ([member("link", tarfile.SYMTYPE, "../x")], "leads out of it"),
        ([member("link", tarfile.SYMTYPE, "a/../../x")], "leads out of it"),
        ([member("hard", tarfile.LNKTYPE, "/etc/passwd")], "leads out of it"),
        ([member("a/hard", tarfile.LNKTYPE, "../x")], "leads out of it"),
        ([member("a", tarfile.SYMTYPE, "b"), member("a/x", tarfile.SYMTYPE, "c")], "lies below a link"),
        ([member("a", tarfile.SYMTYPE, "b"), member("a/x", size=1)], "File exists"),
        ([member("null", tarfile.CHRTYPE)], "'null' is no file, folder or link"),
        ([member("disk", tarfile.BLKTYPE)], "is no file, folder or link"),
        ([member("pipe", tarfile.FIFOTYPE)], "is no file, folder or link"),
        ([member("big", size=2**20)], "unpacks to more than is allowed"),
        ([member(f"f{i}") for i in range(101)], "more than 100 members"),
        ([member("x", size=1), member("x/y", size=1)], "cannot be unpacked"),
    ],
)
def test_evil_tarballs_are_refused_and_leave_nothing_outside(
    members: list[tarfile.TarInfo], why: str, tmp_path: Path
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(ValueError, match=f"source: '.*evil.tar.gz' is refused: .*{why}"):
        extract(pack(inner / "evil.tar.gz", *members), inner / "out", *LIMITS)
    assert names(tmp_path) == ["inner"]
    assert names(inner) == ["evil.tar.gz", "out"]


def test_a_bomb_is_refused_by_what_comes_out_of_it(tmp_path: Path) -> None:
    bomb = pack(tmp_path / "bomb.tar.gz", member("zeros", size=64 * 2**20))
    assert bomb.stat().st_size < 2**20
    with pytest.raises(ValueError, match="unpacks to more than is allowed"):
        extract(bomb, tmp_path / "out", *LIMITS)
    assert (tmp_path / "out" / "zeros").stat().st_size <= 2**20


def test_a_bomb_in_a_header_is_refused(tmp_path: Path) -> None:
    long = member("x")
    long.pax_headers = {"comment": "x" * 8 * 2**20}
    with pytest.raises(ValueError, match="unpacks to more than is allowed"):
        extract(pack(tmp_path / "bomb.tar.gz", long), tmp_path / "out", *LIMITS)


def test_a_cut_tarball_is_refused(tmp_path: Path) -> None:
    whole = pack(tmp_path / "whole.tar.gz", member("a", size=100_000)).read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="cannot be unpacked"):
        extract(tmp_path / "cut.tar.gz", tmp_path / "out", *LIMITS)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_ends_in_files_or_in_a_plain_refusal(data: st.DataObject, tmp_path: Path) -> None:
    whole = pack(tmp_path / "w.tar.gz", member("a/b", size=600), member("l", tarfile.SYMTYPE, "a"))
    content = bytearray(gzip.decompress(whole.read_bytes()))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 2600))] = data.draw(st.integers(0, 255))
    archive = tmp_path / "damaged.tar.gz"
    archive.write_bytes(gzip.compress(bytes(content)))
    target = tmp_path / "outs" / str(len(list((tmp_path / "outs").glob("*"))))
    with suppress(ValueError):
        extract(archive, target, *LIMITS)
    assert names(tmp_path) == ["damaged.tar.gz", "outs", "w.tar.gz"]
