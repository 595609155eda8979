"""One call of a user's function: what it reports, returns or raises, in the terms of a training job."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tunesmith.core.space import Config
from tunesmith.core.training_job import JobStatus
from tunesmith.training.checkpoint_folder import keeping_in
from tunesmith.training.report import Sink, encode, reporting_to

DEFAULT_METRIC = "objective"
"""What the objective is called when the user has not named it: the plain number that a function returns."""

_LONGEST_REASON = 1024  # characters, as of a script's failure file
_LONGEST_LOG = 1 << 16  # characters; an exception's message may hold a whole array
_ALLOWED = "it must return a number, or a mapping of metric names to numbers"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended. It travels between processes, so it holds nothing but text."""

    status: JobStatus
    reports: bytes = b""  # the line of the returned metrics
    reason: str | None = None
    log: str = ""  # the traceback


class StopRequest(BaseException):
    """Raised inside a function by its next `tunesmith.report` after it was asked to stop.

    No `Exception`, so that a function that survives its own errors does not survive this.
    """


def call(
    function: Callable[[Config], Any], config: Config, metric: str, sink: Sink, checkpoints: str | None = None
) -> Outcome:
    """Call the function with a copy of the configuration, its reports going to the sink.

    `checkpoints` is the folder where it keeps them, None if it keeps none.

    Every end is an outcome, except KeyboardInterrupt, which is the business of whoever pressed the keys.
    """
    try:
        with reporting_to(sink), keeping_in(checkpoints):
            result = function(dict(config))
    except StopRequest as request:
        return Outcome(JobStatus.STOPPED, reason=str(request))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like end the trial, not the tuning
        return failure(error)
    try:
        metrics = _metrics(result, metric)
    except TypeError as error:
        return Outcome(JobStatus.FAILED, reason=str(error)[:_LONGEST_REASON])
    if math.isfinite(metrics[metric]):
        return Outcome(JobStatus.COMPLETED, reports=encode(metrics))
    return Outcome(
        JobStatus.FAILED, reports=encode(metrics), reason=f"the function returned {metrics[metric]}"
    )


def failure(error: BaseException) -> Outcome:
    """The outcome of a call that raised, its traceback without our own frame."""
    trace = error.__traceback__.tb_next if error.__traceback__ else None
    log = "".join(traceback.format_exception(type(error), error, trace))
    reason = f"{_message(error)[:_LONGEST_REASON]}{_place(traceback.extract_tb(trace))}"
    return Outcome(JobStatus.FAILED, reason=reason, log=log[-_LONGEST_LOG:])


def _metrics(result: Any, metric: str) -> dict[str, float]:
    """The metrics that a function returned. Raises TypeError, saying what is allowed, for anything else."""
    if not isinstance(result, Mapping):
        return {metric: _number("", result)}
    metrics = {name: _number(f"{name}=", value) for name, value in result.items()}
    if any(not isinstance(name, str) for name in metrics):
        msg = f"the function returned a mapping with the keys {list(metrics)!r:.200}; {_ALLOWED}"
        raise TypeError(msg)
    if metric == DEFAULT_METRIC and len(metrics) == 1:  # there is nothing to choose from
        metrics |= dict.fromkeys([metric], *metrics.values())
    if metric not in metrics:
        found = ", ".join(metrics) or "no metric at all"
        msg = f"the function returned {found}, but not {metric!r}; say which one to optimise: metric='...'"
        raise TypeError(msg)
    return metrics


def _number(name: str, value: Any) -> float:
    """A number of Python, numpy or another library; a boolean or an array with several entries is none."""
    try:
        if getattr(value, "ndim", 0) == 0:
            encode({"value": value})
            return float(value)
    except TypeError:
        pass
    forgotten = " (is there a `return` missing?)" if value is None else ""
    msg = f"the function returned {name}{value!r:.200}, a {type(value).__name__}; {_ALLOWED}{forgotten}"
    raise TypeError(msg)


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the user's __str__ may do anything
        text = "its message cannot be shown"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(frames: traceback.StackSummary) -> str:
    """Where it went wrong: the innermost line in the file of the function, which is the user's own code."""
    own = [frame for frame in frames if frame.filename == frames[0].filename]
    return f" ({own[-1].filename}, line {own[-1].lineno}, in {own[-1].name})" if own else ""
