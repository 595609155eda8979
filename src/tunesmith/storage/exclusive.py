"""Taking turns with other threads and processes, by a lock file."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path) -> Iterator[int]:
    """Wait until nobody else is in here with the same file, which is made if need be and stays; give it opened.

    A file and not a folder is locked, because network file systems lock only what is open for writing. The system
    frees the lock when its holder ends, however it ends.
    """
    with path.open("a+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()
