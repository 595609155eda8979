"""A backend that trains nothing: it replays learning curves, on a clock that jumps from one event to the next.

A tuning job that would take days runs in seconds, with the real controller, strategies and stopping rules:

    backend = Simulated(curve, workers=8)
    controller = Controller(Store(), backend, backend.clock)
    controller.create(job)
    controller.run(job.name)

where `curve` gives the epochs of a configuration, recorded (see `recorded_curves`) or made up. The same curves give
the same run.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import RLock
from typing import TypeAlias

from tunesmith.core.space import Config
from tunesmith.core.training_job import (
    Cursor,
    Ending,
    Function,
    Handle,
    JobStatus,
    JobUpdate,
    Resources,
    TrainingJob,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
"""Where the clock of a simulation begins unless it is told otherwise."""


@dataclass(frozen=True)
class Epoch:
    """A stretch of training, and what it tells at its end."""

    seconds: float = 1.0
    metrics: Mapping[str, float] = field(default_factory=dict)  # reported, as by `tunesmith.report`
    log: str = ""  # printed
    exit_code: int | None = None  # with which training ends here, though more epochs may follow

    def __post_init__(self) -> None:
        if not self.seconds >= 0:
            msg = f"seconds: an epoch takes a time >= 0, got {self.seconds!r}"
            raise ValueError(msg)


Curve: TypeAlias = Callable[[Config], Iterable[Epoch]]
"""Gives the epochs of a training job with these hyperparameters; it ends well after the last, if there is one."""


class SimulatedClock:
    """Tells a time that passes only when it is told to."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def __call__(self) -> datetime:
        """The time now, timezone-aware."""
        return self._now

    def advance(self, to: datetime) -> None:
        """Let time pass until `to`, unless that is over."""
        self._now = max(self._now, to)


@dataclass
class _Run:
    """A training job and how far it has come."""

    handle: Handle
    job: TrainingJob
    status: JobStatus = JobStatus.STARTING
    epochs: Iterator[Epoch] = field(default_factory=lambda: iter(()))
    epoch: Epoch | None = None  # that runs now
    trained: int = 0  # epochs that are behind it, those of earlier attempts included if it goes on from them
    since: datetime = START  # when it began
    log: bytearray = field(default_factory=bytearray)
    reports: bytearray = field(default_factory=bytearray)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    is_stopping: bool = False
    reason: str | None = None
    ending: Ending | None = None
    exit_code: int | None = None

    @property
    def epoch_ends_at(self) -> datetime:
        """When the epoch that runs has run."""
        return self.since + timedelta(seconds=self.epoch.seconds if self.epoch else 0.0)

    @property
    def deadline(self) -> datetime | None:
        """When it has run as long as it may."""
        if self.started_at is None or self.job.max_seconds is None:
            return None
        return self.started_at + timedelta(seconds=self.job.max_seconds)

    @property
    def next_event(self) -> datetime:
        """When something will happen to it."""
        return self.epoch_ends_at if self.deadline is None else min(self.epoch_ends_at, self.deadline)

    def update(self, cursor: Cursor) -> JobUpdate:
        """What is new since the cursor."""
        return JobUpdate(
            handle=self.handle,
            status=self.status,
            log=bytes(self.log[cursor.log :]),
            reports=bytes(self.reports[cursor.reports :]),
            cursor=Cursor(max(cursor.log, len(self.log)), max(cursor.reports, len(self.reports))),
            reason=self.reason,
            ending=self.ending,
            exit_code=self.exit_code,
            started_at=self.started_at,
            ended_at=self.ended_at,
        )

    def begin(self, now: datetime) -> None:
        """Begin the first epoch."""
        self.status, self.started_at = JobStatus.RUNNING, now
        self._begin_epoch(now)

    def happen(self) -> None:
        """Let the next event happen."""
        now, epoch = self.next_event, self.epoch
        if now == self.deadline and now < self.epoch_ends_at:
            reason = f"it ran longer than {self.job.max_seconds:g} seconds"
            self.end(JobStatus.STOPPED, Ending.MAX_SECONDS, now, reason)
            return
        if epoch is not None:
            self.trained += 1
            self._tell(epoch, now)
            if epoch.exit_code is not None:
                self._exit(epoch.exit_code, now)
                return
        if self.is_stopping:
            self.end(JobStatus.STOPPED, Ending.STOPPED, now, "it was asked to stop")
        else:
            self._begin_epoch(now)

    def end(self, status: JobStatus, ending: Ending, now: datetime, reason: str | None = None) -> None:
        """End it."""
        self.status, self.ending, self.ended_at, self.reason = status, ending, now, reason

    def _begin_epoch(self, now: datetime) -> None:
        self.since, self.epoch = now, next(self.epochs, None)
        if self.epoch is None:
            self._exit(0, now)

    def _tell(self, epoch: Epoch, now: datetime) -> None:
        self.log += epoch.log.encode()
        if epoch.metrics:
            line = json.dumps({"time": now.timestamp(), "metrics": dict(epoch.metrics)})
            self.reports += f"{line}\n".encode()

    def _exit(self, code: int, now: datetime) -> None:
        self.exit_code = code
        if code == 0:
            self.end(JobStatus.COMPLETED, Ending.EXITED, now)
        else:
            self.end(JobStatus.FAILED, Ending.EXITED, now, f"it ended with exit code {code}")


class Simulated:
    """The backend for curves. Jobs live in this object, so it is handed on to the next controller after a "crash".

    Nothing takes time but epochs: `wait` lets the clock jump to the next end of one, however far it is. A job that is
    asked to stop ends at the next end of an epoch, which is at once if it is asked at the very end of one, as by
    a controller that has just been told of it. A job past its `max_seconds` ends there and then.

    A later attempt of a job that keeps checkpoints goes on after the last epoch that was run to its end, as does one
    that saves a checkpoint after each; any other trains, and reports, its first epochs again.
    """

    def __init__(
        self,
        curve: Curve,
        workers: int = 1,
        clock: SimulatedClock | None = None,
        *,
        from_zero: bool = False,
    ) -> None:
        """Make ready to replay.

        Args:
            curve: Gives the epochs of a job, by its hyperparameters, tuned and fixed; asked when the job begins.
            workers: How many jobs run at a time; further ones wait for their turn.
            clock: To be shared with others; by default, one of its own. Hand it to the controller.
            from_zero: Whether later attempts begin anew though there are checkpoints, as scripts do that ignore them.

        Raises:
            ValueError: `workers` is less than 1.
        """
        if workers < 1:
            msg = f"workers: must be >= 1, got {workers}"
            raise ValueError(msg)
        self.clock = clock or SimulatedClock()
        self.epochs = 0
        """Epochs that were run to their end, of all jobs together."""
        self._curve = curve
        self._from_zero = from_zero
        self._workers = workers
        self._lock = RLock()
        self._runs: dict[Handle, _Run] = {}
        self._waiting: deque[_Run] = deque()
        self._running: list[_Run] = []

    def start(self, job: TrainingJob) -> Handle:
        """Start this attempt of the job, or let it wait for its turn; once, however often it is asked."""
        if isinstance(job.work, Function):
            msg = "work: the simulated backend replays curves; give a script or a command, which it does not run"
            raise ValueError(msg)  # noqa: TRY004 - the protocol has one error for all that cannot run
        handle = _handle(job.name, job.attempt)
        with self._lock:
            if handle not in self._runs:
                self._runs[handle] = run = self._after(handle, job)
                self._waiting.append(run)
                self._fill()
        return handle

    def poll(self, cursors: Mapping[Handle, Cursor]) -> list[JobUpdate]:
        """Say what is new of each of these jobs since its cursor."""
        with self._lock:
            self._settle()
            return [self._update(handle, cursor) for handle, cursor in cursors.items()]

    def stop(self, handle: Handle) -> None:
        """Ask the job to end, see the class for when; harmless if it has ended."""
        with self._lock:
            run = self._runs.get(handle)
            if run is None or run.status.is_final:
                return
            run.is_stopping = True
            if run in self._waiting:
                self._waiting.remove(run)
            elif run.since < self.clock():
                return
            run.end(JobStatus.STOPPED, Ending.STOPPED, self.clock(), "it was asked to stop")
            self._fill()

    def logs(self, handle: Handle, after: int = 0) -> Iterator[str]:
        """Give the lines that the job has printed, from byte `after` on."""
        run = self._runs.get(handle)
        yield from bytes(run.log[after:]).decode(errors="replace").splitlines() if run else ()

    def room(self, resources: Resources) -> int:  # noqa: ARG002 - every job takes one worker
        """How many more jobs could start now."""
        with self._lock:
            self._settle()
            return max(0, self._workers - len(self._running) - len(self._waiting))

    def wait(self, seconds: float) -> None:
        """Let the clock jump to the next event, or by `seconds` if nothing runs; zero seconds are none."""
        if seconds <= 0:
            return
        with self._lock:
            events = [run.next_event for run in self._running]
            self.clock.advance(min(events) if events else self.clock() + timedelta(seconds=seconds))
            self._settle()

    def _after(self, handle: Handle, job: TrainingJob) -> _Run:
        """Make the run of a job, which goes on in the output of the attempt before, and perhaps from its checkpoint."""
        before = self._runs.get(_handle(job.name, job.attempt - 1))
        if before is None:
            return _Run(handle, job)
        trained = before.trained if job.checkpoints is not None and not self._from_zero else 0
        return _Run(handle, job, trained=trained, log=before.log[:], reports=before.reports[:])

    def _update(self, handle: Handle, cursor: Cursor) -> JobUpdate:
        run = self._runs.get(handle)
        if run is not None:
            return run.update(cursor)
        return JobUpdate(
            handle=handle,
            status=JobStatus.FAILED,
            cursor=cursor,
            reason="this simulation does not know it",
            ending=Ending.LOST,
        )

    def _settle(self) -> None:
        """Let all happen that is due, in order of time; needs the lock."""
        while self._running:
            run = min(self._running, key=lambda run: run.next_event)
            if run.next_event > self.clock():
                return
            self._happen(run)

    def _happen(self, run: _Run) -> None:
        now = run.next_event
        self.epochs += run.epoch is not None and now == run.epoch_ends_at
        run.happen()
        if run.status.is_final:
            self._fill(now)

    def _fill(self, now: datetime | None = None) -> None:
        """Give the workers that are free to the jobs whose turn has come; needs the lock."""
        self._running = [run for run in self._running if not run.status.is_final]
        while self._waiting and len(self._running) < self._workers:
            run = self._waiting.popleft()
            run.epochs = islice(self._curve(run.job.hyperparameters), run.trained, None)
            run.begin(now or self.clock())
            if not run.status.is_final:
                self._running.append(run)


def _handle(name: str, attempt: int) -> Handle:
    return name if attempt == 1 else f"{name}~{attempt}"
