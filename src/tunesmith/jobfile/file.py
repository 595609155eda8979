"""Job files: what `tunesmith tune FILE.yaml` reads, turned into a tuning job."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from tunesmith.core.tuning_job import TuningJob
from tunesmith.jobfile import yaml_source
from tunesmith.jobfile.algorithms import build
from tunesmith.jobfile.check import check
from tunesmith.jobfile.schema import JobFile
from tunesmith.jobfile.yaml_source import Fault, Source
from tunesmith.sdk.arguments import slug

_LONGEST_STEM = 18  # leaves room for the time in a name of 32 characters
_SHOWN = 100  # characters of a faulty line that an error shows
_SHOWN_BEFORE = 70  # of them, those before the fault


class JobFileError(ValueError):
    """A job file that cannot be used. Its text has a line `FILE:LINE:COLUMN: field: fault` for each fault."""

    def __init__(self, file: Path, text: str, faults: list[Fault]) -> None:
        self.file = file
        self.faults = tuple(sorted(faults, key=lambda fault: fault.place))
        super().__init__("\n".join(_format(file, text.splitlines(), fault) for fault in self.faults))


def load(
    file: Path, *, created_at: datetime, cpus: int, trials: int | None = None, parallel: int | None = None
) -> TuningJob:
    """Read a job file.

    Args:
        file: The YAML file. Relative paths in it start from its folder.
        created_at: The time of creation, which also ends the name of a job whose file gives none.
        cpus: The CPUs to share among parallel training jobs where the file does not say what one of them needs.
        trials: Instead of the file's `limits.trials`.
        parallel: Instead of the file's `limits.parallel`.

    Raises:
        JobFileError: The file cannot be read or has faults; the error has all that were found.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a text in UTF-8"
        raise JobFileError(
            file, "", [Fault(yaml_source.Place(1, 1), (), f"cannot be read: {why}")]
        ) from error
    return parse(text, file, created_at=created_at, cpus=cpus, trials=trials, parallel=parallel)


def parse(
    text: str,
    file: Path,
    *,
    created_at: datetime,
    cpus: int,
    trials: int | None = None,
    parallel: int | None = None,
) -> TuningJob:
    """Read the text of a job file that need not be there: relative paths start from the folder of `file`.

    The other arguments are those of `load`. Raises JobFileError.
    """
    source = yaml_source.read(text)
    faults = [*source.faults, *_faults(source)] if source.value is not None else source.faults
    if source.value is None and not faults:
        faults = [Fault(yaml_source.Place(1, 1), (), "the file is empty")]
    if faults:
        raise JobFileError(file, text, faults)
    keys = msgspec.convert(source.value, JobFile)
    limits = replace(
        keys.limits, trials=trials or keys.limits.trials, parallel=parallel or keys.limits.parallel
    )
    about = keys.name or _name(file, created_at), created_at, cpus
    job, faults = build(replace(keys, limits=limits), source, file.absolute().parent, *about)
    if faults or job is None:
        raise JobFileError(file, text, faults)
    return job


def _faults(source: Source) -> list[Fault]:
    """What does not fit the schema; parameters may be missing at the top only where algorithms have theirs."""
    faults = check(source, JobFile)
    is_missing = isinstance(source.value, dict) and not {"parameters", "algorithms"} & source.value.keys()
    if is_missing and not any("'parameters'" in fault.message for fault in faults):
        message = "the key 'parameters' is missing; it must be a mapping from names to mappings such as "
        message += "{type: continuous, low: 0, high: 1}"
        faults.append(Fault(source.key_place(()), ("parameters",), message))
    return faults


def _name(file: Path, now: datetime) -> str:
    """A name made of the file's name and the time, such as `churn-261125-093000`; `job.yaml` tells less than
    the name of its folder.
    """
    telling = file.absolute().parent.name if file.stem == "job" else file.stem
    return f"{slug(telling, _LONGEST_STEM) or 'job'}-{now:%y%m%d-%H%M%S}"


def _format(file: Path, lines: list[str], fault: Fault) -> str:
    """`FILE:LINE:COLUMN: field: message`, and below it the line with a mark under the fault."""
    place = fault.place
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault.path).strip(".")
    head = f"{file}:{place.line}:{place.column}: {f'{field}: ' if field else ''}{fault.message}"
    if place.line > len(lines):
        return head
    line = lines[place.line - 1].replace("\t", " ")
    start = max(0, place.column - _SHOWN_BEFORE)
    number = f"{place.line:>6} | "
    pointer = " " * (len(number) - 2) + "| " + " " * (place.column - 1 - start) + "^"
    return f"{head}\n{number}{line[start : start + _SHOWN]}\n{pointer}"
