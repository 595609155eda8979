"""What a process can be given: text for its arguments and variables."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

_LONGEST = 128 * 1024 - 1  # bytes of one argument or variable, Linux's MAX_ARG_STRLEN without the final NUL


def check_variables(field: str, variables: Mapping[str, str]) -> None:
    """Raise ValueError, naming the field and the variable, for one that no process can be given."""
    for name, text in variables.items():
        if not name or "=" in name:
            msg = f"{field}: the name {name!r} must not be empty and must not hold '='"
            raise ValueError(msg)
        _check(f"{field}: {name!r}", name + text)


def check_arguments(field: str, arguments: Sequence[str]) -> None:
    """Raise ValueError, naming the field, for arguments that no process can be given."""
    for number, argument in enumerate(arguments):
        _check(f"{field}: argument {number}", argument)


def _check(what: str, text: str) -> None:
    try:
        size = len(os.fsencode(text))
    except UnicodeEncodeError as error:
        msg = f"{what} cannot be passed to a process: {error.reason} in {text[:80]!r}"
        raise ValueError(msg) from error
    if "\0" in text:
        msg = f"{what} must not hold a NUL character, got {text[:80]!r}"
        raise ValueError(msg)
    if size > _LONGEST:
        msg = f"{what} has {size} bytes, and a process is given at most {_LONGEST} in one piece"
        raise ValueError(msg)
