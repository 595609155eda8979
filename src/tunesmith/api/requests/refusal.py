"""How rules refuse: with the place in the request, the value, and what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from tunesmith.api.errors import ValidationError

_LONGEST = 100  # characters of a value that are worth showing


def shown(value: object) -> str:
    """A value as a message quotes it, cut if it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def refuse(field: str, message: str) -> NoReturn:
    """Raise ValidationError for a field."""
    msg = f"{field}: {message}"
    raise ValidationError(msg)


def refuse_all(field: str, faults: Sequence[str]) -> None:
    """Raise ValidationError with all the faults of a field, if there are any."""
    if faults:
        refuse(field, "; ".join(faults))


@contextmanager
def refusing(field: str) -> Iterator[None]:
    """Turn a ValueError from a value of the core into the refusal of a field."""
    try:
        yield
    except ValueError as error:
        refuse(field, str(error))


def repeated(names: Sequence[str]) -> list[str]:
    """The names that occur more than once, in order of their first occurrence."""
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]
