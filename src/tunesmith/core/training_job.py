"""A training job as a backend is given it, and what a backend reports of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from tunesmith.core.space import Config, Value

Handle: TypeAlias = str
"""What a backend calls a started job: storable, and enough to find the job again after a restart."""


@dataclass(frozen=True)
class Script:
    """A Python script run as SageMaker's script mode does: hyperparameters as sorted `--name value` arguments."""

    source: str  # a folder, or a .tar.gz of a folder's contents
    entry: str  # the script's path inside the source
    python: str | None = None  # the interpreter that runs it; None: the one that runs Tunesmith


@dataclass(frozen=True)
class Command:
    """Any command. `{name}` in an argument stands for the hyperparameter of that name, unless it is literal."""

    arguments: tuple[str, ...]
    directory: str | None = None  # where it runs; None: in the job's own folder
    literal: bool = False  # arguments stay as they are, whatever braces they have


@dataclass(frozen=True)
class Function:
    """A Python function of a configuration that returns a number or a mapping of metrics."""

    target: Callable[[Config], Any]


Work: TypeAlias = Script | Command | Function


@dataclass(frozen=True)
class Channel:
    """Input data of a training job, which finds it in a folder of its own."""

    location: str  # a local folder or file, file:// or s3://
    content_type: str | None = None
    input_mode: str = "File"
    data_type: str = "S3Prefix"  # or ManifestFile: the location is a list of what to fetch
    distribution: str = "FullyReplicated"
    record_wrapper: str = "None"


@dataclass(frozen=True)
class Resources:
    """What one training job occupies while it runs."""

    cpus: int = 1
    gpus: int = 0

    def __post_init__(self) -> None:
        if self.cpus < 1 or self.gpus < 0:
            msg = f"resources: cpus must be >= 1 and gpus >= 0, got cpus={self.cpus}, gpus={self.gpus}"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class TrainingJob:
    """One run of the user's training work with one set of hyperparameters."""

    name: str  # unique for ever; starting it twice starts it once
    work: Work
    hyperparameters: Mapping[str, Value] = field(default_factory=dict)  # tuned and static ones
    channels: Mapping[str, str | Channel] = field(default_factory=dict)  # a string is a channel's location
    output: str | None = (
        None  # where the artifacts are delivered, in a folder of the job's name; None: they stay
    )
    checkpoints: str | None = None  # where the checkpoint folder is kept in step; None: it stays
    attempt: int = 1  # 2, 3, ...: the job was lost, and is to run again
    environment: Mapping[str, str] = field(default_factory=dict)
    resources: Resources = Resources()
    max_seconds: float | None = None  # run time after which the job is stopped
    grace_seconds: float = 120.0  # from SIGTERM to SIGKILL
    isolation: str = "none"  # "none" or "bubblewrap"


class JobStatus(StrEnum):
    """What a backend knows of a job. The last three are final."""

    STARTING = "Starting"
    RUNNING = "Running"
    COMPLETED = "Completed"
    STOPPED = "Stopped"
    FAILED = "Failed"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended and will report nothing more."""
        return self in _FINAL


_FINAL = frozenset({JobStatus.COMPLETED, JobStatus.STOPPED, JobStatus.FAILED})


class Ending(StrEnum):
    """What ended a job, where its status does not tell."""

    EXITED = "exited"  # by itself, well or not
    STOPPED = "stopped"  # it was asked to
    MAX_SECONDS = "max_seconds"  # it ran longer than it was allowed to
    PAUSED = "paused"  # it was asked to, and may go on from its checkpoint
    INTERRUPTED = "interrupted"  # from outside, after a warning: the machine is going down, or is taken away
    MAX_WAIT = "max_wait"  # with all its interruptions it took longer than it was allowed to
    LOST = "lost"  # not by its own fault: the machine, its supervisor, or the way to its data
    REFUSED = "refused"  # it could not be started


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a job's output has been read, in bytes."""

    log: int = 0
    reports: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobUpdate:
    """What is new of one job since a cursor.

    A backend gives a final status only together with the last of the output, so whoever has seen it has
    seen everything.
    """

    handle: Handle
    status: JobStatus
    log: bytes = b""  # new output of the job, whole lines (the last one may lack its end only when final)
    reports: bytes = b""  # new lines of `tunesmith.report`, one JSON object each
    cursor: Cursor = Cursor()  # where the next reading goes on
    reason: str | None = None  # why it failed or was stopped
    ending: Ending | None = None  # of a job that has ended
    exit_code: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
