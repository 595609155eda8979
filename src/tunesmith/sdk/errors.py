"""What a tuning job raises when it has no result to return."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tunesmith.sdk.result import Result


class TuningError(RuntimeError):
    """The tuning job has ended and no trial has a value; the message gives the reasons."""

    def __init__(self, message: str, result: Result) -> None:
        super().__init__(message)
        self.result = result

    def __reduce__(self) -> tuple[type[TuningError], tuple[str, Result]]:
        """How to pickle it: it may be raised in a worker process."""
        return type(self), (str(self), self.result)


class TuningInterrupted(KeyboardInterrupt):
    """The tuning job was interrupted by Ctrl-C; `result` has what was found, the message how to go on."""

    def __init__(self, message: str, result: Result) -> None:
        super().__init__(message)
        self.result = result

    def __reduce__(self) -> tuple[type[TuningInterrupted], tuple[str, Result]]:
        """How to pickle it: it may be raised in a worker process."""
        return type(self), (str(self), self.result)
