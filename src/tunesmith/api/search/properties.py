"""The properties that a search may name, found in the service model, and how their values are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from tunesmith.api.errors import ValidationError
from tunesmith.api.model import service_model

if TYPE_CHECKING:
    from botocore.model import ListShape, Shape, StructureShape

Scalar: TypeAlias = str | int | float | bool | datetime


class Type(Enum):
    """What the values of a property are, and so which operators suit it."""

    TEXT = auto()
    NUMBER = auto()
    TIME = auto()
    SWITCH = auto()  # true or false
    FREE = auto()  # the user's text, which may be that of a number: a hyperparameter
    WHOLE = auto()  # a structure or a list of some, which is there or not


@dataclass(frozen=True)
class Property:
    """A property of a resource: a member of its record, and the way from there."""

    head: str
    rest: tuple[str, ...]  # names of members; of a map, a key
    type: Type

    def under(self, above: Property) -> Property:
        """The same property as seen from the objects of one that it lies under."""
        path = self.rest[len(above.rest) :]
        return Property(path[0], path[1:], self.type)


_BY_USERS = {
    "Tags": Type.TEXT,
    "Metrics": Type.NUMBER,
}  # `Tags.<key>`, `Metrics.<name>`: the rest is one name
_SCALARS = {"timestamp": Type.TIME, "boolean": Type.SWITCH, "string": Type.TEXT}


def resolve(record: str, name: str) -> Property:
    """Find a property by its name, for the record of a resource as the service model calls it.

    The first part may be in any case, since suggestions have it in lower case. Raises ValidationError.
    """
    head, _, rest = name.partition(".")
    members = cast("StructureShape", service_model("sagemaker").shape_for(record)).members
    named = {member.lower(): member for member in (*members, *_of_users(members))}
    known = named.get(head.lower())
    if known is None:
        raise _unknown(record, name)
    if known in _BY_USERS:
        return Property(known, (rest,) if rest else (), _BY_USERS[known] if rest else Type.WHOLE)
    way, kind = _walk(members[known], rest, record, name)
    return Property(known, way, kind)


def read(value: Any, rest: tuple[str, ...]) -> Iterator[Any]:
    """Give what is at the end of the way from a value: nothing, one thing, or several where lists are passed."""
    if isinstance(value, list):
        for item in value:
            yield from read(item, rest)
    elif value is None or not rest:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        yield from read(value.get(rest[0]), rest[1:])


def _of_users(members: Mapping[str, Shape]) -> tuple[str, ...]:
    """The heads that the record itself has not: only training jobs have metrics."""
    return ("Metrics",) if "FinalMetricDataList" in members else ()


def _walk(shape: Shape, rest: str, record: str, name: str) -> tuple[tuple[str, ...], Type]:
    """Follow dotted names through a shape; give them apart, and the type of what is at their end."""
    way: list[str] = []
    while rest or shape.type_name == "list":
        if shape.type_name == "list":
            shape = cast("ListShape", shape).member
            if not rest:
                break
        elif shape.type_name == "map":
            return (*way, rest), Type.FREE  # the rest is a key, dots and all
        else:
            part, _, rest = rest.partition(".")
            members = getattr(shape, "members", {})
            if part not in members:
                raise _unknown(record, name)
            shape = members[part]
            way.append(part)
    return tuple(way), _type(shape)


def _type(shape: Shape) -> Type:
    if shape.type_name in ("structure", "map", "list"):
        return Type.WHOLE
    return _SCALARS.get(shape.type_name, Type.NUMBER)


def _unknown(record: str, name: str) -> ValidationError:
    return ValidationError(f"{name!r} is not a property of {record}.")
