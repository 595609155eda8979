"""Search expressions: conditions, and, or; checked once, then tried on many records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeAlias

from tunesmith.api.call import Json
from tunesmith.api.errors import ValidationError
from tunesmith.api.search.condition import condition
from tunesmith.api.search.properties import Property, read, resolve

_MOST_CONDITIONS = 50


class Record(Protocol):
    """A resource that is searched."""

    def values(self, prop: Property) -> Iterable[Any]:
        """What a property of it holds: nothing, one value or several."""
        ...


Predicate: TypeAlias = Callable[[Record], bool]


def predicate(expression: Json | None, record: str) -> Predicate:
    """Make a predicate of a search expression on a record of the service model.

    Raises ValidationError for an expression that is empty, too large, or wrong in itself.
    """
    if expression is None:
        return lambda _: True
    _check_size(expression)
    return _predicate(expression, record)


def _predicate(expression: Json, record: str) -> Predicate:
    parts = [
        *(_filter(given, record) for given in expression.get("Filters", ())),
        *(_nested(given, record) for given in expression.get("NestedFilters", ())),
        *(_predicate(given, record) for given in expression.get("SubExpressions", ())),
    ]
    if not parts:
        msg = "A search expression needs at least one filter, nested filter or subexpression."
        raise ValidationError(msg)
    if expression.get("Operator") == "Or":
        return lambda found: any(part(found) for part in parts)
    return lambda found: all(part(found) for part in parts)


def _filter(given: Json, record: str) -> Predicate:
    prop = resolve(record, given["Name"])
    test = condition(given, prop)
    return lambda found: test(found.values(prop))


def _nested(given: Json, record: str) -> Predicate:
    """One object of a list must satisfy all of the filters."""
    above = resolve(record, given["NestedPropertyName"])
    tests = [_nested_filter(inner, above, record) for inner in given["Filters"]]
    return lambda found: any(
        all(test(read(item.get(prop.head), prop.rest)) for prop, test in tests)
        for item in found.values(above)
        if isinstance(item, dict)
    )


def _nested_filter(
    given: Json, above: Property, record: str
) -> tuple[Property, Callable[[Iterable[Any]], bool]]:
    prop = resolve(record, given["Name"])
    depth = len(above.rest)
    if prop.head != above.head or prop.rest[:depth] != above.rest or len(prop.rest) == depth:
        name = ".".join((above.head, *above.rest))
        msg = f"The property {given['Name']} of a nested filter does not lie under {name}."
        raise ValidationError(msg)
    return prop.under(above), condition(given, prop)


def _check_size(expression: Json) -> None:
    conditions = list(_conditions(expression))
    if len(conditions) > _MOST_CONDITIONS:
        msg = (
            f"A search expression has at most {_MOST_CONDITIONS} conditions, this one has {len(conditions)}."
        )
        raise ValidationError(msg)
    if sum(given.get("Operator") == "Contains" for given in conditions) > 1:
        msg = "'CONTAINS' operator usage limit of 1 exceeded."
        raise ValidationError(msg)


def _conditions(expression: Json) -> Iterator[Json]:
    """All filters, nested filters and subexpressions, however deep."""
    yield from expression.get("Filters", ())
    for nested in expression.get("NestedFilters", ()):
        yield nested
        yield from nested["Filters"]
    for inner in expression.get("SubExpressions", ()):
        yield {}
        yield from _conditions(inner)
