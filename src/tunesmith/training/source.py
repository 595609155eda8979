"""The user's source, frozen: a folder or tarball becomes a snapshot that is named by its content."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from tunesmith.core.training_job import Script
from tunesmith.storage.location import is_s3, local_path
from tunesmith.storage.shelf import TransferError
from tunesmith.storage.transfer import Places
from tunesmith.training import tarball

MAX_BYTES = 2**30
MAX_ENTRIES = 20_000

_SKIPPED = frozenset(
    {
        ".DS_Store",
        ".git",
        ".hg",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".tunesmith",
        ".venv",
        "__pycache__",
        "node_modules",
    }
)
_HASH = re.compile(r"[0-9a-f]{64}")

_Stamp: TypeAlias = tuple[tuple[str, int, int, int, int], ...]
_Identity: TypeAlias = tuple[int, int]  # device and number of a folder, under whatever path

_memo: dict[tuple[Path, Path], tuple[_Stamp, Path]] = {}  # (source, snapshots) -> its state, its snapshot


def snapshot(source: str, cache: Path, places: Places | None = None) -> Path:
    """Freeze a source folder or .tar.gz; return the folder of its content, `cache/sources/<sha256>`.

    Version control, virtual environments and caches are left out; links are followed. Two sources of the same
    content share a snapshot; it never changes, and is its own snapshot, also when the cache has been moved. An
    unchanged source is not read again. A .tar.gz may be in S3, which `places` says where to find; it is fetched each
    time. Raises ValueError, naming the source, if it is missing, unsafe or too large, or cannot be fetched.
    """
    if is_s3(source):
        return _fetched(source, cache, places or Places())
    path, sources = local_path(source, "source"), cache.absolute() / "sources"
    itself = sources / path.name
    if _HASH.fullmatch(path.name) and itself.is_dir() and (path == itself or not path.exists()):
        return itself
    stamp = _stamp(path, cache)
    known = _memo.get((path, sources))
    if known is not None and known[0] == stamp and known[1].is_dir():
        return known[1]
    made = _freeze(path, sources, cache)
    _memo[path, sources] = stamp, made
    return made


def frozen(script: Script, cache: Path, places: Places | None = None) -> Script:
    """The same script in a snapshot of its source, which later changes do not touch. Raises as `snapshot` does."""
    return replace(script, source=str(snapshot(script.source, cache, places)))


def copy(snapshot: Path, code: Path) -> None:
    """Copy a snapshot to `code` in one step, for a job that may change it; nothing to do if it is there."""
    if code.exists():
        return
    partial = code.with_name(f".{code.name}.partial")
    if partial.exists():
        shutil.rmtree(partial)
    shutil.copytree(snapshot, partial)
    partial.rename(code)


def _fetched(address: str, cache: Path, places: Places) -> Path:
    """Freeze a .tar.gz that is in S3."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetched-") as folder:
        archive = Path(folder, "source.tar.gz")
        try:
            places.fetch_file(address, archive, MAX_BYTES)
            return _freeze(archive, cache.absolute() / "sources", cache)
        except TransferError as error:
            msg = f"source: {address!r} cannot be fetched: {error}"
            raise ValueError(msg) from error
        except ValueError as error:  # it names the copy, which the user does not know
            raise ValueError(str(error).replace(str(archive), address)) from error


def _stamp(path: Path, cache: Path) -> _Stamp:
    """Give what changes whenever the source does, without reading its files."""
    if path.is_file():
        return (_signature(path, path.stat()),)
    if not path.is_dir():
        msg = f"source: '{path}' does not exist; give a folder or a .tar.gz of a folder's contents"
        raise ValueError(msg)
    return tuple(_signature(entry, entry.stat()) for entry in _Tree(path, path, cache).entries())


def _signature(path: os.PathLike[str], stat: os.stat_result) -> tuple[str, int, int, int, int]:
    return os.fspath(path), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_mode


def _freeze(path: Path, sources: Path, cache: Path) -> Path:
    """Copy the source aside, hash what was copied, and give the copy its final name."""
    sources.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=sources, prefix=".new-") as new:
        folder, aside = path, Path(new, "copy")
        if path.is_file():
            folder = Path(new, "extracted")
            tarball.extract(path, folder, MAX_BYTES, MAX_ENTRIES)
        target = sources / _Tree(path, folder, cache).copy(aside)
        if not target.is_dir():
            try:
                aside.rename(target)
            except OSError:
                if not target.is_dir():  # else another process was faster
                    raise
    return target


@dataclass(frozen=True)
class _Tree:
    """What counts as source in a folder."""

    source: Path  # as the user knows it
    folder: Path  # where it is to be read
    cache: Path  # this and the folder around it are not part of the source, even if they lie inside

    def copy(self, target: Path) -> str:
        """Copy the tree; return the SHA-256 of its names, modes and contents, as they were copied."""
        target.mkdir()
        digest = hashlib.sha256()
        for entry in self.entries():
            name = Path(entry).relative_to(self.folder)
            kind = _copy_entry(entry, target / name)
            digest.update(b"%d %s %s" % (len(os.fsencode(name)), os.fsencode(name), kind.encode()))
        return digest.hexdigest()

    def entries(self) -> Iterator[os.DirEntry[str]]:
        """Walk folders and files in order. Raises ValueError when they are too many or too large."""
        # The cache lies in the data folder, which fills up while training jobs run.
        own = (self.cache, self.cache.parent)
        closed = tuple(_identity(folder.stat()) for folder in own if folder.exists())
        size = 0
        for count, entry in enumerate(_walk(self.folder, closed), start=1):
            size += entry.stat().st_size if entry.is_file() else 0
            if count > MAX_ENTRIES or size > MAX_BYTES:
                msg = (
                    f"source: '{self.source}' is refused: it holds more than {MAX_BYTES >> 20} MiB or "
                    f"{MAX_ENTRIES} files and folders (give data as channels)"
                )
                raise ValueError(msg)
            yield entry


def _walk(folder: str | Path, closed: tuple[_Identity, ...]) -> Iterator[os.DirEntry[str]]:
    """Walk in order of names, following links, but not into folders that are closed or being walked."""
    closed = (*closed, _identity(Path(folder).stat()))
    with os.scandir(folder) as entries:
        ordered = sorted((e for e in entries if e.name not in _SKIPPED), key=lambda entry: entry.name)
    for entry in ordered:
        if entry.is_file():
            yield entry
        elif entry.is_dir() and _identity(entry.stat()) not in closed and not _is_environment(entry):
            yield entry
            yield from _walk(entry.path, closed)


def _identity(stat: os.stat_result) -> _Identity:
    return stat.st_dev, stat.st_ino


def _is_environment(folder: os.DirEntry[str]) -> bool:
    return Path(folder, "pyvenv.cfg").exists()


def _copy_entry(entry: os.DirEntry[str], place: Path) -> str:
    """Copy a file or make a folder; return what there is to know of it beside its name."""
    if entry.is_dir():
        place.mkdir()
        return "folder"
    executable = bool(entry.stat().st_mode & 0o100)
    shutil.copyfile(entry, place)
    place.chmod(0o755 if executable else 0o644)
    with place.open("rb") as file:
        return f"{executable:d} {hashlib.file_digest(file, 'sha256').hexdigest()}"
