"""Single values of a service model, out of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from tunesmith.api.constraints import shown
from tunesmith.api.errors import SerializationError


def read_scalar(kind: str, value: object, path: str) -> Any:
    """Read a value of a kind of the service model, such as integer or timestamp; raises SerializationError."""
    noun, read = _READERS[kind]
    try:
        return read(value)
    except (TypeError, ValueError, OverflowError, OSError):
        refuse(value, noun, path)


def refuse(value: object, noun: str, path: str) -> NoReturn:
    """Say that a value, which is at `path`, is not of the kind that a noun names; raises SerializationError."""
    place = f" (at '{path}')" if path else ""
    msg = f"{_NAMES[type(value)]} '{shown(value)}' can not be converted to {noun}{place}."
    raise SerializationError(msg)


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError


def _number(value: object) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise TypeError


def _float(value: object) -> float:
    return float(_number(value))


def _integer(bits: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        number = _number(value)
        whole = int(number)
        if whole != number or not -(2 ** (bits - 1)) <= whole < 2 ** (bits - 1):
            raise ValueError
        return whole

    return read


def _timestamp(value: object) -> datetime:
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return datetime.fromtimestamp(_number(value), UTC)


_READERS: Mapping[str, tuple[str, Callable[[object], Any]]] = {
    "string": ("a String", _string),
    "boolean": ("a Boolean", _boolean),
    "integer": ("an Integer", _integer(32)),
    "long": ("a Long", _integer(64)),
    "float": ("a Float", _float),
    "double": ("a Double", _float),
    "timestamp": ("a Timestamp", _timestamp),
}

_NAMES: Mapping[type, str] = {  # what AWS calls the kinds of JSON values
    str: "STRING_VALUE",
    int: "NUMBER_VALUE",
    float: "NUMBER_VALUE",
    bool: "BOOLEAN_VALUE",
    list: "START_ARRAY",
    dict: "START_OBJECT",
    type(None): "NULL_VALUE",
}
