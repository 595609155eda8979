"""`checkpoints`: where training code finds and saves what it goes on from. Standard library only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

VARIABLE = "TUNESMITH_CHECKPOINTS"
"""Says the same to programs of any language."""

_FOLDER: ContextVar[Path | None] = ContextVar("tunesmith checkpoint folder")  # None: none are kept


def checkpoints() -> Path:
    """Give the folder where this training job keeps its checkpoints; what it held when it was left is there again.

    Save before you `report`: a training job may be paused, or lost, right after. A function asks in the thread in which
    it was called. Outside of a job it is a new and empty folder, so that the code also runs on its own. Raises
    RuntimeError in a function whose tuning job keeps no checkpoints.
    """
    told = os.environ.get(VARIABLE)
    try:
        folder = _FOLDER.get()
    except LookupError:  # this is no function that is being tuned
        return Path(told) if told else _own_folder()
    if folder is None:
        msg = "checkpoints: the tuning job keeps none; give it a folder for them, as in minimize(..., checkpoints='kept')"
        raise RuntimeError(msg)
    return folder


@contextmanager
def keeping_in(location: str | None) -> Iterator[None]:
    """Have the checkpoints of a function that is called in this context kept in a folder; None: in none."""
    folder = None if location is None else Path(location)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


@cache
def _own_folder() -> Path:
    return Path(mkdtemp(prefix="tunesmith-"))
