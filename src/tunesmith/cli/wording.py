"""Numbers, times and configurations as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tunesmith.core.space import Categorical, Config, Continuous, Integer, Parameter, Value

if TYPE_CHECKING:
    from tunesmith.store.records import TrialRecord


def number(value: float | None) -> str:
    """A number in at most six digits, or a dash for none."""
    return "-" if value is None else f"{value:.6g}"


def setting(value: Value) -> str:
    """The value of a hyperparameter: floats in at most six digits, booleans as YAML has them."""
    if isinstance(value, bool):
        return str(value).lower()
    return number(value) if isinstance(value, float) else str(value)


def config(values: Config) -> str:
    """A configuration in one line, such as `lr=0.01 depth=6`."""
    return " ".join(f"{name}={setting(value)}" for name, value in values.items())


def settings(trial: TrialRecord) -> str:
    """What a trial tries, in one line: its algorithm, if there are several, and its configuration."""
    return " ".join([*([] if trial.definition is None else [trial.definition]), config(trial.config)])


def parameter(parameter: Parameter) -> str:
    """What values a parameter may have, such as `continuous 1e-05 to 1, Logarithmic`."""
    match parameter:
        case Categorical(choices=choices):
            return f"one of {', '.join(map(setting, choices))}"
        case Continuous(low=low, high=high) | Integer(low=low, high=high):
            kind = type(parameter).__name__.lower()
            return f"{kind} {number(low)} to {number(high)}, {parameter.resolved_scale}"


def duration(span: timedelta) -> str:
    """A span of time as h:mm:ss."""
    return str(timedelta(seconds=max(0, round(span.total_seconds()))))


def elapsed(start: datetime | None, end: datetime) -> str:
    """The time from start to end, or a dash if it has not started."""
    return "-" if start is None else duration(end - start)


def moment(time: datetime | None) -> str:
    """A point in time, in the local time zone, to the second."""
    return "-" if time is None else f"{time.astimezone():%Y-%m-%d %H:%M:%S}"


def count(amount: int, noun: str) -> str:
    """An amount of things, such as `1 training job` or `2 training jobs`."""
    return f"{amount} {noun}{'' if amount == 1 else 's'}"


def printable(line: str, longest: int = 200) -> str:
    """A line of unknown origin, safe for a terminal and not too long."""
    line = line.rstrip().expandtabs(4)
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line[: longest + 1])
    return clean if len(clean) <= longest else f"{clean[:longest]}..."
