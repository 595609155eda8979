"""Events of a log, out of a file that has no times of its own and may still grow.

An event is a line; of a long line, pieces. Both where an event begins and its time depend on the bytes before it
alone, so that they stay as the file grows: clients come back with the time of the last event that they have seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tunesmith.api.call import Json

BLOCK = 64 * 1024
"""Bytes of output that have the same time; the next ones have a time that is a millisecond later.

A line is cut where a block begins if the whole block before belongs to it, so that no event is longer than two.
"""

LARGEST_PAGE = 1024 * 1024
"""Bytes of the events that are given at once."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class LogFile:
    """The output of a training job."""

    job: str  # its name, in upper and lower case as the user gave it
    path: Path
    started: datetime  # when the job began to write; timezone-aware
    complete: bool  # nothing more will come: the last line needs no end

    @property
    def start(self) -> int:
        """The time of the first event, in milliseconds since 1970."""
        return (self.started - _EPOCH) // timedelta(milliseconds=1)

    def size(self) -> int:
        """The length of the file, in bytes; 0 if there is none."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def time(self, offset: int) -> int:
        """The time of an event that begins at `offset`, in milliseconds since 1970."""
        return self.start + offset // BLOCK

    def end(self) -> int:
        """Where the last event ends; what follows is a line that is still being written."""
        size = self.size()
        return self._boundaries(size // BLOCK * BLOCK, size)[-1]

    def after(self, time: int) -> int:
        """Where the first event of a time or later begins, or the end."""
        block = max(time - self.start, 0) * BLOCK
        if block >= self.size():
            return self.end()
        starts = self._boundaries(block, block + 2 * BLOCK)
        return next((start for start in starts if start >= block), starts[-1])

    def forward(self, offset: int, limit: int) -> list[Event]:
        """The events from `offset` on: `limit` of them, or as many as make a page."""
        events = self.between(offset, offset + LARGEST_PAGE)
        return [event for event, _ in zip(events, range(limit), strict=False)]

    def backward(self, end: int, limit: int) -> list[Event]:
        """The last events before `end`, where one begins: `limit` of them, or as many as make a page."""
        start = self._start_before(max(end - LARGEST_PAGE, 0) // BLOCK * BLOCK)
        return list(self.between(start, end))[-limit:]

    def between(self, start: int, end: int) -> Iterator[Event]:
        """The events that begin at `start`, where one does, or later, and end before `end`."""
        data = self._read(start, end)
        is_all = self.complete and start + len(data) >= self.size()
        at = start
        while at < start + len(data):
            stop = _stop(data, start, at)
            if stop is None:
                if not is_all:
                    return
                stop = start + len(data)
            yield Event(at, stop, data[at - start : stop - start])
            at = stop

    def _boundaries(self, block: int, end: int) -> list[int]:
        """Where events begin and end: from one that reaches into a block, or begins there, up to `end`."""
        start = self._start_before(block)
        return [start, *(event.end for event in self.between(start, end))]

    def _start_before(self, block: int) -> int:
        """Where the event begins that reaches into a block, or begins at its first byte."""
        before = max(block - BLOCK, 0)
        newline = self._read(before, block).rfind(b"\n")
        return block if newline < 0 else before + newline + 1

    def _read(self, start: int, end: int) -> bytes:
        try:
            with self.path.open("rb", buffering=0) as file:
                return os.pread(file.fileno(), max(end - start, 0), start)
        except FileNotFoundError:
            return b""


@dataclass(frozen=True)
class Event:
    """A line, or a piece of one."""

    offset: int  # where it begins, in bytes from the start of the file
    end: int  # where the next one begins
    data: bytes

    def as_json(self, log: LogFile) -> Json:
        """The event in CloudWatch's words. Bytes that are not UTF-8 are replaced."""
        time = log.time(self.offset)
        message = self.data.decode("utf-8", errors="replace").rstrip("\r\n")
        return {"timestamp": time, "message": message, "ingestionTime": time}


def _stop(data: bytes, start: int, at: int) -> int | None:
    """Where the event ends that begins at `at`, if that is among the `data`, which begin at `start`."""
    cut = -(-at // BLOCK) * BLOCK + BLOCK  # the first block of which the block before is all in this line
    newline = data.find(b"\n", at - start, cut - start)
    if newline >= 0:
        return start + newline + 1
    return cut if cut <= start + len(data) else None
