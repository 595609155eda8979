"""YAML read as plain values, with the place of every key and value kept for error messages.

Scalars mean what YAML 1.2 says (its core schema): `1e-5` is a number, `on` and `no` are strings. PyYAML on its
own follows YAML 1.1, where it is the other way round.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

At: TypeAlias = tuple[str | int, ...]
"""Where a value is: the keys and indices that lead to it from the top."""

_TAG = "tag:yaml.org,2002:"
_SCALARS = {
    "null": re.compile(r"(?:~|null|Null|NULL|)\Z"),
    "bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"),
    "int": re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"),
    "float": re.compile(
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
    ),
}
_TAGS = frozenset(_TAG + name for name in (*_SCALARS, "str", "seq", "map"))


@dataclass(frozen=True, order=True)
class Place:
    """A position in a text; both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Fault:
    """Something wrong at a place; `path` is empty where no single field is at fault."""

    place: Place
    path: At
    message: str


@dataclass
class Source:
    """A YAML text as plain values, the places of its parts, and what was wrong while reading it."""

    value: Any = None
    values: dict[At, Place] = field(default_factory=dict)  # where each value begins
    keys: dict[At, Place] = field(default_factory=dict)  # where the key of each value begins
    texts: dict[At, str] = field(default_factory=dict)  # each scalar as written
    faults: list[Fault] = field(default_factory=list)

    def place(self, path: At) -> Place:
        """Where the value at `path` begins or, if there is none, where the nearest thing around it does."""
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, Place(1, 1))

    def key_place(self, path: At) -> Place:
        """Where the key of the value at `path` begins; for one without a key, where the value does."""
        return self.keys.get(path) or self.place(path)


class _Loader(yaml.SafeLoader):
    """PyYAML's reader with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {  # noqa: RUF012 - its type
        None: [(_TAG + name, pattern) for name, pattern in _SCALARS.items()]
    }


def read(text: str) -> Source:
    """Read one YAML document. Never raises: what is wrong is in `faults`."""
    source = Source()
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        message = ", ".join(part for part in (error.context, error.problem) if part)
        source.faults.append(Fault(place, (), f"this is not valid YAML: {message}"))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"the character {chr(error.character)!r} is not allowed in YAML"
        source.faults.append(Fault(Place(line, 1), (), message))
    except RecursionError:
        source.faults.append(Fault(Place(1, 1), (), "this is nested too deeply"))
    else:
        if root is not None:
            source.value = _Builder(source).build(root, ())
    return source


def meaning(text: str) -> str | int | float | bool:
    """What a text means where a person types a value: as in YAML a finite number, a boolean, a text in quotes, or itself."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        quoted = read(text).value
        return quoted if isinstance(quoted, str) else text
    kinds = (kind for kind in ("bool", "int", "float") if _SCALARS[kind].match(text))
    for kind in kinds:
        try:
            value: float | bool = _SCALAR_VALUES[kind](text)
        except ValueError:  # too many digits
            return text
        return value if isinstance(value, int) or math.isfinite(value) else text
    return text


class _Builder:
    """Turns PyYAML's nodes into values, noting places and faults in a source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._around: set[int] = set()  # the collections that are being built, to see one inside itself

    def build(self, node: yaml.Node, path: At) -> Any:
        self._source.values[path] = _place(node)
        if node.tag not in _TAGS:
            return self._fault(node, path, f"the tag {node.tag!r} is not allowed; write a plain value")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._around:
            return self._fault(node, path, "a value cannot contain itself")
        self._around.add(id(node))
        built = self._mapping(node, path) if isinstance(node, yaml.MappingNode) else self._list(node, path)
        self._around.remove(id(node))
        return built

    def _mapping(self, node: yaml.MappingNode, path: At) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._fault(key, path, "a key must be a plain word, not a list or a mapping")
                continue
            inner = (*path, key.value)
            if key.value in mapping:
                first = self._source.keys[inner].line
                self._fault(key, inner, f"{key.value!r} is given twice; it was given first in line {first}")
                continue
            self._source.keys[inner] = _place(key)
            mapping[key.value] = self.build(value, inner)
        return mapping

    def _list(self, node: yaml.Node, path: At) -> list[Any]:
        return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]

    def _scalar(self, node: yaml.ScalarNode, path: At) -> Any:
        self._source.texts[path] = node.value
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            return node.value
        if not _SCALARS[kind].match(node.value):
            return self._fault(node, path, f"{node.value!r} is not a value of the type {kind}")
        try:
            return _SCALAR_VALUES[kind](node.value)
        except ValueError:
            return self._fault(node, path, "this number has too many digits")

    def _fault(self, node: yaml.Node, path: At, message: str) -> None:
        self._source.faults.append(Fault(_place(node), path, message))


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _integer(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text, base)


def _float(text: str) -> float:
    word = text.lower().lstrip("+-")
    if word == ".nan":
        return math.nan
    return float(text.lower().replace(".inf", "inf")) if word == ".inf" else float(text)


_SCALAR_VALUES: dict[str, Any] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": _integer,
    "float": _float,
}
