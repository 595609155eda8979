"""A training job's checkpoints: restored before it starts, and kept in step with a place that outlives the machine.

Imported by it: the standard library and the storage, as starts and ends of jobs wait for it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tunesmith.storage.mirror import Mirror
from tunesmith.storage.shelf import TransferError
from tunesmith.storage.transfer import Places

_SECONDS = 2.0  # from one look at the folder to the next


def plan(location: str | None, folder: Path, own: Path) -> list[str] | None:
    """Say, in a form for plans, which folder to keep in step with which location; None if with none.

    `own` is a folder for what there is to remember.
    """
    return None if location is None else [str(folder), location, str(own / "checkpoints.json")]


def mirror(planned: Sequence[str], places: Places) -> Mirror:
    """Give what keeps the folder of a plan in step. Raises LocationError."""
    folder, location, memory = planned
    return places.mirror(Path(folder), location, Path(memory))


def follow(make_mirror: Callable[[], Mirror]) -> None:
    """Begin to take to the place, for as long as the job's supervisor lives, what the job saves.

    Returns at once. The process that does it is no child of the caller's, which may wait for all of its children.
    It ends at any time without harm: what is missing then is for `Mirror.push_all`.
    """
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return
    try:
        if os.fork() == 0:
            _push_again_and_again(make_mirror(), os.getppid)
    finally:
        os._exit(0)


def _push_again_and_again(kept: Mirror, parent: Callable[[], int]) -> None:
    time.sleep(_SECONDS)  # by then the process between has ended, and we are our supervisor's child
    supervisor = parent()
    while parent() == supervisor:
        with suppress(TransferError, OSError):  # the next time may be better, and the last one tells
            kept.push_settled()
        time.sleep(_SECONDS)
