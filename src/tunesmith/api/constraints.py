"""The constraints that a service model puts on single values, in AWS's words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import regex

from tunesmith.api.errors import ValidationError

if TYPE_CHECKING:
    from botocore.model import Shape

NOT_NULL = "Member must not be null"
"""What is said of a member that is required, and absent."""

LOCAL_INSTANCE_TYPES = ("local", "local_gpu")
"""Names of instance types that are ours, not AWS's."""

_ROOM = 512  # characters of a value in a message
_FILE = r"file:///.+"  # an extension: what is on this machine need not be in S3
_INSTANCE_TYPE = rf"ml\.[a-z0-9.\-]+|{'|'.join(LOCAL_INSTANCE_TYPES)}"
_JAVA_PAIR = regex.compile(r"\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})")


class Stopwatch:
    """The time that checking the patterns of one request may take: they come from users' hands on both sides."""

    def __init__(self, seconds: float = 1.0) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds that are left, at least a millisecond."""
        return max(self._end - time.monotonic(), 0.001)


Check: TypeAlias = Callable[[Any, Stopwatch], bool]


@dataclass(frozen=True)
class Rule:
    """One constraint."""

    text: str
    holds: Check


@lru_cache(
    maxsize=4096
)  # shapes are compared by identity; those of a recursive shape are made as they are met
def rules(shape: Shape) -> tuple[Rule, ...]:
    """All that a shape asks of a value of its type: a member of an enumeration, a size, a pattern."""
    return tuple(_rules(shape))


def _rules(shape: Shape) -> Iterator[Rule]:
    limits: Mapping[str, Any] = shape.metadata
    if "enum" in limits:
        yield _one_of(shape.name, limits["enum"])
    measure, word = (len, "length") if shape.type_name in {"string", "list", "map"} else (_itself, "value")
    if "max" in limits:
        yield _at_most(measure, word, limits["max"])
    if "min" in limits:
        yield _at_least(measure, word, limits["min"])
    if "pattern" in limits:
        yield _matches(f"{limits['pattern']}|{_FILE}" if shape.name == "S3Uri" else limits["pattern"])


def _itself(value: float) -> float:
    return value


def _at_most(measure: Callable[[Any], float], word: str, most: float) -> Rule:
    text = f"Member must have {word} less than or equal to {most}"
    return Rule(text, lambda value, _: measure(value) <= most)


def _at_least(measure: Callable[[Any], float], word: str, least: float) -> Rule:
    text = f"Member must have {word} greater than or equal to {least}"
    return Rule(text, lambda value, _: measure(value) >= least)


def _one_of(shape: str, allowed: list[str]) -> Rule:
    if shape.endswith("InstanceType"):  # AWS adds to these by the month, and the hardware is ours anyway
        return _matches(_INSTANCE_TYPE)
    members = frozenset(allowed)
    return Rule(
        f"Member must satisfy enum value set: [{', '.join(allowed)}]", lambda value, _: value in members
    )


def _matches(pattern: str) -> Rule:
    compiled = compile_pattern(pattern)

    def holds(value: str, watch: Stopwatch) -> bool:
        try:
            return compiled.fullmatch(value, timeout=watch.left(), concurrent=True) is not None
        except TimeoutError:
            msg = f"Value '{shown(value)}' takes too long to match with regular expression pattern: {pattern}"
            raise ValidationError(msg) from None

    return Rule(f"Member must satisfy regular expression pattern: {pattern}", holds)


def compile_pattern(pattern: str) -> regex.Pattern[str]:
    r"""Read a regular expression as Java does.

    There \d, \w, \s and \p{Alnum} mean ASCII, and two \u escapes can be the halves of one character.
    """
    ours = pattern.replace(r"\p{Alnum}", "a-zA-Z0-9")  # in the models it only stands in sets
    ours = _JAVA_PAIR.sub(lambda pair: rf"\U{_code_point(pair[1], pair[2]):08X}", ours)
    return regex.compile(ours, 0 if r"\p" in ours else regex.ASCII)


def _code_point(high: str, low: str) -> int:
    return ord((int(high, 16).to_bytes(2) + int(low, 16).to_bytes(2)).decode("utf-16-be"))


def shown(value: object) -> str:
    """A JSON value as AWS's messages show it, cut where it gets long."""
    text = ""
    for piece in _pieces(value):
        text += piece[: _ROOM + 1]
        if len(text) > _ROOM:
            return f"{text[:_ROOM]}..."
    return text


def _pieces(value: object) -> Iterator[str]:
    match value:
        case bool():
            yield str(value).lower()
        case None:
            yield "null"
        case list():
            yield "["
            for place, item in enumerate(value):
                yield ", " if place else ""
                yield from _pieces(item)
            yield "]"
        case dict():
            yield "{"
            for place, (key, item) in enumerate(value.items()):
                yield f"{', ' if place else ''}{key}="
                yield from _pieces(item)
            yield "}"
        case _:
            yield str(value)
