"""Waking a controller: a pipe in a folder, into which whatever has news writes a byte."""

from __future__ import annotations

import os
import select
import uuid
import weakref
from contextlib import suppress
from pathlib import Path


class Wakeup:
    """A pipe of our own in a folder that several controllers may share; `shim.supervisor.wake` writes into all of them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        pipe = folder / uuid.uuid4().hex
        unopened = folder.with_name(f"{folder.name}.{pipe.name}")
        os.mkfifo(unopened)
        # Open for writing too, or it would be at its end whenever no writer has it open.
        self._file = os.open(unopened, os.O_RDWR | os.O_NONBLOCK)
        unopened.rename(pipe)  # only now, as pipes there that nobody reads are taken for left over
        weakref.finalize(self, _close, self._file, pipe)

    def wait(self, seconds: float) -> None:
        """Return when a byte has come since the last call, at the latest after `seconds`."""
        poll = select.poll()
        poll.register(self._file, select.POLLIN)
        if poll.poll(max(seconds, 0.0) * 1000):
            with suppress(BlockingIOError):  # another thread was faster
                os.read(self._file, 1 << 16)


def _close(file: int, pipe: Path) -> None:
    os.close(file)
    pipe.unlink(missing_ok=True)
