"""The folder of one training job's run: what to run, how it goes, and what it has written."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tunesmith.backends.shim.record import read_record, write_record
from tunesmith.core.training_job import Handle, Resources, TrainingJob
from tunesmith.storage.exclusive import exclusive
from tunesmith.training.launch import Launch

LONGEST_LINE = 64 * 1024
"""Bytes of output that are handed out even if they contain no line's end."""


@dataclass(frozen=True)
class Spec:
    """What the controller itself needs to know of a job that it did not start."""

    resources: Resources
    max_seconds: float


@dataclass(frozen=True)
class Exit:
    """How a run ended."""

    why: str  # exited, stopped, max_runtime, terminated, unstartable, lost or undelivered
    exit_code: int | None  # negative: the signal
    at: datetime
    problems: tuple[str, ...]


@dataclass(frozen=True)
class RunFolder:
    """The files by which a controller and a job's supervisor (`shim`) know of each other."""

    path: Path

    @classmethod
    def of(cls, root: Path, handle: Handle) -> RunFolder:
        """The folder of one job among all of a backend's."""
        return cls(root / "jobs" / handle)

    @property
    def base(self) -> Path:
        """What the job sees as SageMaker's /opt/ml."""
        return self.path / "ml"

    @property
    def log(self) -> Path:
        """The job's standard output and error."""
        return self.path / "output.log"

    @property
    def reports(self) -> Path:
        """What the job has reported with `tunesmith.report`."""
        return self.path / "reports.jsonl"

    @property
    def shim_log(self) -> Path:
        """What the supervisor itself complained of, ordinarily nothing."""
        return self.path / "shim.log"

    @contextmanager
    def laying_out(self) -> Iterator[None]:
        """Be the only one who fills the folder."""
        self.path.mkdir(parents=True, exist_ok=True)
        with exclusive(self.path / "layout.lock"):
            yield

    def go_on_in_output_of(self, earlier: RunFolder) -> None:
        """Make the job's output one with that of an attempt that has ended; whoever reads one reads both."""
        for name in ("output.log", "reports.jsonl"):
            with suppress(FileNotFoundError, FileExistsError):
                (self.path / name).hardlink_to(earlier.path / name)

    def is_laid_out(self) -> bool:
        """Whether the job can be run."""
        return (self.path / "spec").exists()

    def write_spec(self, job: TrainingJob, launch: Launch, environment: dict[str, str]) -> None:
        """Make the job one that can be run."""
        record = [
            ("cpus", str(job.resources.cpus)),
            ("gpus", str(job.resources.gpus)),
            ("max_seconds", str(float("inf") if job.max_seconds is None else job.max_seconds)),
            ("grace_seconds", str(job.grace_seconds)),
            ("directory", str(launch.directory)),
            *(("argument", argument) for argument in launch.arguments),
            *(("finish", argument) for argument in launch.finish),
            *(("environment", f"{name}={value}") for name, value in environment.items()),
        ]
        for folder, archive in launch.archives:
            record += [("folder", str(folder)), ("archive", str(archive))]
        write_record(str(self.path / "spec"), record)

    def spec(self) -> Spec:
        """What is to be run. Raises FileNotFoundError if there is no such job."""
        record = read_record(str(self.path / "spec"))
        if record is None:
            raise FileNotFoundError(self.path)
        resources = Resources(int(record["cpus"][0]), int(record["gpus"][0]))
        return Spec(resources, float(record["max_seconds"][0]))

    def started_at(self) -> datetime | None:
        """When the work was started, None if it was not yet."""
        record = read_record(str(self.path / "started"))
        return _time(record) if record else None

    def shim(self) -> int | None:
        """The supervisor's process, None if it has not begun yet or has ended."""
        record = read_record(str(self.path / "started"))
        return int(record["pid"][0]) if record and self.is_supervised() else None

    def is_supervised(self) -> bool:
        """Whether there is a process that looks after the job: it holds a lock for as long as it lives."""
        try:
            file = os.open(self.path / "lock", os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    def exit(self) -> Exit | None:
        """How the run ended, None if it has not."""
        record = read_record(str(self.path / "exit"))
        if record is None:
            return None
        code = record["exit_code"][0]
        return Exit(
            why=record["why"][0],
            exit_code=int(code) if code else None,
            at=_time(record),
            problems=tuple(record.get("problem", ())),
        )

    def ask_to_stop(self) -> None:
        """Leave word for a supervisor that is on its way."""
        (self.path / "stop").touch()

    def is_asked_to_stop(self) -> bool:
        """Whether somebody wants the job to stop."""
        return (self.path / "stop").exists()


def read_lines(path: Path, after: int, limit: int, *, complete: bool) -> tuple[bytes, bool]:
    """Read whole lines of a file that may still grow, from byte `after` on; say whether that was all there is.

    Of a line longer than `LONGEST_LINE`, what is there is given. Where the file is `complete`, its last line needs
    no end.
    """
    try:
        with path.open("rb", buffering=0) as file:
            data = os.pread(file.fileno(), limit, after)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return b"", True
    is_all = after + len(data) >= size
    whole = data.rfind(b"\n") + 1
    if (is_all and complete) or len(data) - whole >= LONGEST_LINE:
        whole = len(data)
    return data[:whole], is_all


def _time(record: dict[str, list[str]]) -> datetime:
    return datetime.fromtimestamp(float(record["at"][0]), UTC)
