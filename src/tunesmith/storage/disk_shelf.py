"""Files of this machine under their paths, and copies of them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tunesmith.storage.shelf import Entry, LocationError, TransferError

_PARTIAL = ".partial"
_PIECE = 1 << 30  # bytes that the system is asked to copy at a time


def copy(source: BinaryIO, target: Path) -> None:
    """Copy an open file's content, by sharing its blocks where the file system can, to a file that appears at once.

    Never by a hard link: whoever writes into the copy, and root may write into anything, would change the source.
    """
    partial = target.with_name(f".{os.urandom(8).hex()}{_PARTIAL}")  # no object has this name by chance
    with partial.open("wb") as writer:
        if not _shared(source.fileno(), writer.fileno()):
            source.seek(0)
            writer.seek(0)
            shutil.copyfileobj(source, writer, 1 << 20)
    partial.replace(target)


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """Give the rest of an open file in pieces of bounded size."""
    while piece := file.read(1 << 20):
        yield piece


def is_partial(name: str) -> bool:
    """Whether a file's name is one of those that `copy` gives to what is not complete yet."""
    return re.fullmatch(rf"\.[0-9a-f]{{16}}\{_PARTIAL}", name) is not None


def _copy_file(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        copy(file, target)


def _shared(reader: int, writer: int) -> bool:
    """Have the system copy one open file into another; False if it cannot."""
    if not hasattr(os, "copy_file_range"):  # only Linux has it
        return False
    try:
        while os.copy_file_range(reader, writer, _PIECE):
            pass
    except OSError:  # other file systems, old kernels
        return False
    return os.fstat(reader).st_size == os.fstat(writer).st_size


@dataclass(frozen=True)
class DiskShelf:
    """Files of this machine; a key is an absolute path."""

    workers = 1

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Give the file of this path, or those of this folder and its folders, in order."""
        path = Path(prefix)
        if path.is_file():
            yield Entry(prefix, path.stat().st_size)
        for folder, subfolders, names in os.walk(path, followlinks=True):
            subfolders.sort()
            for name in sorted(names):
                file = Path(folder, name)
                if file.is_file():
                    yield Entry(str(file), file.stat().st_size)

    def entry(self, key: str) -> Entry | None:
        """Give the file of this path."""
        path = Path(key)
        return Entry(key, path.stat().st_size) if path.is_file() else None

    def get(self, key: str, target: Path) -> None:
        """Copy a file."""
        if not Path(key).is_file():
            msg = f"there is no file {key!r}"
            raise LocationError(msg)
        try:
            _copy_file(Path(key), target)
        except OSError as error:
            msg = f"cannot copy '{key}': {error}"
            raise TransferError(msg) from error

    def read(self, key: str) -> Iterator[bytes]:
        """Give a file's content."""
        try:
            with Path(key).open("rb") as file:
                yield from pieces(file)
        except OSError as error:
            msg = f"cannot read '{key}': {error}"
            raise TransferError(msg) from error

    def put(self, file: Path, key: str) -> None:
        """Copy a file to a path, whose folders are made."""
        try:
            Path(key).parent.mkdir(parents=True, exist_ok=True)
            _copy_file(file, Path(key))
        except OSError as error:
            msg = f"cannot write '{key}': {error}"
            raise TransferError(msg) from error

    def remove(self, key: str) -> None:
        """Remove a file; its folder stays."""
        try:
            Path(key).unlink(missing_ok=True)
        except OSError as error:
            msg = f"cannot remove '{key}': {error}"
            raise TransferError(msg) from error
