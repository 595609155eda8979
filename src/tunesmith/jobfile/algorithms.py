"""Job files with several algorithms: each is built as a tuning job by itself, and all of them together are one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec.structs

from tunesmith.core.tuning_job import Definition, TuningJob
from tunesmith.jobfile.builder import JobBuilder
from tunesmith.jobfile.schema import JobFile
from tunesmith.jobfile.yaml_source import At, Fault, Source

_T = TypeVar("_T")
_OWN = {field.name for field in fields(Definition)} - {"name"}
_WORK = {"script", "command", "algorithm"}


def build(
    keys: JobFile, source: Source, folder: Path, name: str, created_at: datetime, cpus: int
) -> tuple[TuningJob | None, list[Fault]]:
    """Build the tuning job of a file whose types are known to be right, or give the faults that prevent it.

    Args:
        keys: The file.
        source: The places of its parts.
        folder: Where relative paths start.
        name: The name of the tuning job.
        created_at: The time.
        cpus: The CPUs to share.
    """
    if not keys.algorithms:
        builder = JobBuilder(keys, source, folder)
        return builder.build(name, created_at, cpus), builder.faults
    jobs: dict[str, TuningJob] = {}
    faults: dict[Fault, None] = {}  # in order; one at the top of the file is found once for each algorithm
    for algorithm in keys.algorithms:
        own = source.value["algorithms"][algorithm]
        builder = JobBuilder(_merged(keys, algorithm, own), _moved(source, algorithm, own), folder)
        job = builder.build(name, created_at, cpus)
        faults |= dict.fromkeys(_moved_back(fault, algorithm, own) for fault in builder.faults)
        if job is not None:
            jobs[algorithm] = job
    if faults:
        return None, list(faults)
    try:
        return _together(keys, jobs), []
    except ValueError as error:
        return None, [Fault(source.place(("algorithms",)), ("algorithms",), str(error))]


def _together(keys: JobFile, jobs: Mapping[str, TuningJob]) -> TuningJob:
    first = next(iter(jobs.values()))
    definitions = tuple(
        Definition(name=name, **{field: getattr(job, field) for field in _OWN}) for name, job in jobs.items()
    )
    shared = {f.name: getattr(first, f.name) for f in fields(TuningJob) if f.name not in _OWN}
    del shared["definitions"]
    if keys.limits.trials is None and first.limits.trials is not None:  # chosen for each by its parameters
        trials = sum(job.limits.trials or 0 for job in jobs.values())
        shared["limits"] = replace(first.limits, trials=trials)
    return TuningJob.comparing(definitions, **shared)


def _merged(keys: JobFile, algorithm: str, own: Mapping[str, Any]) -> JobFile:
    """The file as it would be for one of its algorithms alone."""
    found = {key: getattr(keys.algorithms[algorithm], key) for key in own}
    given = {key: value for key, value in found.items() if value is not None}
    replaced = _WORK if _WORK & given.keys() else set()  # one takes the place of the others
    return msgspec.structs.replace(keys, **{**dict.fromkeys(replaced), **given})


def _moved(source: Source, algorithm: str, own: Mapping[str, Any]) -> Source:
    """The source as it would be for one of the algorithms alone; the places stay what they are."""

    def moved(places: Mapping[At, _T]) -> dict[At, _T]:
        top = {path: place for path, place in places.items() if path[:1] != ("algorithms",)}
        inner = {p[2:]: place for p, place in places.items() if p[:2] == ("algorithms", algorithm) and p[2:]}
        kept = {path: place for path, place in top.items() if not path or path[0] not in own}
        return {**kept, **inner}

    value = {key: item for key, item in source.value.items() if key != "algorithms"} | dict(own)
    return Source(value, moved(source.values), moved(source.keys), moved(source.texts))


def _moved_back(fault: Fault, algorithm: str, own: Mapping[str, Any]) -> Fault:
    """The fault at its path in the file."""
    inside = fault.path[:1] and fault.path[0] in own
    return replace(fault, path=("algorithms", algorithm, *fault.path)) if inside else fault
