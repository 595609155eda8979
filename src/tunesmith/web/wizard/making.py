"""From a draft to a tuning job, by way of the job file that says the same."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from tunesmith.core.tuning_job import TuningJob
from tunesmith.jobfile.file import JobFileError, parse
from tunesmith.jobfile.yaml_source import At, meaning
from tunesmith.jobfile.yaml_text import Node, document
from tunesmith.strategies import registry as strategies
from tunesmith.web.wizard.choices import needs_reports
from tunesmith.web.wizard.draft import (
    BuiltInWork,
    ChannelRow,
    CommandWork,
    Draft,
    ParameterRow,
    ScriptWork,
    Work,
)

Field: TypeAlias = At
"""A field of a draft: its name, then the number of a row and the name in it, such as ("parameters", 0, "low")."""

_Values: TypeAlias = dict[str, Node]

# Where the keys of a job file come from, if not from the field of their name.
_GROUPS = (
    "objective",
    "limits",
    "completion",
    "price",
    "resource",
    "resources",
    "warm_start",
    "script",
    "command",
)
_RENAMED: dict[At, Field] = {
    ("resource", "most"): ("most_reports",),
    ("resource", "least"): ("least_reports",),
    ("warm_start", "type"): ("transfer",),
    ("script", "source"): ("work", "source"),
    ("script", "entry"): ("work", "entry"),
    ("script", "python"): ("work", "python"),
    ("command", "arguments"): ("work", "command"),
    ("command", "directory"): ("work", "directory"),
}
_WHOLE: dict[At, Field] = {  # where a fault of a group as a whole is mended
    ("limits",): ("trials",),
    ("price",): ("cpu_hour",),
    ("resource",): ("most_reports",),
    ("warm_start",): ("parents",),
    ("script",): ("work",),
    ("command",): ("work",),
    ("algorithm",): ("work",),
}
_ROWS = {
    "parameters": ("parameters", "low"),
    "hyperparameters": ("fixed", "value"),
    "metrics": ("metrics", "value"),
    "channels": ("channels", "location"),
    "environment": ("environment", "value"),
}


class _Named(Protocol):
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class FieldFault:
    """What is wrong with a field; one that is about no field in particular has an empty `field`."""

    field: Field
    message: str


@dataclass(frozen=True)
class Made:
    """What has become of a draft: a tuning job, or the faults that prevent it."""

    job: TuningJob | None
    faults: tuple[FieldFault, ...] = ()


def job_of(draft: Draft, *, created_at: datetime, cpus: int, folder: Path) -> Made:
    """Make the tuning job.

    Args:
        draft: What the person has typed.
        created_at: The time of creation, which also ends the name of a job that was given none.
        cpus: The CPUs to share among parallel training jobs.
        folder: Where relative paths start.
    """
    early = tuple(_early_faults(draft))
    if any(fault.field[0] == "work" for fault in early):
        return Made(None, early)
    said = _without_faulty_rows(draft, early)
    try:
        job = parse(yaml_of(said), folder / f"{_stem(draft)}.yaml", created_at=created_at, cpus=cpus)
    except JobFileError as error:
        later = tuple(FieldFault(_field(draft, f.path), f.message) for f in error.faults)
        return Made(None, (*early, *_besides(later, early)) if early else later)
    return Made(None, early) if early else Made(job)


def yaml_of(draft: Draft) -> str:
    """The job file that says what a draft says."""
    return document(_values(draft))


def _values(draft: Draft) -> _Values:
    values: _Values = {
        "name": draft.name.strip(),
        **_work(draft.work),
        "objective": {"metric": draft.metric.strip(), "goal": draft.goal},
        "metrics": {row.name: row.value for row in draft.metrics},
        "parameters": {row.name: _parameter(row) for row in draft.parameters},
        "hyperparameters": {row.name: meaning(row.value) for row in draft.fixed},
        "channels": {row.name: _channel(row) for row in draft.channels},
        "output": draft.output.strip(),
        "checkpoints": draft.checkpoints.strip(),
        "environment": {row.name: row.value for row in draft.environment},
        "resources": _given(cpus=draft.cpus, gpus=draft.gpus),
        **_limits(draft),
        "initial": [dict(config) for config in draft.initial],
        "isolation": draft.isolation,
    }
    return {key: value for key, value in values.items() if value not in ("", {}, [])}


def _limits(draft: Draft) -> _Values:
    """When it ends, and what decides on the way."""
    names = (
        "trials",
        "parallel",
        "seconds",
        "budget",
        "job_seconds",
        "wait_seconds",
        "grace_seconds",
        "retries",
    )
    price = _given(cpu_hour=draft.cpu_hour, gpu_hour=draft.gpu_hour)
    ends = _given(target=draft.target, not_improving=draft.not_improving)
    reports = _given(most=draft.most_reports, least=draft.least_reports)
    learning: _Values = {"parents": list(draft.parents), "type": draft.transfer}
    return {
        "limits": _given(**{name: getattr(draft, name) for name in names}),
        "price": price | ({"currency": draft.currency} if price and draft.currency else {}),
        "strategy": draft.strategy,
        "stopping": draft.stopping,
        "resource": reports | ({"pause": True} if reports and draft.pause else {}),
        "completion": ends | ({"converged": True} if draft.converged else {}),
        "warm_start": learning if draft.parents else {},
        "seed": meaning(draft.seed),
    }


def _given(**texts: str) -> _Values:
    return {name: meaning(text) for name, text in texts.items() if text.strip()}


def _work(work: Work) -> _Values:
    match work:
        case ScriptWork():
            python: _Values = {"python": work.python} if work.python else {}
            return {"script": {"source": work.source, "entry": work.entry, **python}}
        case CommandWork():
            words = shlex.split(work.command)
            return {"command": {"arguments": words, "directory": work.directory, "literal": work.literal}}
        case BuiltInWork():
            return {"algorithm": work.algorithm}


def _parameter(row: ParameterRow) -> _Values:
    if row.kind == "categorical":
        return {"type": row.kind, "choices": [meaning(choice) for choice in row.choices]}
    return {"type": row.kind, "low": meaning(row.low), "high": meaning(row.high), "scale": row.scale}


def _channel(row: ChannelRow) -> Node:
    if row.plain and not row.content_type:
        return row.location
    names = ("location", "content_type", "input_mode", "data_type", "distribution")
    return {name: text for name in names if (text := getattr(row, name))}


def _early_faults(draft: Draft) -> Iterator[FieldFault]:
    """What cannot be said in a job file at all, or is plainer here."""
    for rows in ("parameters", "fixed", "metrics", "channels", "environment"):
        yield from _name_faults(rows, getattr(draft, rows))
    if not draft.metric.strip():
        yield FieldFault(("metric",), "is missing; give the name of the metric to optimise")
    if not draft.parameters:
        yield FieldFault(("parameters",), "there is none to tune; give at least one a range")
    for index, row in enumerate(draft.parameters):
        if row.kind == "categorical":
            if not row.choices:
                yield FieldFault(("parameters", index, "choices"), "are missing; give at least one")
            continue
        for end in ("low", "high"):
            if not getattr(row, end).strip():
                yield FieldFault(("parameters", index, end), "is missing; give a number")
    yield from _report_faults(draft)
    yield from _work_faults(draft.work)


def _report_faults(draft: Draft) -> Iterator[FieldFault]:
    if not draft.most_reports.strip() and _needs_reports(draft.strategy):
        yield FieldFault(
            ("most_reports",), f"is missing; {draft.strategy} must know how many reports there may be"
        )
    least, most = draft.least_reports.strip(), draft.most_reports.strip()
    if least.isdecimal() and most.isdecimal() and int(least) > int(most):
        yield FieldFault(("least_reports",), f"must be at most {most}, the most reports of a training job")


def _needs_reports(strategy: str) -> bool:
    return strategy in strategies.names() and needs_reports(strategy)


def _without_faulty_rows(draft: Draft, faults: Sequence[FieldFault]) -> Draft:
    """The draft as far as a job file can say it."""
    faulty = {fault.field[:2] for fault in faults if len(fault.field) > 1}
    rows = {
        name: tuple(row for index, row in enumerate(getattr(draft, name)) if (name, index) not in faulty)
        for name in ("parameters", "fixed", "metrics", "channels", "environment")
    }
    sound: dict[str, Any] = rows
    return replace(draft, **sound)


def _besides(later: Sequence[FieldFault], early: Sequence[FieldFault]) -> tuple[FieldFault, ...]:
    """The later faults that are no consequence of what is missing already."""
    missing = {fault.field[0] for fault in early}
    if "most_reports" in missing:
        missing.add("strategy")  # which is what needs it
    return tuple(
        fault
        for fault in later
        if fault.field and (len(fault.field) > 1 or fault.field[0] not in missing) and fault not in early
    )


def _name_faults(field: str, rows: Sequence[_Named]) -> Iterator[FieldFault]:
    counts = Counter(row.name for row in rows)
    for index, row in enumerate(rows):
        if not row.name.strip():
            yield FieldFault((field, index, "name"), "is missing")
        elif counts[row.name] > 1:
            yield FieldFault((field, index, "name"), f"{row.name!r} is there more than once")


def _work_faults(work: Work) -> Iterator[FieldFault]:
    if isinstance(work, BuiltInWork):
        return
    needed = ("source", "entry") if isinstance(work, ScriptWork) else ("command",)
    for name in needed:
        if not getattr(work, name).strip():
            yield FieldFault(("work", name), "is missing")
    if isinstance(work, CommandWork):
        try:
            shlex.split(work.command)
        except ValueError as error:
            yield FieldFault(("work", "command"), f"this cannot be split into words as a shell does: {error}")


def _stem(draft: Draft) -> str:
    """What the job is named after if it has no name."""
    if isinstance(draft.work, ScriptWork):
        return Path(draft.work.entry).stem or "job"
    if isinstance(draft.work, BuiltInWork):
        return draft.work.algorithm
    return Path(shlex.split(draft.work.command)[0]).stem


def _field(draft: Draft, path: At) -> Field:
    """The field from which a value of the job file came."""
    first, rest = path[0] if path else "", path[1:]
    if first in _ROWS and rest:
        rows, usual = _ROWS[str(first)]
        names = [row.name for row in getattr(draft, rows)]
        return rows, names.index(str(rest[0])), *(rest[1:] or (usual,))
    if first == "hyperparameters":
        return ("fixed",)
    if first in _GROUPS and rest:
        return _RENAMED.get(path[:2], path[1:2])
    if path in _WHOLE:
        return _WHOLE[path]
    known = {each.name for each in fields(Draft)}
    return path if first in known else ()
