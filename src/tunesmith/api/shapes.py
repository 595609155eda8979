"""Requests and answers against the service model: JSON to values of Python, and back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import msgspec

from tunesmith.api.call import Json
from tunesmith.api.constraints import NOT_NULL, Rule, Stopwatch, rules, shown
from tunesmith.api.errors import SerializationError, ValidationError
from tunesmith.api.scalars import read_scalar, refuse

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

_DEEPEST = 100  # levels of a request that the model knows; only search expressions have more than a dozen
_MOST_REPORTED = 100  # broken constraints that are spelled out; all are counted
_CONTAINERS = frozenset({"structure", "list", "map"})


def read_request(operation: OperationModel, body: bytes) -> dict[str, Any]:
    """Decode the body of a request and check it against the model.

    Members that the model does not know are left out, and so is null. Raises SerializationError if it is not the
    JSON that the operation takes, ValidationError that lists all broken constraints.
    """
    members = _parse(body) if body else {}
    if not isinstance(members, dict):
        refuse(members, "a Structure", "")
    if operation.input_shape is None:
        return {}
    reader = _Reader()
    request = reader.structure(operation.input_shape, members, "", 0)
    reader.raise_if_broken()
    return request


def _parse(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        msg = f"The request body is not JSON: {error}."
        raise SerializationError(msg) from None
    except RecursionError:
        msg = "The request body is nested too deeply."
        raise SerializationError(msg) from None


class _Reader:
    """Reads one request and gathers what is wrong with it."""

    def __init__(self) -> None:
        self._watch = Stopwatch()
        self._faults: list[str] = []
        self._count = 0

    def raise_if_broken(self) -> None:
        if self._count:
            more = self._count - len(self._faults)
            faults = [*self._faults, f"and {more} more"] if more else self._faults
            plural = "s" if self._count > 1 else ""
            msg = f"{self._count} validation error{plural} detected: {'; '.join(faults)}"
            raise ValidationError(msg)

    def structure(self, shape: StructureShape, value: object, path: str, depth: int) -> dict[str, Any]:
        if not isinstance(value, dict):
            refuse(value, "a Structure", path)
        found: dict[str, Any] = {}
        for name, member in shape.members.items():
            place = _member(path, name)
            item = value.get(name)
            if item is not None:
                found[name] = self._value(member, item, place, depth + 1)
            elif name in shape.required_members:
                self._fault(None, place, NOT_NULL)
        return found

    def _value(self, shape: Shape, value: object, path: str, depth: int) -> Any:
        """Read a value and check the constraints on it."""
        found = self._read(shape, value, path, depth)
        measured = value if shape.type_name in _CONTAINERS else found  # of a long list not all is read
        for rule in self._broken(shape, measured):
            self._fault(value, path, rule.text)
        return found

    def _read(self, shape: Shape, value: object, path: str, depth: int) -> Any:
        if depth > _DEEPEST:
            msg = f"The request is nested more than {_DEEPEST} levels deep."
            raise SerializationError(msg)
        match shape.type_name:
            case "structure":
                return self.structure(cast("StructureShape", shape), value, path, depth)
            case "list":
                return self._list(cast("ListShape", shape), value, path, depth)
            case "map":
                return self._map(cast("MapShape", shape), value, path, depth)
            case scalar:
                return read_scalar(scalar, value, path)

    def _list(self, shape: ListShape, value: object, path: str, depth: int) -> list[Any]:
        if not isinstance(value, list):
            refuse(value, "a List", path)
        faults = "Member must satisfy constraint"
        return self._items(
            shape.member, islice(enumerate(value, start=1), _most(shape)), value, path, faults, depth
        )

    def _map(self, shape: MapShape, value: object, path: str, depth: int) -> dict[str, Any]:
        if not isinstance(value, dict):
            refuse(value, "a Map", path)
        if any(self._is_broken(shape.key, key) for key in islice(value, _most(shape))):
            self._fault(value, path, f"Map keys must satisfy constraint: {_all(shape.key)}")
        faults = "Map value must satisfy constraint"
        found = self._items(shape.value, islice(value.items(), _most(shape)), value, path, faults, depth)
        return dict(zip(value, found, strict=False))

    def _items(
        self,
        shape: Shape,
        items: Iterable[tuple[object, object]],
        whole: object,
        path: str,
        faults: str,
        depth: int,
    ) -> list[Any]:
        """Read what a list holds, by number, or a map, by key.

        As in AWS, constraints on texts and numbers are reported for the whole, those on structures where they are.
        """
        if shape.type_name in _CONTAINERS:
            return [self._container(shape, item, f"{path}.{key}.member", depth + 1) for key, item in items]
        found = [
            None if item is None else read_scalar(shape.type_name, item, f"{path}.{key}.member")
            for key, item in items
        ]
        if any(item is None or self._is_broken(shape, item) for item in found):
            self._fault(whole, path, f"{faults}: {_all(shape)}")
        return found

    def _container(self, shape: Shape, value: object, path: str, depth: int) -> Any:
        if value is None:
            self._fault(value, path, NOT_NULL)
            return None
        return self._value(shape, value, path, depth)

    def _broken(self, shape: Shape, value: object) -> Iterator[Rule]:
        return (rule for rule in rules(shape) if not rule.holds(value, self._watch))

    def _is_broken(self, shape: Shape, value: object) -> bool:
        return any(True for _ in self._broken(shape, value))

    def _fault(self, value: object, path: str, constraint: str) -> None:
        self._count += 1
        if len(self._faults) < _MOST_REPORTED:
            seen = "null" if value is None else f"'{shown(value)}'"
            self._faults.append(f"Value {seen} at '{shown(path)}' failed to satisfy constraint: {constraint}")


def _member(path: str, name: str) -> str:
    lower = name[:1].lower() + name[1:]
    return f"{path}.{lower}" if path else lower


def _most(shape: Shape) -> int | None:
    """How many members of a list or a map are looked at: if there are more, it is refused anyway."""
    most: int | None = shape.metadata.get("max")
    return most


def _all(shape: Shape) -> str:
    """All constraints on the members of a list or a map."""
    return f"[{', '.join([*(rule.text for rule in rules(shape)), NOT_NULL])}]"


def shape_answer(operation: OperationModel, answer: Json | None) -> dict[str, Any] | None:
    """Make JSON of an operation's answer; None if the operation has no answer.

    Members that the model does not know are left out, and so are None and numbers that are not finite. Moments
    become seconds since 1970. Raises TypeError if a required member is missing or a value has the wrong type:
    the operation is wrong then.
    """
    if operation.output_shape is None:
        return None
    return _shape_structure(operation.output_shape, {} if answer is None else answer, operation.name)


def _shape(shape: Shape, value: Any, path: str) -> Any:
    """Make JSON of a value; None if there is none."""
    if value is None:
        return None
    match shape.type_name:
        case "structure":
            return _shape_structure(cast("StructureShape", shape), value, path)
        case "list":
            member = cast("ListShape", shape).member
            return _present(_shape(member, item, path) for item in value)
        case "map":
            inner = cast("MapShape", shape).value
            return _known({key: _shape(inner, item, path) for key, item in value.items()})
        case scalar:
            return _shape_scalar(scalar, value, path)


def _shape_structure(shape: StructureShape, value: Mapping[str, Any], path: str) -> dict[str, Any]:
    members = shape.members.items()
    given = ((name, member, value.get(name)) for name, member in members)
    made = _known({n: _shape(member, item, f"{path}.{n}") for n, member, item in given if item is not None})
    missing = [name for name in shape.required_members if name not in made]
    if missing:
        msg = f"the answer's {path} lacks {', '.join(missing)}"
        raise TypeError(msg)
    return made


def _present(items: Iterable[Any]) -> list[Any]:
    return [item for item in items if item is not None]


def _known(items: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in items.items() if item is not None}


def _shape_scalar(kind: str, value: Any, path: str) -> Any:
    match kind, value:
        case "string", str():
            return str(value)
        case "boolean", bool():
            return value
        case "integer" | "long", int() if not isinstance(value, bool):
            return int(value)
        case "float" | "double", int() | float() if not isinstance(value, bool):
            return float(value) if math.isfinite(value) else None
        case "timestamp", datetime() if value.tzinfo is not None:
            return value.timestamp()
    msg = f"the answer's {path} is {value!r}, which is not a {kind}"
    raise TypeError(msg)
