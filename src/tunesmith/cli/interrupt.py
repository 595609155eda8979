"""Ctrl-C and SIGTERM while a tuning job runs: first gently, then firmly, then at once."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Self

from tunesmith.control.plan import Pause

FIRST = "Interrupted: nothing new is started. Waiting for what runs; press Ctrl-C again to stop it."
SECOND = "Stopping the training jobs that run. Press Ctrl-C once more to leave before they have ended."


class Interrupts:
    """Takes the signals while it is entered. A handler only takes notes: it may not print, as it can come
    in the middle of printing."""

    def __init__(self) -> None:
        self.pause = Pause.GO
        self._first: int | None = None  # signal
        self._messages: list[str] = []
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @property
    def exit_code(self) -> int:
        """What the shell is told: 128 + the first signal, 0 if there was none."""
        return 0 if self._first is None else 128 + self._first

    def messages(self) -> list[str]:
        """What the user is to be told since the last call."""
        messages, self._messages = self._messages, []
        return messages

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self._first = self._first or number
        if self.pause is Pause.STOP:
            raise KeyboardInterrupt
        is_gentle = number == signal.SIGINT and self.pause is Pause.GO
        self.pause = Pause.DRAIN if is_gentle else Pause.STOP
        self._messages.append(FIRST if is_gentle else SECOND)
