"""A folder of this machine that is kept in step with a place where it outlives the machine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from tunesmith.storage.disk_shelf import copy, is_partial
from tunesmith.storage.key_paths import key_paths
from tunesmith.storage.shelf import Shelf, TransferError

Signature: TypeAlias = tuple[int, int, int]
"""What changes when a file does: its time in nanoseconds, its size, its inode."""


class Mirror:
    """Brings a folder's files from a place, and takes new, changed and removed ones there.

    What others put into the place meanwhile is neither fetched nor removed. A file that is replaced by renaming
    another one to its name never arrives half written. Methods raise TransferError and OSError, after which they
    may be called again.
    """

    def __init__(self, folder: Path, shelf: Shelf, prefix: str, memory: Path) -> None:
        """Keep `folder` in step with the keys that begin with `prefix`.

        `prefix` ends with a slash, or is empty; `memory` is a file that says what has been sent, also to the
        next process that goes on with it.
        """
        self._folder = folder
        self._shelf = shelf
        self._prefix = prefix
        self._memory = memory
        self._sent = _remembered(memory)
        self._seen: dict[str, Signature] = {}  # a moment ago

    def restore(self) -> None:
        """Bring everything from the place; nothing is there at first."""
        found = (entry.key for entry in self._shelf.entries(self._prefix))
        keys = [key for key in found if not (key.endswith("/") or is_partial(PurePosixPath(key).name))]
        for key, path in key_paths(self._prefix, keys).items():
            (self._folder / path).parent.mkdir(parents=True, exist_ok=True)
            self._shelf.get(key, self._folder / path)
        self._sent = dict(self._files())
        self._remember()

    def push_settled(self) -> None:
        """Take what has changed to the place, but for files that have changed since the last call, too.

        Those may be half written. Nothing is removed from the place while there are such files.
        """
        files = dict(self._files())
        changed = {name: mark for name, mark in files.items() if self._sent.get(name) != mark}
        settled = {name: mark for name, mark in changed.items() if self._seen.get(name) == mark}
        has_gone = {name for name in self._sent if name not in files and name not in self._seen}
        self._seen = files
        self._push(settled, has_gone if settled == changed else set())

    def push_all(self) -> None:
        """Take what has changed to the place, when nobody writes any more."""
        files = dict(self._files())
        changed = {name: mark for name, mark in files.items() if self._sent.get(name) != mark}
        self._push(changed, self._sent.keys() - files.keys())
        for entry in list(self._shelf.entries(self._prefix)) if changed else ():
            if is_partial(PurePosixPath(entry.key).name):  # of one who was killed while copying
                self._shelf.remove(entry.key)

    def _push(self, changed: dict[str, Signature], has_gone: set[str]) -> None:
        try:
            # The oldest first, as later ones may name them.
            for name in sorted(changed, key=changed.__getitem__):
                self._send(name, changed[name])
            for name in sorted(has_gone):
                self._shelf.remove(self._prefix + name)
                del self._sent[name]
        finally:
            if changed or has_gone:
                self._remember()

    def _send(self, name: str, mark: Signature) -> None:
        """Send a copy, so that it stays as it is; none, if the file changes or goes while it is being copied."""
        own = self._memory.with_suffix(".copy")
        try:
            with (self._folder / name).open("rb") as file:
                copy(file, own)
            if _signature(self._folder / name) == mark:
                self._shelf.put(own, self._prefix + name)
                self._sent[name] = mark
        except FileNotFoundError:
            pass
        finally:
            own.unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[str, Signature]]:
        """Give the names of the files, relative to the folder and with slashes, and their signatures."""
        for folder, _, names in os.walk(self._folder):
            for file in (Path(folder, name) for name in names if not is_partial(name)):
                mark = _signature(file)
                if mark is not None:
                    yield _key(file.relative_to(self._folder)), mark

    def _remember(self) -> None:
        partial = self._memory.with_suffix(".partial")
        partial.write_text(json.dumps(self._sent), encoding="ascii")
        partial.replace(self._memory)


def _signature(file: Path) -> Signature | None:
    """Give a file's signature; None for what is no file, or has gone."""
    if not file.is_file():
        return None
    try:
        facts = file.stat()
    except FileNotFoundError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino


def _key(path: Path) -> str:
    try:
        path.as_posix().encode()
    except UnicodeEncodeError as error:
        msg = f"the file {str(path)!r} cannot be kept: its name is not UTF-8"
        raise TransferError(msg) from error
    return path.as_posix()


def _remembered(memory: Path) -> dict[str, Signature]:
    try:
        sent = json.loads(memory.read_text(encoding="ascii"))
    except FileNotFoundError:
        return {}
    return {name: (mark[0], mark[1], mark[2]) for name, mark in sent.items()}
