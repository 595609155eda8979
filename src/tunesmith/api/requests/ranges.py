"""The ranges of hyperparameters, which are strings in the service model, as the parameters of a space."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import cast

from tunesmith.api.call import Json
from tunesmith.api.requests.refusal import refuse, refuse_all, repeated, shown
from tunesmith.core.space import Categorical, Continuous, Integer, Parameter, Scale

MOST = 30
"""Ranges of all kinds together."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def parameters_of(ranges: Json, field: str) -> tuple[Parameter, ...]:
    """Give the parameters of ParameterRanges, none if it is empty.

    Raises ValidationError that tells of all the ranges that are wrong.
    """
    parameters: list[Parameter] = []
    faults: list[str] = []
    for build, text in _texts(ranges):
        try:
            parameters.append(build(text))
        except ValueError as error:
            faults.append(str(error))
    refuse_all(field, faults)
    if len(parameters) > MOST:
        refuse(field, f"{len(parameters)} ranges are given; at most {MOST} hyperparameters can be tuned")
    twice = repeated([parameter.name for parameter in parameters])
    refuse_all(field, [f"{shown(name)} has more than one range" for name in twice])
    return tuple(parameters)


def auto_names(ranges: Json) -> list[str]:
    """The names of the hyperparameters whose ranges the service is to choose."""
    return [parameter["Name"] for parameter in ranges.get("AutoParameters") or ()]


def _texts(ranges: Json) -> Iterator[tuple[Callable[[Json], Parameter], Json]]:
    builders: dict[str, Callable[[Json], Parameter]] = {
        "IntegerParameterRanges": _integer,
        "ContinuousParameterRanges": _continuous,
        "CategoricalParameterRanges": _categorical,
    }
    for kind, build in builders.items():
        for text in ranges.get(kind) or ():
            yield build, text


def _integer(text: Json) -> Integer:
    low, high = (_whole(text, bound) for bound in ("MinValue", "MaxValue"))
    scale = _checked_scale(text, low, high)
    if scale == "ReverseLogarithmic":
        msg = f"{text['Name']}: ScalingType ReverseLogarithmic is for continuous ranges; choose another"
        raise ValueError(msg)
    return Integer(text["Name"], low, high, scale)


def _continuous(text: Json) -> Continuous:
    low, high = (_real(text, bound) for bound in ("MinValue", "MaxValue"))
    scale = _checked_scale(text, low, high)
    if scale == "ReverseLogarithmic" and not (low >= 0 and high < 1):
        msg = (
            f"{text['Name']}: ScalingType ReverseLogarithmic needs MinValue >= 0 and MaxValue < 1, "
            f"got {text['MinValue']} and {text['MaxValue']}"
        )
        raise ValueError(msg)
    return Continuous(text["Name"], low, high, scale)


def _categorical(text: Json) -> Categorical:
    twice = repeated(text["Values"])
    if twice:
        msg = f"{text['Name']}: Values must be distinct, repeated: {', '.join(map(shown, twice))}"
        raise ValueError(msg)
    return Categorical(text["Name"], tuple(text["Values"]))


def _whole(text: Json, bound: str) -> int:
    if not _INTEGER.fullmatch(text[bound]):
        msg = f"{text['Name']}: {bound} {shown(text[bound])} is not a whole number in digits, such as 10"
        raise ValueError(msg)
    return int(text[bound])


def _real(text: Json, bound: str) -> float:
    if not _NUMBER.fullmatch(text[bound]) or not math.isfinite(float(text[bound])):
        msg = f"{text['Name']}: {bound} {shown(text[bound])} is not a finite number, such as 0.1 or 1e-3"
        raise ValueError(msg)
    return float(text[bound])


def _checked_scale(text: Json, low: float, high: float) -> Scale:
    name, scale = text["Name"], text.get("ScalingType") or "Auto"
    if not low < high:
        msg = f"{name}: MinValue {text['MinValue']} must be less than MaxValue {text['MaxValue']}"
        raise ValueError(msg)
    if scale == "Logarithmic" and low <= 0:
        msg = f"{name}: ScalingType Logarithmic needs MinValue > 0, got {text['MinValue']}"
        raise ValueError(msg)
    return cast("Scale", scale)
