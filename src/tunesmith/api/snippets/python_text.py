"""Values and calls as Python code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_WIDTH = 100
_INDENT = "    "


class Code(str):
    """Python code that stands for a value."""

    __slots__ = ()


def value(given: Any, depth: int = 0) -> str:
    """Write a value of texts, numbers, booleans, None, mappings, lists and code; a long one over several lines."""
    if isinstance(given, Code):
        return given.replace("\n", f"\n{_INDENT * depth}")
    if isinstance(given, Mapping):
        parts = [f"{value(key)}: {value(item, depth + 1)}" for key, item in given.items()]
        return _joined("{", parts, "}", depth)
    if isinstance(given, list | tuple):
        return _joined("[", [value(item, depth + 1) for item in given], "]", depth)
    return _text(given) if isinstance(given, str) else repr(given)


def call(function: str, *positional: Any, **named: Any) -> Code:
    """Write a call; an argument that is None is left out."""
    parts = [value(item, 1) for item in positional]
    parts += [f"{name}={value(item, 1)}" for name, item in named.items() if item is not None]
    return Code(_joined(f"{function}(", parts, ")", 0))


def comments(lines: Iterable[str]) -> str:
    """Write remarks as comments, each on its line."""
    return "".join(f"# {line}\n" for line in lines)


def _text(given: str) -> str:
    """A text in double quotes if that needs no more escapes."""
    written = repr(given)
    return written if '"' in given or "'" in given else f'"{written[1:-1]}"'


def _joined(opening: str, parts: list[str], closing: str, depth: int) -> str:
    short = f"{opening}{', '.join(parts)}{closing}"
    if "\n" not in short and depth * len(_INDENT) + len(short) <= _WIDTH:
        return short
    inner = "".join(f"{_INDENT * (depth + 1)}{part},\n" for part in parts)
    return f"{opening}\n{inner}{_INDENT * depth}{closing}"
