"""Noting what is wrong with the keys of a job file, each fault at its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tunesmith.jobfile.yaml_source import At, Fault, Source


class Notes:
    """The faults of one file, in the order in which they were found."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Fault] = []

    def add(self, path: At, message: str) -> None:
        """Note that something is wrong with the value at `path`."""
        self.faults.append(Fault(self.source.place(path), path, message))

    @contextmanager
    def noting(self, path: At) -> Iterator[None]:
        """Turn a ValueError of a core value made from the keys at `path` into a fault."""
        try:
            yield
        except ValueError as error:
            self.faults.append(_locate(self.source, path, str(error)))


def _locate(source: Source, path: At, message: str) -> Fault:
    """Find the key that a core message is about: it opens with a key's name, or mentions one."""
    value = _at(source.value, path)
    subject, colon, rest = message.partition(": ")
    while colon and (subject in path[-1:] or (isinstance(value, dict) and subject in value)):
        if subject not in path[-1:]:
            path, value = (*path, subject), value[subject]
        message = rest
        subject, colon, rest = message.partition(": ")
    if isinstance(value, dict):
        about = message.partition(" (")[0]  # what follows in brackets only explains
        mentioned = [(found.start(), key) for key in value if (found := _word(key).search(about))]
        path = (*path, min(mentioned)[1]) if mentioned else path
    return Fault(source.place(path), path, message)


def _at(value: Any, path: At) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else value[part]
    return value


def _word(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
