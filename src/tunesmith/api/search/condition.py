"""One filter of a search: an operator and a value, made ready to be tried on many records."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeAlias

from tunesmith.api.call import Json
from tunesmith.api.errors import ValidationError
from tunesmith.api.search.properties import Property, Type

Test: TypeAlias = Callable[[Iterable[Any]], bool]
"""Whether the values of a property, of which there may be none, satisfy a filter."""

_Holds: TypeAlias = Callable[[Any], bool]
_Compare: TypeAlias = Callable[[Any, Any], bool]

_ORDERS: dict[str, _Compare] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_EXISTENCE = {"Exists", "NotExists"}
_TEXTUAL = {"Contains", "In"}
_OPERATORS = {
    Type.TEXT: {"Equals", "NotEquals"} | _TEXTUAL,
    Type.NUMBER: {"Equals", "NotEquals", *_ORDERS},
    Type.TIME: {"Equals", "NotEquals", *_ORDERS},
    Type.SWITCH: {"Equals", "NotEquals"},
    Type.FREE: {"Equals", "NotEquals", *_ORDERS} | _TEXTUAL,
    Type.WHOLE: set[str](),
}


def condition(given: Json, prop: Property) -> Test:
    """Make a test of a filter; raises ValidationError if operator, value and property do not go together."""
    name, chosen = given["Name"], given.get("Operator", "Equals")
    if chosen == "Exists":
        return lambda values: any(True for _ in values)
    if chosen == "NotExists":
        return lambda values: not any(True for _ in values)
    if chosen not in _OPERATORS[prop.type]:
        allowed = ", ".join(sorted(_OPERATORS[prop.type] | _EXISTENCE))
        msg = f"The operator {chosen} does not suit the property {name}, which takes {allowed}."
        raise ValidationError(msg)
    if "Value" not in given:
        msg = f"The filter on {name} needs a Value for the operator {chosen}."
        raise ValidationError(msg)
    if chosen == "NotEquals":  # a property that is not there differs from every value
        equal = _holds("Equals", given["Value"], prop.type, name)
        return lambda values: not any(map(equal, values))
    holds = _holds(chosen, given["Value"], prop.type, name)
    return lambda values: any(map(holds, values))


def _holds(chosen: str, text: str, kind: Type, name: str) -> _Holds:
    """The test of one value."""
    if chosen == "Contains":
        return lambda value: text in value
    if chosen == "In":
        choices = {choice.strip() for choice in text.split(",")}
        return lambda value: value in choices
    return _COMPARISONS[kind](_ORDERS.get(chosen, operator.eq), text, name)


def _holds_as_text(compare: _Compare, text: str, _: str) -> _Holds:
    return lambda value: compare(value, text)


def _holds_as_number(compare: _Compare, text: str, name: str) -> _Holds:
    number = as_number(text)
    if number is None:
        msg = f"The property {name} is a number, and {text!r} is none."
        raise ValidationError(msg)
    return lambda value: compare(value, number)


def _holds_as_switch(compare: _Compare, text: str, name: str) -> _Holds:
    switches = {"true": True, "false": False}
    if text.lower() not in switches:
        msg = f"The property {name} is true or false, not {text!r}."
        raise ValidationError(msg)
    switch = switches[text.lower()]
    return lambda value: compare(value, switch)


def _holds_at(compare: _Compare, text: str, name: str) -> _Holds:
    """Compare moments; in whole seconds, unless the filter's has a fraction."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is not a time for the property {name}; write it as YYYY-mm-ddTHH:MM:SS."
        raise ValidationError(msg) from None
    at = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    if at.microsecond:
        return lambda value: compare(value, at)
    return lambda value: compare(value.replace(microsecond=0), at)


def _holds_freely(compare: _Compare, text: str, name: str) -> _Holds:
    """Compare as numbers if both are: as whole ones, cut off, if the filter's is a whole one."""
    number = as_number(text)
    if number is None:
        if compare is not operator.eq:
            msg = f"The property {name} can be ordered by numbers only, and {text!r} is none."
            raise ValidationError(msg)
        return lambda value: bool(value == text)
    whole = text.strip().lstrip("+-").isdecimal()

    def holds(value: str) -> bool:
        other = as_number(value)
        return other is not None and compare(math.trunc(other) if whole else other, number)

    return holds


def as_number(text: str) -> float | None:
    """The finite number that a text stands for, if it does."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


_COMPARISONS: dict[Type, Callable[[_Compare, str, str], _Holds]] = {
    Type.TEXT: _holds_as_text,
    Type.NUMBER: _holds_as_number,
    Type.TIME: _holds_at,
    Type.SWITCH: _holds_as_switch,
    Type.FREE: _holds_freely,
}
