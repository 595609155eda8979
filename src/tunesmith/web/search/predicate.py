"""Trying a search expression on training jobs."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from tunesmith.core.space import Value
from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrainingJobRecord
from tunesmith.web.search.expression import All, AnyOf, Comparison, Expression, ExpressionError, Not

Scalar: TypeAlias = Value | datetime | None

LoadMetric: TypeAlias = Callable[[str], float | None]
"""Gives the last value of a metric of one training job."""

Predicate: TypeAlias = Callable[[TrainingJobRecord, LoadMetric], bool]

_Test: TypeAlias = Callable[[Scalar], bool]


@dataclass(frozen=True)
class Property:
    """Something that every training job has, apart from hyperparameters and metrics."""

    name: str
    label: str
    kind: str  # text, number, seconds, moment or state
    read: Callable[[TrainingJobRecord], Scalar]


def _metric(job: TrainingJobRecord) -> str | None:
    tuning = job.tuning.job
    return None if tuning.alone else tuning.parts[job.trial.definition].objective.metric


PROPERTIES = {
    each.name: each
    for each in (
        Property("objective", "objective", "number", lambda job: job.trial.value),
        Property("status", "status", "state", lambda job: job.trial.state.value),
        Property("name", "name", "text", lambda job: job.trial.name),
        Property(
            "job", "tuning job", "text", lambda job: None if job.tuning.job.alone else job.tuning.job.name
        ),
        Property("number", "number", "number", lambda job: job.trial.number),
        Property(
            "time", "run time", "seconds", lambda job: job.trial.run_seconds if job.trial.ended_at else None
        ),
        Property("created", "created", "moment", lambda job: job.trial.created_at),
        Property("algorithm", "algorithm", "text", lambda job: job.trial.definition),
        Property("metric", "objective metric", "text", _metric),
        Property("reason", "reason", "text", lambda job: job.trial.reason),
        Property("attempts", "attempts", "number", lambda job: job.trial.attempt),
    )
}
"""By the names that expressions have for them."""

_OTHER_NAMES = {
    "value": "objective",
    "state": "status",
    "tuning_job": "job",
    "run_time": "time",
    "seconds": "time",
}
_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_SECONDS = {
    "s": 1,
    "sec": 1,
    "seconds": 1,
    "min": 60,
    "minutes": 60,
    "h": 3600,
    "hours": 3600,
    "d": 86_400,
    "days": 86_400,
}
_NOTHING = {"none", "missing"}


def known(name: str) -> Property | None:
    """The property of a name, in upper or lower case; None if it is a hyperparameter or a metric."""
    low = name.lower()
    return PROPERTIES.get(_OTHER_NAMES.get(low, low))


def value_of(job: TrainingJobRecord, name: str, load: LoadMetric) -> Scalar:
    """What a training job has of a name: a property, else a hyperparameter, else the last value of a metric.

    `param.NAME` and `metric.NAME` say which it is, if there are both.
    """
    prop = known(name)
    if prop is not None:
        return prop.read(job)
    if name.startswith("metric."):
        return load(name.removeprefix("metric."))
    part = job.tuning.job.parts[job.trial.definition]
    setting = name.removeprefix("param.")
    if setting in job.trial.config:
        return job.trial.config[setting]
    if setting in part.hyperparameters:
        return part.hyperparameters[setting]
    return None if name.startswith("param.") else load(name)


def predicate(expression: Expression) -> Predicate:
    """Make a test of an expression. Raises ExpressionError for a value that does not suit what it is compared with."""
    match expression:
        case Comparison():
            name, test = expression.name, _test(expression)
            return lambda job, load: test(value_of(job, name, load))
        case Not(part):
            inner = predicate(part)
            return lambda job, load: not inner(job, load)
        case All(parts):
            tests = [predicate(part) for part in parts]
            return lambda job, load: all(test(job, load) for test in tests)
        case AnyOf(parts):
            tests = [predicate(part) for part in parts]
            return lambda job, load: any(test(job, load) for test in tests)


def _test(given: Comparison) -> _Test:
    prop = known(given.name)
    if given.value.lower() in _NOTHING and given.sign in {"=", "!="}:
        is_wanted = given.sign == "="
        return lambda value: (value is None) is is_wanted
    if given.sign == "~":
        part = given.value.lower()
        return lambda value: value is not None and part in _text(value)
    if prop is not None and prop.kind in _READERS:
        return _compared(given, _READERS[prop.kind](given))
    number = _number(given.value)
    is_number = prop is None or prop.kind == "number"
    if number is not None and is_number:
        return _compared_number(given, number)
    if given.sign in _ORDERS or (prop is not None and prop.kind == "number"):
        msg = f"{given.name} {given.sign} needs a number, and {given.value!r} is none"
        raise ExpressionError(msg, given.value_at)
    return _compared(given, given.value.lower())


def _compared(given: Comparison, wanted: Any) -> _Test:
    """Compare with a value of one kind; what is not there is neither equal nor in any order."""
    if given.sign == "=":
        return lambda value: value is not None and _like(value, wanted) == wanted
    if given.sign == "!=":
        return lambda value: value is None or _like(value, wanted) != wanted
    if isinstance(wanted, str):
        msg = f"{given.name} has no order: compare it with =, != or ~"
        raise ExpressionError(msg, given.at)
    order = _ORDERS[given.sign]
    return lambda value: value is not None and bool(order(value, wanted))


def _compared_number(given: Comparison, wanted: float) -> _Test:
    order = _ORDERS.get(given.sign)
    if order is not None:
        return lambda value: (found := _as_number(value)) is not None and bool(order(found, wanted))
    is_equal = given.sign == "="
    return lambda value: (_as_number(value) == wanted) is is_equal


def _like(value: Scalar, wanted: Any) -> Any:
    return _text(value) if isinstance(wanted, str) else value


def _text(value: Scalar) -> str:
    return str(value).lower()


def _state(given: Comparison) -> str:
    states = [state.value for state in TrialState]
    if given.value.lower() not in map(str.lower, states):
        msg = f"there is no status {given.value!r}; there are {', '.join(states)}"
        raise ExpressionError(msg, given.value_at)
    return given.value.lower()


def _moment(given: Comparison) -> datetime:
    try:
        moment = datetime.fromisoformat(given.value)
    except ValueError:
        msg = f"{given.value!r} is no time; write it as 2026-01-31 or 2026-01-31T12:00"
        raise ExpressionError(msg, given.value_at) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _seconds(given: Comparison) -> float:
    digits = given.value.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = given.value[len(digits) :].strip() or "s"
    number = _number(digits)
    if number is None or unit not in _SECONDS:
        msg = f"{given.value!r} is no span of time; write it as 90, 90 s, 5 min or 2 h"
        raise ExpressionError(msg, given.value_at)
    return number * _SECONDS[unit]


def _as_number(value: Scalar) -> float | None:
    if isinstance(value, str):
        return _number(value)
    return float(value) if isinstance(value, int | float) else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


_READERS: dict[str, Callable[[Comparison], Any]] = {"state": _state, "moment": _moment, "seconds": _seconds}
