"""Comparing YAML values with the types of a schema, to find every fault at once and say where it is.

msgspec alone would stop at the first fault and could not name its line.
"""

from __future__ import annotations

import difflib
import math
import sys
from collections.abc import Collection, Iterable
from typing import Any

import msgspec.inspect as mi

from tunesmith.jobfile.words import describe
from tunesmith.jobfile.yaml_source import At, Fault, Source

_SYNONYMS = {
    "args": "arguments",
    "dir": "directory",
    "env": "environment",
    "max": "high",
    "max_trials": "trials",
    "min": "low",
    "n_jobs": "parallel",
    "n_trials": "trials",
    "params": "parameters",
    "random_state": "seed",
    "sampler": "strategy",
    "space": "parameters",
    "timeout": "seconds",
    "values": "choices",
}
_LONGEST_VALUE = 60  # characters of a value that a message shows


def check(source: Source, schema: type) -> list[Fault]:
    """Find what in a source does not fit a msgspec struct type; an empty list if it can be converted."""
    checker = _Checker(source)
    checker.visit(mi.type_info(schema), source.value, ())
    return checker.faults


def closest(word: str, known: Iterable[str]) -> str:
    """The hint "did you mean ...?" for a misspelt word, or nothing if no known word is near it."""
    near = _nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like `word`, or that it abbreviates, or None."""
    word, by_lower = word.lower(), {name.lower(): name for name in known}
    begun = [name for name in by_lower if len(word) >= 3 and name.startswith(word)]
    near = begun or difflib.get_close_matches(word, by_lower, n=1)
    return by_lower[near[0]] if near else None


def _meant(key: str, known: Collection[str]) -> str | None:
    """As `_nearest`, for a key: other programs call the same things by other names."""
    synonym = _SYNONYMS.get(key.lower())
    return synonym if synonym in known else _nearest(key, known)


class _Checker:
    """Walks a value and its type side by side."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._unreadable = {fault.path for fault in source.faults if fault.path}  # these are reported already
        self.faults: list[Fault] = []

    def visit(self, kind: mi.Type, value: Any, path: At) -> None:
        if path in self._unreadable:
            return
        match _choose(kind, value):
            case mi.StructType() as struct:
                self._struct(struct, value, path)
            case mi.DictType(value_type=inner) if isinstance(value, dict):
                for key, item in value.items():
                    self.visit(inner, item, (*path, key))
            case mi.ListType(item_type=inner) if isinstance(value, list):
                for index, item in enumerate(value):
                    self.visit(inner, item, (*path, index))
            case mi.UnionType(types=types) if any(isinstance(t, mi.StructType) and t.tag for t in types):
                self._untagged(types, value, path)
            case chosen if not _fits(chosen, value):
                self._value_fault(path, value, kind)

    def _struct(self, struct: mi.StructType, value: Any, path: At) -> None:
        if not isinstance(value, dict):
            self._value_fault(path, value, struct)
            return
        fields = {field.name: field for field in struct.fields}
        known = [*([struct.tag_field] if struct.tag_field else []), *fields]
        meant = {key: _meant(key, known) for key in value if key not in known}
        for key, near in meant.items():
            self._key_fault((*path, key), known, near)
        for name, field in fields.items():
            if name in value:
                self.visit(field.type, value[name], (*path, name))
            elif field.required and name not in meant.values():
                message = f"the key {name!r} is missing; it must be {describe(field.type)}"
                self.faults.append(Fault(self._source.key_place(path), (*path, name), message))

    def _untagged(self, types: Iterable[mi.Type], value: Any, path: At) -> None:
        """Report a mapping that does not say properly which of several kinds it is."""
        structs = [t for t in types if isinstance(t, mi.StructType)]
        field = str(structs[0].tag_field)
        tags = [str(t.tag) for t in structs]
        if not isinstance(value, dict):
            example = "{type: continuous, low: 0, high: 1}"
            self._fault(path, f"{self._show(path, value)} is not a mapping such as {example}")
        elif field not in value:
            message = f"the key {field!r} is missing; it must be one of {', '.join(tags)}"
            self.faults.append(Fault(self._source.key_place(path), (*path, field), message))
        else:
            tag = value[field]
            hint = closest(str(tag), tags)
            self._fault(
                (*path, field), f"{self._show((*path, field), tag)} is not one of {', '.join(tags)}{hint}"
            )

    def _key_fault(self, path: At, known: list[str], near: str | None) -> None:
        hint = f"; did you mean {near!r}?" if near else ""
        message = f"there is no key {path[-1]!r} here; the keys are {', '.join(known)}{hint}"
        self.faults.append(Fault(self._source.key_place(path), path, message))

    def _value_fault(self, path: At, value: Any, kind: mi.Type) -> None:
        hint = ""
        if isinstance(kind, mi.LiteralType):
            hint = closest(str(value), [str(option) for option in kind.values])
        elif isinstance(value, float) and value.is_integer() and _fits(kind, int(value)):
            hint = f" in digits; write {int(value)}"
        elif value is None:
            hint = "; give one, or leave the key out"
        kind_words = describe(kind)
        if isinstance(value, float) and not math.isfinite(value):
            kind_words = kind_words.replace("a number", "a finite number")
        self._fault(path, f"{self._show(path, value)} is not {kind_words}{hint}")

    def _show(self, path: At, value: Any) -> str:
        """A value as the user wrote it, short enough for a message."""
        if value is None:
            return "an empty value"
        if isinstance(value, dict | list):
            return "a mapping" if isinstance(value, dict) else "a list"
        text = repr(value) if isinstance(value, str) else self._source.texts[path]
        return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."

    def _fault(self, path: At, message: str) -> None:
        self.faults.append(Fault(self._source.place(path), path, message))


def _choose(kind: mi.Type, value: Any) -> mi.Type:
    """The member of a union that a value of this shape is meant to be; any other type is itself."""
    if not isinstance(kind, mi.UnionType):
        return kind
    if not isinstance(value, dict | list):
        return kind
    if isinstance(value, list):
        return next((t for t in kind.types if isinstance(t, mi.ListType)), kind)
    structs = [t for t in kind.types if isinstance(t, mi.StructType)]
    if any(t.tag for t in structs):
        structs = [t for t in structs if t.tag == value.get(t.tag_field)]
    return structs[0] if structs else kind


def _fits(kind: mi.Type, value: Any) -> bool:
    """Whether a single value is of a single-valued type; numbers must be finite."""
    match kind:
        case mi.UnionType(types=types):
            return any(_fits(t, value) for t in types)
        case mi.LiteralType(values=values):
            return value in values
        case mi.IntType() | mi.FloatType():
            return _fits_number(kind, value)
        case _:
            plain = {mi.StrType: str, mi.BoolType: bool, mi.NoneType: type(None)}.get(type(kind))
            return plain is not None and isinstance(value, plain)


def _fits_number(kind: mi.IntType | mi.FloatType, value: Any) -> bool:
    allowed = int if isinstance(kind, mi.IntType) else int | float
    if not isinstance(value, allowed) or isinstance(value, bool):
        return False
    if not abs(value) <= sys.float_info.max:  # also refuses NaN, and whole numbers no float can hold
        return False
    return (kind.ge is None or value >= kind.ge) and (kind.gt is None or value > kind.gt)
