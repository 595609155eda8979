"""`report`: what a training script calls to say how it is doing. Standard library only."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import SupportsFloat, TypeAlias

Sink: TypeAlias = Callable[[bytes], None]
"""Takes the lines of a function's reports."""

_SINK: ContextVar[Sink | None] = ContextVar("tunesmith report sink", default=None)
_sinks: list[Sink] = []  # of all functions that run in this process


@contextmanager
def reporting_to(sink: Sink) -> Iterator[None]:
    """Have the reports of a function that is called in this context go to a sink."""
    token = _SINK.set(sink)
    _sinks.append(sink)
    try:
        yield
    finally:
        _sinks.remove(sink)
        _SINK.reset(token)


def report(**metrics: SupportsFloat) -> None:
    """Record the current values of metrics, for example `report(accuracy=0.93, epoch=3)`.

    Works from any process and thread of a training script, and from any thread that a function has started,
    unless several functions run in threads of one process: then it cannot tell whose it is. Every call is kept,
    with its time. Outside of a job it prints the values, so that a script also runs on its own. Raises TypeError,
    naming the metric, for a value that is not a number.
    """
    values = _numbers(metrics)
    sink, path = _sink(), os.environ.get("TUNESMITH_REPORTS")
    if sink is not None:
        sink(_line(values))
    elif path:
        _append(path, _line(values))
    else:
        print(" ".join(f"{n}={_short(v)}" for n, v in values.items()), flush=True)  # noqa: T201 - the fallback


def encode(metrics: Mapping[str, SupportsFloat]) -> bytes:
    """Give the line that `report` writes: a JSON object of the time (seconds since 1970) and the metrics.

    Values that are not finite are written as NaN, Infinity and -Infinity, as Python's json reads them.
    """
    return _line(_numbers(metrics))


def _sink() -> Sink | None:
    """The sink of this thread's function; a thread that a function has started does not inherit its context."""
    running = tuple(_sinks)
    return _SINK.get() or (running[0] if len(running) == 1 else None)


def _line(values: Mapping[str, float]) -> bytes:
    return (json.dumps({"time": time.time(), "metrics": values}) + "\n").encode()


def _numbers(metrics: Mapping[str, SupportsFloat]) -> dict[str, float]:
    if not metrics:
        msg = "report: give at least one metric, as in report(accuracy=0.93)"
        raise TypeError(msg)
    return {name: _number(name, value) for name, value in metrics.items()}


def _number(name: str, value: SupportsFloat) -> float:
    # numpy's booleans are called "bool" or "bool_", and like ours they would pass for 0.0 and 1.0
    if isinstance(value, str | bytes) or type(value).__name__ in {"bool", "bool_"}:
        msg = f"report: {name}={value!r} is a {type(value).__name__}; a metric must be a number"
        raise TypeError(msg)
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        msg = f"report: {name}={value!r} is no single number ({error})"
        raise TypeError(msg) from error


def _short(value: float) -> str:
    return repr(value).removesuffix(".0")


def _append(path: str, line: bytes) -> None:
    # One write to a file opened for appending lands as a whole, whoever else is writing.
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        os.write(file, line)
    finally:
        os.close(file)
