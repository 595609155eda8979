"""Files that people send to the server: each in a folder of its own inside the data folder, and never elsewhere."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from anyio import open_file, to_thread

from tunesmith.training import tarball
from tunesmith.training.source import MAX_BYTES, MAX_ENTRIES

LARGEST = 2**30
"""Bytes that a file may have."""

_LONGEST_NAME = 80
_ARCHIVES = (".tar.gz", ".tgz")


class TooLarge(ValueError):  # noqa: N818 -- the name states the fact
    """A file has more bytes than a file may have."""

    def __init__(self) -> None:
        super().__init__(
            f"the file is larger than {LARGEST >> 20} MiB; put it on the server and give its path instead"
        )


class Uploads:
    """The folder of uploaded files, and of what is made of them."""

    def __init__(self, data: Path) -> None:
        """Use a data folder; nothing is made in it before a file comes."""
        self._folder = data.absolute() / "uploads"

    async def receive(self, name: str, chunks: AsyncIterator[bytes]) -> Path:
        """Write a file that comes in pieces; give its path. Raises TooLarge, and leaves nothing behind then."""
        folder = await to_thread.run_sync(self.make_folder)
        file = folder / safe_name(name)
        try:
            async with await open_file(file, "xb") as out:
                async for chunk in _bounded(chunks):
                    await out.write(chunk)
        except BaseException:
            file.unlink(missing_ok=True)
            folder.rmdir()
            raise
        return file

    def make_folder(self) -> Path:
        """Make an empty folder of its own for something."""
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir(parents=True, mode=0o700)
        return folder

    def unpacked(self, file: Path) -> Path:
        """The folder of a script's source, whatever it came as: a folder, a .py file or a .tar.gz. Raises ValueError."""
        if file.is_dir():
            return file
        if file.name.endswith(_ARCHIVES):
            folder = self.make_folder() / "source"
            tarball.extract(file, folder, MAX_BYTES, MAX_ENTRIES)
            return folder
        if file.suffix == ".py":
            return file.parent
        msg = f"{file} is neither a folder nor a .py file nor a .tar.gz"
        raise ValueError(msg)


async def _bounded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > LARGEST:
            raise TooLarge
        yield chunk


def safe_name(name: str) -> str:
    """A file's name that leads nowhere else and means nothing to a shell."""
    last = re.split(r"[/\\]", name)[-1]
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", last).lstrip(".-")
    return kept[-_LONGEST_NAME:].lstrip(".-") or "file"
