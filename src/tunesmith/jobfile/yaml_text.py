"""Plain values written as YAML that `yaml_source` reads as the same values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import yaml

from tunesmith.core.space import Value
from tunesmith.jobfile.yaml_source import meaning

Node: TypeAlias = Value | Mapping[str, "Node"] | Sequence["Node"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_WIDTH = 100  # characters of a line, beyond which a mapping or a list is spread over several


def document(values: Mapping[str, Node]) -> str:
    """A mapping as a document: what is short in one line, the rest a line for each of its parts."""
    return "".join(f"{line}\n" for line in _block(values))


def scalar(value: Value) -> str:
    """A text, a number or a boolean."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return text(value) if isinstance(value, str) else repr(value)


def text(value: str) -> str:
    """A text, in quotes if it needs them."""
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in _RESERVED
    return value if is_plain else quoted(value)


def quoted(value: str) -> str:
    """A text in quotes, on one line, in ASCII."""
    if "'" not in value and value.isascii() and value.isprintable():
        return f"'{value}'"
    return str(yaml.safe_dump(value, default_style='"', width=1 << 30)).strip()


def typed(value: Value) -> str:
    """A value as a person would type it, so that `yaml_source.meaning` gives it back."""
    if not isinstance(value, str):
        return scalar(value)
    return value if value and meaning(value) == value else quoted(value)


def _block(values: Mapping[str, Node]) -> Iterator[str]:
    for key, value in values.items():
        start, short = f"{text(key)}:", _flow(value)
        if not isinstance(value, Mapping | list | tuple) or not value or _is_short(start, value, short):
            yield f"{start} {short}"
        else:
            yield start
            lines = _block(value) if isinstance(value, Mapping) else (f"- {_flow(each)}" for each in value)
            yield from (f"  {line}" for line in lines)


def _is_short(start: str, value: Node, flow: str) -> bool:
    """Whether a mapping or a list is easy to read on one line."""
    inner = value.values() if isinstance(value, Mapping) else ()
    return len(start) + len(flow) < _WIDTH and not any(isinstance(each, Mapping) for each in inner)


def _flow(value: Node) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{text(key)}: {_flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    return scalar(value)  # type: ignore[arg-type]  # a text is a sequence, too
