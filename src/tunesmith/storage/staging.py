"""Files that are being written, and are not part of anything yet."""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from base64 import b64encode
from collections.abc import Collection, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tunesmith.storage.checksums import DIGESTS
from tunesmith.storage.records import Checksum


class Staged:
    """A new file that vanishes with its context unless it is moved away.

    While it is being written its writer holds a lock on it, so that others can tell it from what a dead writer left.
    """

    def __init__(self, folder: Path, digests: Collection[str] = ("MD5",)) -> None:
        self._digests = {name: DIGESTS[name]() for name in digests}
        self.size = 0  # bytes
        self.path, self._descriptor = _create(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the file, unless it was moved away."""
        if self._descriptor >= 0:
            self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    def write(self, block: bytes) -> None:
        """Append a block."""
        for digest in self._digests.values():
            digest.update(block)
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self.size += len(block)

    def write_all(self, blocks: Iterable[bytes]) -> Self:
        """Append blocks; return the file itself."""
        for block in blocks:
            self.write(block)
        return self

    def digest(self, name: str) -> bytes:
        """Give a checksum of what was written, one of those that were asked for."""
        return self._digests[name].digest()

    def checksum(self, algorithm: str) -> Checksum:
        """Give a checksum of what was written in the form in which objects keep it."""
        return Checksum(algorithm, b64encode(self.digest(algorithm)).decode())

    @property
    def etag(self) -> str:
        """The etag of an object with this content."""
        return self.digest("MD5").hex()

    def move(self, target: Path) -> None:
        """Give the finished file its place, where nobody may write to it."""
        self.path.rename(target)

    def finish(self) -> None:
        """Bring everything to the disk."""
        os.fchmod(self._descriptor, 0o444)
        os.fsync(self._descriptor)


def _create(folder: Path) -> tuple[Path, int]:
    while True:
        path = folder / uuid.uuid4().hex
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)  # somebody cleared the folder before the lock was taken


def clear(folder: Path) -> None:
    """Remove what dead writers have left."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # another process may be at it, too
        else:
            _remove_if_dead(path)


def _remove_if_dead(path: Path) -> None:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
    except (FileNotFoundError, BlockingIOError):
        return  # gone already, or still being written
