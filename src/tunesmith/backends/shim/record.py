"""Records: small files by which a controller and a supervisor know of each other."""

# ruff: noqa: PTH104, PTH120, PTH123 - the package says why

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Record: TypeAlias = Sequence[tuple[str, str]]
    """Named values, in order; a name may come several times. No name has an equals sign, nothing has a NUL."""

_END = b"\0\n"  # of a field: readable in a terminal, and neither arguments nor variables can contain it


def read_record(path: str) -> dict[str, list[str]] | None:
    """Read what `write_record` wrote; None if there is no such file."""
    try:
        with open(path, "rb") as file:
            fields = file.read().split(_END)[:-1]
    except FileNotFoundError:
        return None
    record: dict[str, list[str]] = {}
    for field in fields:
        name, _, value = os.fsdecode(field).partition("=")
        record.setdefault(name, []).append(value)
    return record


def write_record(path: str, record: Record) -> None:
    """Write a record so that even a power failure leaves all of it or nothing."""
    data = b"".join(os.fsencode(f"{name}={value}") + _END for name, value in record)
    partial = f"{path}.{os.getpid()}.partial"
    private = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # variables may be secrets
    with open(private, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(partial, path)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
