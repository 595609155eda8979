"""What every place that holds files can do: give out those under a name, and take in new ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class TransferError(Exception):
    """Data could not be brought to where it belongs; it may work later."""


class LocationError(TransferError):
    """A location names nothing that can be had, so that trying again does not help."""


@dataclass(frozen=True)
class Entry:
    """A file or an object."""

    key: str
    size: int  # bytes


class Shelf(Protocol):
    """A place with files under keys. Its methods raise TransferError and LocationError."""

    @property
    def workers(self) -> int:
        """How many files are best moved at a time."""

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Give the files whose keys begin with a prefix."""

    def entry(self, key: str) -> Entry | None:
        """Give one file, None if there is none."""

    def get(self, key: str, target: Path) -> None:
        """Copy a file to a path of this machine."""

    def read(self, key: str) -> Iterator[bytes]:
        """Give a file's content in pieces; whether it is there shows with the first one."""

    def put(self, file: Path, key: str) -> None:
        """Take in a file of this machine."""

    def remove(self, key: str) -> None:
        """Remove a file; one that is not there does no harm."""
