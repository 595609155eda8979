"""The search space: named parameters, and the map between configurations and the unit cube.

A *configuration* gives every parameter a value in the user's units. A *point* is the same thing in the
optimizer's coordinates: one number in [0, 1] for each parameter, in the order of `Space.parameters`.
Scaling follows the public description of SageMaker's automatic model tuning (see `Scale`).

Conditional parameters are meant to join here: an inactive parameter will be absent from the configuration
and NaN in the point, so nothing outside this module will have to learn of conditions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Value: TypeAlias = float | int | str | bool
Config: TypeAlias = Mapping[str, Value]
Points: TypeAlias = NDArray[np.float64]

Scale = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]
"""How a numeric range is spread over [0, 1]: `Linear` by x, `Logarithmic` by ln x (x > 0),
`ReverseLogarithmic` by -ln(1 - x) (0 <= x < 1); `Auto` picks one of them from the bounds."""

_ALMOST = 1 - 1e-9  # 1e-2 / 1e-5 is a little less than 1000 in floating point

_Map: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
_FORWARD: dict[str, _Map] = {
    "Linear": lambda x: x,
    "Logarithmic": np.log,
    "ReverseLogarithmic": lambda x: -np.log1p(-x),
}
_INVERSE: dict[str, _Map] = {
    "Linear": lambda z: z,
    "Logarithmic": np.exp,
    "ReverseLogarithmic": lambda z: -np.expm1(-z),
}
_LARGEST_INTEGER = 2**53  # beyond it a float64 skips integers
_INTEGER_MARGIN = 1e-8  # keeps the half-integers at both ends out, so that rounding stays inside


@dataclass(frozen=True)
class Continuous:
    """A real number in [low, high], both ends included."""

    name: str
    low: float
    high: float
    scale: Scale = "Auto"

    def __post_init__(self) -> None:
        _check_range(self.name, self.low, self.high, self.scale)
        if self.resolved_scale == "ReverseLogarithmic" and not (self.low >= 0 and self.high < 1):
            msg = (
                f"{self.name}: ReverseLogarithmic needs 0 <= low and high < 1, got [{self.low}, {self.high}]"
            )
            raise ValueError(msg)
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))

    @cached_property
    def resolved_scale(self) -> Scale:
        """The scale in use: `Auto` means Logarithmic from three decades on, ReverseLogarithmic
        where 1 - x spans two decades below 1, else Linear."""
        if self.scale != "Auto":
            return self.scale
        if self.low > 0 and self.high / self.low >= 1000 * _ALMOST:
            return "Logarithmic"
        if self.low >= 0.5 and self.high < 1 and (1 - self.low) / (1 - self.high) >= 100 * _ALMOST:
            return "ReverseLogarithmic"
        return "Linear"

    @property
    def cardinality(self) -> int | None:
        """The number of distinct values, None where there is no end of them."""
        return 1 if self.low == self.high else None

    def to_unit(self, values: Sequence[Value]) -> NDArray[np.float64]:
        """Map values (n,) into [0, 1]."""
        return _scale(np.asarray(values, dtype=np.float64), self.low, self.high, self.resolved_scale)

    def from_unit(self, units: ArrayLike) -> list[Value]:
        """Map units (n,) in [0, 1] to values; inverse of `to_unit` up to rounding."""
        values = _unscale(np.asarray(units, dtype=np.float64), self.low, self.high, self.resolved_scale)
        return list(np.clip(values, self.low, self.high).tolist())

    def check(self, value: Value) -> None:
        """Raise ValueError, naming the parameter and what is allowed, unless `value` is one of its values."""
        if not _is_number(value) or not self.low <= float(value) <= self.high:
            msg = f"{self.name}: {value!r} is not a number in [{self.low}, {self.high}]"
            raise ValueError(msg)


@dataclass(frozen=True)
class Integer:
    """A whole number in [low, high], both ends included."""

    name: str
    low: int
    high: int
    scale: Scale = "Auto"

    def __post_init__(self) -> None:
        _check_range(self.name, self.low, self.high, self.scale)
        for bound in (self.low, self.high):
            if bound != int(bound) or abs(bound) > _LARGEST_INTEGER:
                msg = f"{self.name}: bounds must be whole numbers within +-2**53, got {bound!r}"
                raise ValueError(msg)
        if self.scale == "ReverseLogarithmic":
            msg = f"{self.name}: ReverseLogarithmic is for continuous parameters; use Linear or Logarithmic"
            raise ValueError(msg)
        object.__setattr__(self, "low", int(self.low))
        object.__setattr__(self, "high", int(self.high))

    @cached_property
    def resolved_scale(self) -> Scale:
        """The scale in use: `Auto` means Logarithmic from two decades on, else Linear."""
        if self.scale != "Auto":
            return self.scale
        return "Logarithmic" if self.low > 0 and self.high / self.low >= 100 else "Linear"

    @property
    def cardinality(self) -> int:
        """The number of distinct values."""
        return self.high - self.low + 1

    @property
    def edges(self) -> tuple[float, float]:
        """The continuous interval that is rounded to the integers, half a step wider at both ends,
        so that the end points get their full mass."""
        return self.low - 0.5 + _INTEGER_MARGIN, self.high + 0.5 - _INTEGER_MARGIN

    def to_unit(self, values: Sequence[Value]) -> NDArray[np.float64]:
        """Map values (n,) into [0, 1]."""
        return _scale(np.asarray(values, dtype=np.float64), *self.edges, self.resolved_scale)

    def from_unit(self, units: ArrayLike) -> list[Value]:
        """Map units (n,) in [0, 1] to the nearest whole values."""
        values = _unscale(np.asarray(units, dtype=np.float64), *self.edges, self.resolved_scale)
        return [int(v) for v in np.clip(np.rint(values), self.low, self.high)]

    def check(self, value: Value) -> None:
        """Raise ValueError, naming the parameter and what is allowed, unless `value` is one of its values."""
        if not _is_number(value) or float(value) % 1 or not self.low <= float(value) <= self.high:
            msg = f"{self.name}: {value!r} is not a whole number in [{self.low}, {self.high}]"
            raise ValueError(msg)


@dataclass(frozen=True)
class Categorical:
    """One of a list of choices without order."""

    name: str
    choices: Sequence[Value]  # kept as a tuple

    def __post_init__(self) -> None:
        _check_name(self.name)
        choices = (c.item() if isinstance(c, np.generic) else c for c in self.choices)
        object.__setattr__(self, "choices", tuple(choices))
        if not self.choices:
            msg = f"{self.name}: a categorical parameter needs at least one choice"
            raise ValueError(msg)
        for choice in self.choices:
            if not _is_choice(choice):
                msg = f"{self.name}: choices must be strings, numbers or booleans, got {choice!r}"
                raise ValueError(msg)
        if len(set(self.choices)) < len(self.choices):
            msg = f"{self.name}: choices must be distinct, got {list(self.choices)}"
            raise ValueError(msg)

    @property
    def cardinality(self) -> int:
        """The number of choices."""
        return len(self.choices)

    @cached_property
    def _index(self) -> dict[Value, int]:
        return {choice: i for i, choice in enumerate(self.choices)}

    def to_unit(self, values: Sequence[Value]) -> NDArray[np.float64]:
        """Map choices (n,) to the middles of K equal parts of [0, 1]."""
        return (np.array([self._index[v] for v in values], dtype=np.float64) + 0.5) / len(self.choices)

    def from_unit(self, units: ArrayLike) -> list[Value]:
        """Map units (n,) in [0, 1] to the choices whose parts they lie in."""
        count = len(self.choices)
        index = np.clip(np.floor(np.asarray(units) * count), 0, count - 1)
        return [self.choices[int(i)] for i in index]

    def check(self, value: Value) -> None:
        """Raise ValueError, naming the parameter and what is allowed, unless `value` is one of its choices."""
        if not _is_choice(value) or value not in self._index:
            msg = f"{self.name}: {value!r} is not one of {list(self.choices)}"
            raise ValueError(msg)


Parameter: TypeAlias = Continuous | Integer | Categorical


@dataclass(frozen=True)
class Space:
    """The set of configurations that a tuning job may try."""

    parameters: tuple[Parameter, ...]

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        object.__setattr__(self, "parameters", tuple(parameters))
        if not self.parameters:
            msg = "a space needs at least one parameter"
            raise ValueError(msg)
        for parameter in self.parameters:
            if not isinstance(parameter, Continuous | Integer | Categorical):
                msg = f"a space is made of Continuous, Integer and Categorical parameters, got {parameter!r}"
                raise TypeError(msg)
        repeated = sorted({n for n in self.names if self.names.count(n) > 1})
        if repeated:
            msg = f"parameter names must be distinct, repeated: {', '.join(repeated)}"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.parameters)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters, in order."""
        return tuple(p.name for p in self.parameters)

    @cached_property
    def cardinality(self) -> int | None:
        """The number of distinct configurations, None where there is no end of them."""
        total = 1
        for parameter in self.parameters:
            if parameter.cardinality is None:
                return None
            total *= parameter.cardinality
        return total

    def encode(self, configs: Sequence[Config]) -> Points:
        """Map configurations to points, shape (n, d), every entry in [0, 1].

        Raises KeyError for a missing parameter or an unknown choice; use `check` first on a user's input.
        """
        points = np.empty((len(configs), len(self)))
        for column, parameter in enumerate(self.parameters):
            points[:, column] = parameter.to_unit([config[parameter.name] for config in configs])
        return points

    def decode(self, points: ArrayLike) -> list[dict[str, Value]]:
        """Map points (n, d) to configurations inside the space."""
        rows = np.asarray(points, dtype=np.float64).reshape(-1, len(self))
        columns = [p.from_unit(rows[:, i]) for i, p in enumerate(self.parameters)]
        return [dict(zip(self.names, values, strict=True)) for values in zip(*columns, strict=True)]

    def key(self, config: Config) -> tuple[Value, ...]:
        """A hashable identity: two configurations are the same if and only if their keys are equal."""
        return tuple(config[name] for name in self.names)

    def canonical(self, config: Config) -> dict[str, Value]:
        """The configuration as `decode` would give it: 2.0 becomes 2 for an integer parameter, and so on.

        Raises ValueError as `check` does.
        """
        self.check(config)
        kinds = {Continuous: float, Integer: int}
        parameters = ((p.name, kinds.get(type(p))) for p in self.parameters)
        return {name: config[name] if kind is None else kind(config[name]) for name, kind in parameters}

    def check(self, config: Config) -> None:
        """Raise ValueError, naming the parameter, the value and what is allowed, unless `config` is inside."""
        missing = [name for name in self.names if name not in config]
        unknown = [name for name in config if name not in self.names]
        if missing or unknown:
            faults = [f"no value for {name!r}" for name in missing]
            faults += [f"unknown parameter {name!r}" for name in unknown]
            msg = f"{'; '.join(faults)} (the space has {', '.join(self.names)})"
            raise ValueError(msg)
        for parameter in self.parameters:
            parameter.check(config[parameter.name])


def _is_choice(value: object) -> bool:
    return isinstance(value, int | str) or (isinstance(value, float) and math.isfinite(value))


def _is_number(value: object) -> bool:
    """Whether `value` is a finite number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, Real):  # numpy's numbers are Real
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        msg = f"a parameter's name must be a non-empty string, got {name!r}"
        raise ValueError(msg)


def _check_range(name: str, low: float, high: float, scale: str) -> None:
    _check_name(name)
    for bound in (low, high):
        if not _is_number(bound):
            msg = f"{name}: bounds must be finite numbers, got {bound!r}"
            raise ValueError(msg)
    if low > high:
        msg = f"{name}: low must not exceed high, got [{low}, {high}]"
        raise ValueError(msg)
    if not math.isfinite(float(high) - float(low)):
        msg = f"{name}: the range [{low}, {high}] is wider than a float can hold"
        raise ValueError(msg)
    if scale not in get_args(Scale):
        msg = f"{name}: scale must be one of {', '.join(get_args(Scale))}, got {scale!r}"
        raise ValueError(msg)
    if scale == "Logarithmic" and low <= 0:
        msg = f"{name}: Logarithmic needs low > 0, got {low}"
        raise ValueError(msg)


def _scale(values: NDArray[np.float64], low: float, high: float, scale: str) -> NDArray[np.float64]:
    """u = (g(x) - g(low)) / (g(high) - g(low)), clipped to [0, 1]."""
    forward = _FORWARD[scale]
    start, end = forward(np.array([low, high], dtype=np.float64))
    if start == end:  # a single value, or two whose images coincide
        return np.full(values.shape, 0.5)
    inside = np.clip(values, low, high)
    units: NDArray[np.float64] = np.clip((forward(inside) - start) / (end - start), 0.0, 1.0)
    return units


def _unscale(units: NDArray[np.float64], low: float, high: float, scale: str) -> NDArray[np.float64]:
    """x = g^-1(g(low) + u (g(high) - g(low)))."""
    start, end = _FORWARD[scale](np.array([low, high], dtype=np.float64))
    return _INVERSE[scale](start + units * (end - start))
