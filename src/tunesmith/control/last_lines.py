"""The end of a training job's output, for messages."""

from __future__ import annotations

from collections import deque

from tunesmith.backends.protocol import Backend
from tunesmith.store.records import TrialRecord

_LONGEST_LINE = 1024  # bytes; of longer lines, fewer are given: a log may be larger than memory


def last_lines(backend: Backend, trial: TrialRecord, count: int) -> list[str]:
    """The last lines, `count` at the most, of what a training job has written up to its last update."""
    if trial.handle is None:
        return []
    start = max(0, trial.cursor.log - count * _LONGEST_LINE)
    return [*deque(backend.logs(trial.handle, start), maxlen=count)]
