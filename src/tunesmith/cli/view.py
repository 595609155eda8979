"""How a tuning job is shown while it runs: one small interface, for eyes, logs and machines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tunesmith.cli.events import Event
    from tunesmith.cli.session import Session
    from tunesmith.control.progress import Progress
    from tunesmith.store.records import TuningJobRecord


class View(Protocol):
    """What is told how a tuning job goes."""

    def begin(self, record: TuningJobRecord) -> None:
        """The tuning job is about to run."""
        ...

    def show(self, progress: Progress, events: Iterable[Event]) -> None:
        """A tick has passed, and this is how things stand and what is new."""
        ...

    def say(self, message: str) -> None:
        """Something for the user to know, outside of the order of events."""
        ...

    def end(self, progress: Progress | None) -> None:
        """Nothing more comes; None if there is no result to tell."""
        ...


def choose(session: Session, *, as_json: bool, quiet: bool) -> View:
    """The view that fits what the user asked for, and where the output goes."""
    if as_json:
        from tunesmith.cli.json_view import JsonView  # noqa: PLC0415 - only the chosen one is loaded

        return JsonView(session)
    if quiet or not _can_redraw():
        from tunesmith.cli.plain_view import PlainView  # noqa: PLC0415 - as above

        return PlainView(session, quiet=quiet)
    from tunesmith.cli.live_view import LiveView  # noqa: PLC0415 - as above

    return LiveView(session)


def _can_redraw() -> bool:
    """Whether the output goes to a terminal that can move its cursor; there may be no output at all."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return is_terminal and os.environ.get("TERM") not in {"dumb", "unknown"}
