"""The map between rows and the values they stand for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Row

from tunesmith.core.objective import Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Parameter, Space
from tunesmith.core.training_job import (
    Channel,
    Command,
    Cursor,
    Ending,
    Function,
    Resources,
    Script,
    Work,
)
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import (
    Completion,
    Definition,
    Limits,
    MetricPattern,
    ReportRange,
    Transfer,
    TuningJob,
    TuningStatus,
)
from tunesmith.store.records import (
    Attempt,
    Intervention,
    Kind,
    MetricPoint,
    ObjectiveCounts,
    TrialRecord,
    TuningJobRecord,
    TuningJobSummary,
)

_From = TypeVar("_From")
_To = TypeVar("_To")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS: dict[str, Callable[..., Any]] = {
    kind.__name__: kind for kind in (Continuous, Integer, Categorical, Script, Command)
}


@dataclass(frozen=True)
class LostFunction:
    """Stands for a Python function of which the store keeps only the name; calling it raises RuntimeError."""

    name: str  # "module:qualified name"

    def __call__(self, _config: Config) -> NoReturn:
        """Say which function is needed to go on."""
        msg = f"the store keeps only the name of a Python function: pass {self.name} again to go on"
        raise RuntimeError(msg)


def micros(at: datetime) -> int:
    """Microseconds since 1970 of a moment; raises TypeError if it has no time zone."""
    return (at - _EPOCH) // _MICROSECOND


def moment(count: int) -> datetime:
    """The moment, in UTC, of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=count)


def key(name: str) -> str:
    """What names are told apart by: upper and lower case do not differ."""
    return name.lower()


def clean(text: str) -> str:
    """`text` without what a database refuses (NUL, lone surrogates), as a training job's output may hold it."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def describe(job: TuningJob) -> str:
    """A tuning job, but for the columns `name` and `created_at`, as JSON; floats are exact."""
    description = {f.name: getattr(job, f.name) for f in fields(job)}
    del description["name"], description["created_at"]
    description["space"] = job.space.parameters
    if job.definitions:  # the first one's fields are the job's
        description = {
            name: value for name, value in description.items() if name not in job.definitions[0].shared
        }
    return _encode(description)


def job_row(
    job: TuningJob, status: TuningStatus, request: Mapping[str, Any] | None, token: str | None
) -> dict[str, object]:
    """The row of a new tuning job; raises ValueError for a request that is no JSON."""
    created = micros(job.created_at)
    return {
        "key": key(job.name),
        "name": job.name,
        "description": describe(job),
        "status": status.value,
        "created_at": created,
        "modified_at": created,
        "request": _optional(_encode, request),
        "token": token,
        "listed": not job.alone,
    }


def job_record(row: Row[Any]) -> TuningJobRecord:
    """The tuning job of a row."""
    description = json.loads(row.description)
    read = _read(description)
    first = read["definitions"][0].shared if read.get("definitions") else {}
    return TuningJobRecord(
        job=TuningJob(name=row.name, created_at=moment(row.created_at), **first, **read),
        status=TuningStatus(row.status),
        reason=row.reason,
        modified_at=moment(row.modified_at),
        ended_at=_optional(moment, row.ended_at),
        request=_optional(json.loads, row.request),
        token=row.token,
        former_name=row.former_name,
        paused_at=_optional(moment, row.paused_at),
    )


def summary(
    row: Row[Any], counts: Mapping[TrialState, int], succeeded: int, retryable: int
) -> TuningJobSummary:
    """The tuning job of a row and the numbers of its trials, for a list."""
    description = json.loads(row.description)
    ended = sum(count for state, count in counts.items() if state.is_final)
    return TuningJobSummary(
        name=row.name,
        strategy=description["strategy"],
        status=TuningStatus(row.status),
        limits=Limits(**description["limits"]),
        created_at=moment(row.created_at),
        modified_at=moment(row.modified_at),
        ended_at=_optional(moment, row.ended_at),
        counts=counts,
        objective_counts=ObjectiveCounts(
            succeeded=succeeded, pending=sum(counts.values()) - ended, failed=ended - succeeded
        ),
        retryable=retryable,
        not_improving=row.not_improving,
        converged_at=_optional(moment, row.converged_at),
        paused_at=_optional(moment, row.paused_at),
        run_seconds=row.run_seconds,
        spent=row.spent,
        price=_price(description.get("price")),
    )


def with_limits(description: str, limits: Limits) -> str:
    """The description of the same tuning job with other limits."""
    return _encode({**json.loads(description), "limits": limits})


def with_criteria_since(description: str, trials: int) -> str:
    """The description of the same tuning job whose completion criteria count from so many ended trials on."""
    described = json.loads(description)
    return _encode({**described, "completion": {**described.get("completion", {}), "since": trials}})


def trial_row(job_id: int, objective: Objective, trial: TrialRecord) -> dict[str, object]:
    """The row of a trial; raises ValueError if its value is not finite."""
    value = _optional(_finite, trial.value)
    return {
        "job_id": job_id,
        "number": trial.number,
        "name": trial.name,
        "key": key(trial.name),
        "config": _encode(trial.config),
        "state": trial.state.value,
        "handle": trial.handle,
        "log_cursor": trial.cursor.log,
        "reports_cursor": trial.cursor.reports,
        "value": value,
        "loss": objective.loss(value) if value is not None and trial.counts else None,
        "reason": _optional(clean, trial.reason),
        "ending": trial.ending,
        "exit_code": trial.exit_code,
        "rank": trial.rank,
        "created_at": micros(trial.created_at),
        "started_at": _optional(micros, trial.started_at),
        "ended_at": _optional(micros, trial.ended_at),
        "earlier": _encode([_attempt_plain(attempt) for attempt in trial.earlier]) if trial.earlier else None,
        "definition": trial.definition,
        "max_seconds": trial.max_seconds,
        "suggestion": trial.suggestion,
    }


def _attempt_plain(attempt: Attempt) -> dict[str, object]:
    return {
        "started_at": _optional(micros, attempt.started_at),
        "ended_at": micros(attempt.ended_at),
        "ending": attempt.ending,
        "reason": _optional(clean, attempt.reason),
        "reports": attempt.reports,
        "forgotten": attempt.forgotten,
    }


def _attempt(plain: dict[str, Any]) -> Attempt:
    return Attempt(
        started_at=_optional(moment, plain["started_at"]),
        ended_at=moment(plain["ended_at"]),
        ending=Ending(plain["ending"]),
        reason=plain["reason"],
        reports=plain.get("reports"),
        forgotten=plain["forgotten"],
    )


def trial_record(row: Row[Any]) -> TrialRecord:
    """The trial of a row."""
    return TrialRecord(
        number=row.number,
        name=row.name,
        config=json.loads(row.config),
        state=TrialState(row.state),
        handle=row.handle,
        cursor=Cursor(log=row.log_cursor, reports=row.reports_cursor),
        value=row.value,
        reason=row.reason,
        ending=_optional(Ending, row.ending),
        exit_code=row.exit_code,
        rank=row.rank,
        created_at=moment(row.created_at),
        started_at=_optional(moment, row.started_at),
        ended_at=_optional(moment, row.ended_at),
        earlier=tuple(map(_attempt, json.loads(row.earlier))) if row.earlier else (),
        definition=row.definition,
        max_seconds=row.max_seconds,
        suggestion=row.suggestion,
    )


def intervention_row(job_id: int, intervention: Intervention) -> dict[str, object]:
    """The row of what a person has done."""
    return {
        "job_id": job_id,
        "at": micros(intervention.at),
        "kind": intervention.kind.value,
        "words": clean(intervention.words),
        "who": _optional(clean, intervention.by),
        "config": _optional(_encode, intervention.config),
        "definition": intervention.definition,
    }


def intervention(row: Row[Any]) -> Intervention:
    """What a person has done, of a row."""
    return Intervention(
        at=moment(row.at),
        kind=Kind(row.kind),
        words=row.words,
        by=row.who,
        config=_optional(json.loads, row.config),
        definition=row.definition,
        id=row.id,
    )


def metric_row(job_id: int, point: MetricPoint) -> dict[str, object]:
    """The row of an emission; raises ValueError if its value is not finite."""
    return {
        "job_id": job_id,
        "trial": point.trial,
        "metric": clean(point.metric),
        "value": _finite(point.value),
        "at": micros(point.at),
    }


def metric_point(row: Row[Any]) -> MetricPoint:
    """The emission of a row."""
    return MetricPoint(trial=row.trial, metric=row.metric, value=row.value, at=moment(row.at))


def _plain(value: object) -> object:
    """What JSON has no word for, in words that it has."""
    if isinstance(value, Space):
        return value.parameters
    if isinstance(value, Function):
        return {"kind": "Function", "name": _function_name(value.target)}
    if is_dataclass(value):
        tag = {"kind": type(value).__name__} if isinstance(value, Parameter | Work) else {}
        return tag | {f.name: getattr(value, f.name) for f in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    msg = f"cannot store a {type(value).__name__}: {value!r}"
    raise TypeError(msg)


_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_plain).encode


def _function_name(target: Callable[..., Any]) -> str:
    if isinstance(target, LostFunction):
        return target.name
    named = target if hasattr(target, "__qualname__") else type(target)  # an object that can be called
    return f"{named.__module__}:{named.__qualname__}"


def _tagged(value: dict[str, Any]) -> Any:
    return _KINDS[value.pop("kind")](**value)


def _work(value: dict[str, Any]) -> Work:
    if value["kind"] == "Function":
        return Function(LostFunction(value["name"]))
    if value["kind"] == "Command":
        value["arguments"] = tuple(value["arguments"])
    work: Work = _tagged(value)
    return work


def _channel(value: str | dict[str, Any]) -> str | Channel:
    return value if isinstance(value, str) else Channel(**value)


def _price(value: dict[str, Any] | None) -> Price | None:
    return None if value is None else Price(**value)


def _same(value: Any) -> Any:
    return value


def _read(description: dict[str, Any]) -> dict[str, Any]:
    return {name: _READERS.get(name, _same)(value) for name, value in description.items()}


# Constructors rather than a schema: JSON tells 1 from 1.0 and from true, so every field comes back as it was.
_READERS: dict[str, Callable[[Any], Any]] = {
    "work": _work,
    "space": lambda value: Space(map(_tagged, value)),
    "objective": lambda value: Objective(**value),
    "limits": lambda value: Limits(**value),
    "price": _price,
    "metrics": lambda value: tuple(MetricPattern(**pattern) for pattern in value),
    "initial": tuple,
    "channels": lambda value: {name: _channel(channel) for name, channel in value.items()},
    "resources": lambda value: Resources(**value),
    "completion": lambda value: Completion(**value),
    "resource": lambda value: value and ReportRange(**value),
    "parents": tuple,
    "transfer": lambda value: value and Transfer(value),
    "definitions": lambda value: tuple(Definition(**_read(each)) for each in value),
}


def _finite(value: float) -> float:
    if not math.isfinite(value):
        msg = f"only finite values are stored, got {value!r}"
        raise ValueError(msg)
    return float(value)


def _optional(convert: Callable[[_From], _To], value: _From | None) -> _To | None:
    return None if value is None else convert(value)
