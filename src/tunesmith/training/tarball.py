"""Unpacking of tarballs that nobody vouches for."""

from __future__ import annotations

import gzip
import os
import tarfile
import zlib
from pathlib import Path
from typing import NoReturn


class _Bounded(gzip.GzipFile):
    """A stream that ends with an error after `limit` bytes, whatever the archive's headers claim."""

    def __init__(self, archive: Path, limit: int) -> None:
        super().__init__(archive, "rb")
        self.archive, self.left = archive, limit

    def read(self, size: int | None = -1) -> bytes:
        wanted = self.left + 1 if size is None or size < 0 else min(size, self.left + 1)
        data = super().read(wanted)
        self.left -= len(data)
        if self.left < 0:
            _refuse(self.archive, "it unpacks to more than is allowed for source (give data as channels)")
        return data


def extract(archive: Path, target: Path, max_bytes: int, max_members: int) -> None:
    """Unpack a .tar.gz into `target`, a folder that does not exist yet.

    Files are written before any link exists, so none is written through one; nothing is placed below a link, and
    a link's path is made normal before, so that no chain of links leads out either. Raises ValueError, naming the
    member, for paths and links that lead out of the archive, for devices and other special files, and for archives
    of more than `max_bytes` or `max_members`.
    """
    target.mkdir(parents=True)
    try:
        with _Bounded(archive, max_bytes) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            links = _write_members(archive, tar, target, max_members)
        _make_links(archive, links, target)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        _refuse(archive, f"it cannot be unpacked as the .tar.gz of a folder's contents ({error})")


def _write_members(
    archive: Path, tar: tarfile.TarFile, target: Path, max_members: int
) -> dict[Path, tarfile.TarInfo]:
    """Write files and folders; return the links by their paths in the archive."""
    links = {}
    for number, member in enumerate(tar, start=1):
        if number > max_members:
            _refuse(archive, f"it holds more than {max_members} members")
        name = _inside(archive, member, Path(member.name))
        if member.issym() or member.islnk():
            links[name] = member
        elif member.isdir():
            (target / name).mkdir(parents=True, exist_ok=True)
        elif member.isreg():
            _write(tar, member, target / name)
        else:
            _refuse(archive, f"{member.name!r} is no file, folder or link")
    return links


def _inside(archive: Path, member: tarfile.TarInfo, path: Path) -> Path:
    """Give the normal form of a path below the archive's root; refuse one that is not below."""
    normal = Path(os.path.normpath(path))
    if normal.is_absolute() or normal.parts[:1] == ("..",) or "\0" in str(path):
        _refuse(archive, f"{member.name!r} leads out of it")
    return normal


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    assert content is not None  # noqa: S101 - only links and special files have no content
    with content, place.open("wb") as file:
        while block := content.read(2**20):
            file.write(block)
    place.chmod(0o755 if member.mode & 0o100 else 0o644)


def _make_links(archive: Path, links: dict[Path, tarfile.TarInfo], target: Path) -> None:
    for name, member in links.items():
        if any(parent in links for parent in name.parents):
            _refuse(archive, f"{member.name!r} lies below a link")
        folder = Path() if member.islnk() else name.parent  # hard links count from the archive's root
        aim = _inside(archive, member, folder / member.linkname)
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(os.path.relpath(target / aim, place.parent))


def _refuse(archive: Path, why: str) -> NoReturn:
    msg = f"source: '{archive}' is refused: {why}"
    raise ValueError(msg)
