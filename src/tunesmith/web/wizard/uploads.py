"""Files that people send to the server: each in a folder of its own inside the data folder, and never elsewhere."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anyio import open_file, to_thread

from tunesmith.training import tarball
from tunesmith.training.source import MAX_BYTES, MAX_ENTRIES

LARGEST = 2**30
"""Bytes that a file may have."""

LIFETIME = timedelta(days=7)
"""What nothing needs is removed when it is so old."""

MENTION = re.compile(r"\buploads/([0-9a-f]{16})\b")
"""Finds the uploads that a text mentions."""

_LONGEST_NAME = 80
_ARCHIVES = (".tar.gz", ".tgz")
_NAME = re.compile(r"[0-9a-f]{16}")
_KEPT = ".kept"
_DATABASES = ".databases"


class TooLarge(ValueError):  # noqa: N818 -- the name states the fact
    """A file has more bytes than a file may have."""

    def __init__(self) -> None:
        super().__init__(
            f"the file is larger than {LARGEST >> 20} MiB; put it on the server and give its path instead"
        )


class Uploads:
    """The folder of uploaded files, and of what is made of them. Each upload has a name of random digits."""

    def __init__(self, data: Path, clock: Callable[[], datetime]) -> None:
        """Use a data folder."""
        self._folder = data.absolute() / "uploads"
        self._clock = clock

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

    def keep(self, text: str) -> None:
        """Keep for ever what a text mentions that somebody takes along: what becomes of it is not known here."""
        for name in set(MENTION.findall(text)):
            if (self._folder / name).is_dir():
                (self._folder / f"{name}{_KEPT}").touch(mode=0o600)

    def note_database(self, url: str) -> bool:
        """Note with which database the folder is used from now on; whether that is the only one that it ever was."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = url.replace(str(self._folder.parent), "")  # the folder may move, and a database in it
        name = hashlib.sha256(place.encode()).hexdigest()  # there may be a password in it
        file = self._folder / _DATABASES
        known = file.read_text("ascii").split() if file.exists() else []
        if name not in known:
            with file.open("a", encoding="ascii") as out:
                out.write(f"{name}\n")
        return set(known) <= {name}

    def old(self) -> set[str]:
        """The names of those that are old enough to be removed, if nothing needs them."""
        return {
            each.name for each in self._folder.iterdir() if _NAME.fullmatch(each.name) and self._is_old(each)
        }

    def remove(self, names: Collection[str]) -> None:
        """Remove some; what cannot be removed now stays for the next time."""
        for name in names:
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def _is_old(self, folder: Path) -> bool:
        if folder.with_name(f"{folder.name}{_KEPT}").exists():
            return False
        changed = max(each.lstat().st_mtime for each in (folder, *folder.iterdir()))
        return self._clock() - datetime.fromtimestamp(changed, UTC) > LIFETIME

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
