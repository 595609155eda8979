"""One change at a time, and no litter from changes that were cut short."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tunesmith.storage import records
from tunesmith.storage.exclusive import exclusive


class _Change(msgspec.Struct):
    """Which record is about to change, and the files of which it will name one at most."""

    record: str
    files: list[str]


class Journal:
    """Takes turns among all threads and processes that change a store.

    A change notes what it touches before it begins. If its process is killed, whoever comes next finds the note and
    removes the files that no record names.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / "journal"

    @contextmanager
    def turn(self) -> Iterator[int]:
        """Be the only one who changes anything; gives the journal opened."""
        with exclusive(self._path) as descriptor:
            self._settle(descriptor)
            yield descriptor

    def note(self, descriptor: int, record: Path, files: list[Path]) -> None:
        """Note what is about to change; `done` or the next turn removes those files that the record does not name."""
        change = _Change(self._relative(record), [self._relative(file) for file in files])
        os.write(descriptor, msgspec.json.encode(change))

    def done(self, descriptor: int) -> None:
        """Finish the change that was noted."""
        self._settle(descriptor)

    def _settle(self, descriptor: int) -> None:
        text = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        if not text:
            return
        try:
            change = msgspec.json.decode(text, type=_Change)
        except msgspec.DecodeError:  # a power failure while it was written: the change had not begun
            change = _Change("", [])
        record = records.read(self._root / change.record) if change.files else None
        for name in change.files:
            if record is None or record.file != Path(name).name:
                (self._root / name).unlink(missing_ok=True)
        os.ftruncate(descriptor, 0)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()
