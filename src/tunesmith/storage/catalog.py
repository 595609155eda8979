"""Named records with a file of content each, in one folder."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import msgspec

from tunesmith.storage import records
from tunesmith.storage.journal import Journal
from tunesmith.storage.keys import escape, file_name, key_of
from tunesmith.storage.records import Check, ObjectInfo
from tunesmith.storage.staging import Staged


class Catalog:
    """The objects of a bucket or the parts of an upload: `records/` says what there is, `data/` holds the contents.

    A record names the file with its content and is replaced by renaming, so that a reader sees the old object or the
    new one; contents never change. Without its folder nothing is found and FileNotFoundError is raised by changes.
    """

    def __init__(self, folder: Path, staging: Path, journal: Journal) -> None:
        self.folder, self._staging, self._journal = folder, staging, journal
        self._records, self._data = folder / "records", folder / "data"

    @staticmethod
    def lay_out(folder: Path) -> None:
        """Make an empty catalog."""
        for name in ("records", "data"):
            (folder / name).mkdir(parents=True)

    def get(self, key: str) -> ObjectInfo | None:
        """What is known of a key, None if there is nothing."""
        return records.read(self._records / file_name(key))

    def path(self, info: ObjectInfo) -> Path:
        """The content of an object, for as long as it is not replaced or deleted."""
        return self._data / info.file

    def open(self, key: str) -> tuple[ObjectInfo, BinaryIO] | None:
        """What is known of a key, and its content, which stays readable whatever becomes of the object."""
        previous = None
        while (info := self.get(key)) and info != previous:
            try:
                return info, self.path(info).open("rb")
            except FileNotFoundError:  # it was replaced in between
                previous = info
        return None

    def put(self, info: ObjectInfo, place: Callable[[Path], object], check: Check) -> ObjectInfo:
        """Make `info` the record of its key; `place` puts the content where it is told to.

        Whatever `place` or `check` raises is passed on, and nothing has changed then.
        """
        info = replace(info, file=uuid.uuid4().hex)
        record = self._records / file_name(info.key)
        with Staged(self._staging, ()) as staged:
            staged.write(msgspec.json.encode(info))
            staged.finish()
            with self._journal.turn() as turn:
                there = self.get(info.key)
                check(there)
                self._journal.note(turn, record, [self.path(i) for i in (there, info) if i])
                try:
                    place(self.path(info))
                    staged.move(record)
                finally:
                    self._journal.done(turn)
        return info

    def delete(self, key: str, check: Check) -> None:
        """Remove a key; nothing happens if there is no such key."""
        record = self._records / file_name(key)
        with self._journal.turn() as turn:
            there = self.get(key)
            check(there)
            if there:
                self._journal.note(turn, record, [self.path(there)])
                record.unlink()
                self._journal.done(turn)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """The keys that start with a prefix, in no order."""
        start = escape(prefix)
        for name in os.listdir(self._records):  # noqa: PTH208 - names alone are several times as quick
            key = key_of(name) if name.startswith(start) or "~" in name else None
            if key is None and "~" in name:
                key = _long_key(self._records / name)
            if key is not None and key.startswith(prefix):
                yield key

    def is_empty(self) -> bool:
        """Whether there is no key."""
        return next(self.keys(), None) is None


def link(source: Path, target: Path) -> None:
    """Give a content a second name, under which nobody may write to it.

    Raises OSError where that cannot be: on another file system, or if there are too many names already.
    """
    os.link(source, target)
    target.chmod(0o444)


def can_be_copied(error: OSError) -> bool:
    """Whether a content that could not be linked may still be copied."""
    return error.errno in {errno.EXDEV, errno.EMLINK, errno.EPERM, errno.EACCES, errno.ENOTSUP}


@lru_cache(maxsize=2**16)
def _long_key(record: Path) -> str | None:
    """Look up the key of a record whose name does not tell, which never changes."""
    info = records.read(record)
    return info.key if info else None
