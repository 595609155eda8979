"""Running Python functions: in the calling thread, in threads, or in a pool of processes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args
from uuid import uuid4

from tunesmith.backends.function_call import DEFAULT_METRIC, Outcome, StopRequest, call, failure
from tunesmith.core.training_job import (
    Cursor,
    Ending,
    Function,
    Handle,
    JobStatus,
    JobUpdate,
    Resources,
    TrainingJob,
    Work,
)

if TYPE_CHECKING:
    from tunesmith.backends.worker_pool import WorkerPool

Workers: TypeAlias = Literal["threads", "processes"]
"""Where functions run."""

_LARGEST_READING = 1 << 20  # bytes of reports in one update
_REMEMBERED = 1000  # ended jobs whose output can be asked for again


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Run:
    """A job and what became of it."""

    handle: Handle
    job: TrainingJob
    status: JobStatus = JobStatus.STARTING
    reports: bytearray = field(default_factory=bytearray)
    log: bytes = b""
    reason: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    stop_reason: str | None = None  # set when it was asked to stop, or has run too long
    ending: Ending = Ending.EXITED
    was_delivered: bool = False  # somebody has seen its end
    base: Cursor | None = None  # where its output begins, in that of all attempts; known when it is asked for

    def update(self, cursor: Cursor) -> JobUpdate:
        """What is new since the cursor, without the end if there is more than one reading can hold."""
        if self.base is None:
            self.base = cursor if self.job.attempt > 1 else Cursor()
        base = self.base
        cursor = Cursor(max(0, cursor.log - base.log), max(0, cursor.reports - base.reports))
        end = len(self.reports)
        if end - cursor.reports > _LARGEST_READING:
            end = self.reports.find(b"\n", cursor.reports + _LARGEST_READING - 1) + 1
        is_rest = end == len(self.reports)
        return JobUpdate(
            handle=self.handle,
            status=self.status if is_rest else JobStatus.RUNNING,
            log=self.log[cursor.log :],
            reports=bytes(self.reports[cursor.reports : end]),
            cursor=Cursor(
                log=base.log + max(cursor.log, len(self.log)), reports=base.reports + max(cursor.reports, end)
            ),
            reason=self.reason if is_rest else None,
            ending=self.ending if is_rest and self.status.is_final else None,
            started_at=self.started_at,
            ended_at=self.ended_at if is_rest else None,
        )

    def end(self, outcome: Outcome, now: datetime) -> None:
        """Note how it ended. What was reported before a stop counts, what went wrong after it does not."""
        self.reports += outcome.reports
        self.log = outcome.log.encode(errors="replace")
        self.status, self.reason, self.ended_at = outcome.status, outcome.reason, now
        if self.stop_reason is not None:
            self.status, self.reason = JobStatus.STOPPED, self.stop_reason


class InProcess:
    """The backend for `Function` work. Functions end with this process, and other processes' handles are unknown.

    With one worker thread no thread is made: a function runs inside `wait`, in the thread of the caller, so
    that debuggers, plots and Ctrl-C work as if the user had called it. KeyboardInterrupt passes through `wait`
    and leaves the job as if it had never been started.

    A worker process can be stopped at any time. A function in a thread cannot: asked to stop, or past its
    `max_seconds`, it ends at its next `tunesmith.report`, or else runs to its end; either way the job is STOPPED,
    and what it has reported or returned is kept. What functions print goes where it always goes; the log of a
    job is the traceback of its failure.

    The output of the latest thousand ended jobs can be polled again; of older ones only the end is known.
    """

    def __init__(
        self,
        workers: Workers = "threads",
        size: int = 1,
        metric: str = DEFAULT_METRIC,
        clock: Callable[[], datetime] = _utc_now,
        *,
        inline: bool = True,
    ) -> None:
        """Make ready to run functions.

        Args:
            workers: Where they run.
            size: How many run at a time; further ones wait for their turn.
            metric: What a plain number is called that a function returns.
            clock: Tells the time, timezone-aware.
            inline: Whether one worker thread is that of the caller, where nobody can stop a function meanwhile.

        Raises:
            ValueError: `workers` or `size` is none of the allowed values.
        """
        if workers not in get_args(Workers):
            msg = f"workers: must be one of {', '.join(get_args(Workers))}, got {workers!r}"
            raise ValueError(msg)
        if size < 1:
            msg = f"size: must be >= 1, got {size}"
            raise ValueError(msg)
        self._size = size
        self._metric = metric
        self._clock = clock
        self._pool = _pool() if workers == "processes" else None
        self._is_inline = inline and self._pool is None and size == 1
        self._token = uuid4().hex[:12]  # tells our handles from those of earlier processes
        self._lock = threading.RLock()
        self._news = threading.Event()
        self._runs: dict[Handle, _Run] = {}
        self._waiting: deque[_Run] = deque()
        self._active = 0  # functions that run now
        self._delivered: deque[_Run] = deque()
        self._ends: dict[Handle, JobUpdate] = {}  # of the runs that were forgotten

    def check(self, work: Work) -> None:
        """Raise ValueError, saying what to do, for work that this backend can never run."""
        if not isinstance(work, Function) or not callable(work.target):
            got = repr(work.target) if isinstance(work, Function) else f"a {type(work).__name__}"
            msg = f"the in-process backend runs Python functions, not {got}"
            raise ValueError(msg)  # noqa: TRY004 - the protocol has one error for all that cannot run
        if self._pool is not None:
            self._pool.check(work.target)

    def start(self, job: TrainingJob) -> Handle:
        """Start the job, or let it wait for its turn; once, however often it is asked."""
        self.check(job.work)
        if job.checkpoints is not None and "://" in job.checkpoints:
            msg = f"checkpoints: those of a function are kept in a folder of this machine, not at {job.checkpoints!r}"
            raise ValueError(msg)
        again = "" if job.attempt == 1 else f"~{job.attempt}"
        handle = f"{job.name}@{self._token}{again}"
        with self._lock:
            if handle not in self._runs and handle not in self._ends:
                self._runs[handle] = run = _Run(handle, job)
                self._waiting.append(run)
                self._launch()
        return handle

    def poll(self, cursors: Mapping[Handle, Cursor]) -> list[JobUpdate]:
        """Say what is new of each of these jobs since its cursor."""
        with self._lock:
            return [self._update(handle, cursor) for handle, cursor in cursors.items()]

    def stop(self, handle: Handle) -> None:
        """Ask the job to end, see the class for how; harmless if it has ended."""
        self._stop(handle, "it was asked to stop", Ending.STOPPED)

    def logs(self, handle: Handle, after: int = 0) -> Iterator[str]:
        """Give the lines of the traceback with which the job failed, from byte `after` on."""
        run = self._runs.get(handle)
        yield from run.log[after:].decode(errors="replace").splitlines() if run else ()

    def room(self, resources: Resources) -> int:  # noqa: ARG002 - functions share what this process has
        """How many more jobs could start now."""
        with self._lock:
            return max(0, self._size - self._active - len(self._waiting))

    def wait(self, seconds: float) -> None:
        """Wait for news for at most `seconds`; or run the next function, if functions run in this thread."""
        if self._is_inline:
            with self._lock:
                run = self._next()
            if run is not None:
                self._run(run)
                return
        self._news.wait(seconds)
        self._news.clear()

    def close(self) -> None:
        """Kill the worker processes; functions in threads are asked to stop and left to it."""
        with self._lock:
            for run in list(self._runs.values()):
                self._stop(run.handle, "the backend was closed", Ending.STOPPED)
        if self._pool is not None:
            self._pool.close()

    def _launch(self) -> None:
        """Give threads to the jobs whose turn has come; needs the lock."""
        while not self._is_inline and (run := self._next()):
            threading.Thread(target=self._run, args=(run,), name=run.job.name, daemon=True).start()

    def _next(self) -> _Run | None:
        """Take in the next job, if there is one and a place for it; needs the lock."""
        if not self._waiting or self._active >= self._size:
            return None
        run = self._waiting.popleft()
        run.status, run.started_at = JobStatus.RUNNING, self._clock()
        self._active += 1
        return run

    def _run(self, run: _Run) -> None:
        """Run a job from its turn to its end, in the thread that this is called in."""
        outcome = None
        try:
            with self._time_limit(run):
                outcome = self._call(run)
        except BaseException as error:
            if self._is_inline:
                raise
            outcome = failure(error)  # of the machine, or a KeyboardInterrupt that no key has caused
        finally:
            with self._lock:
                self._active -= 1
                if outcome is None:
                    del self._runs[run.handle]
                else:
                    run.end(outcome, self._clock())
                self._launch()
            self._news.set()

    def _call(self, run: _Run) -> Outcome:
        function, config = run.job.work, run.job.hyperparameters
        assert isinstance(function, Function)  # noqa: S101 - `start` has checked it
        if self._pool is None:
            report = partial(self._report, run)
            return call(function.target, config, self._metric, report, run.job.checkpoints)
        return self._pool.call(
            key=run.handle,
            function=function.target,
            config=config,
            metric=self._metric,
            sink=lambda line: self._record(run, line),
            is_stopped=lambda: run.stop_reason is not None,
            checkpoints=run.job.checkpoints,
        )

    def _report(self, run: _Run, line: bytes) -> None:
        """Take a report in the thread of the function, which is the one moment when it can be stopped."""
        self._record(run, line)
        if run.stop_reason is not None:
            raise StopRequest(run.stop_reason)

    def _record(self, run: _Run, line: bytes) -> None:
        with self._lock:
            run.reports += line
        self._news.set()

    @contextmanager
    def _time_limit(self, run: _Run) -> Iterator[None]:
        seconds = run.job.max_seconds
        if seconds is None:
            yield
            return
        reason = f"it ran longer than {seconds:g} seconds"
        timer = threading.Timer(seconds, self._stop, (run.handle, reason, Ending.MAX_SECONDS))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _stop(self, handle: Handle, reason: str, ending: Ending) -> None:
        with self._lock:
            run = self._runs.get(handle)
            if run is None or run.status.is_final or run.stop_reason is not None:
                return
            run.stop_reason, run.ending = reason, ending
            if run.status is JobStatus.STARTING:
                self._waiting.remove(run)
                run.end(Outcome(JobStatus.STOPPED), self._clock())
                self._news.set()
            elif self._pool is not None:
                self._pool.terminate(handle, run.job.grace_seconds)

    def _update(self, handle: Handle, cursor: Cursor) -> JobUpdate:
        """What is new of a job; needs the lock."""
        run = self._runs.get(handle)
        if run is None:
            return self._ends.get(handle) or JobUpdate(
                handle=handle,
                status=JobStatus.FAILED,
                cursor=Cursor(),  # its output is gone with it
                reason="this process does not know it: a function ends with the process that runs it",
                ending=Ending.LOST,
            )
        update = run.update(cursor)
        if run.status.is_final and not update.status.is_final:
            self._news.set()  # there is more to read at once
        elif run.status.is_final and not run.was_delivered:
            run.was_delivered = True
            self._delivered.append(run)
            if len(self._delivered) > _REMEMBERED:
                self._forget(self._delivered.popleft())
        return update

    def _forget(self, run: _Run) -> None:
        base = run.base or Cursor()
        everything = Cursor(log=base.log + len(run.log), reports=base.reports + len(run.reports))
        self._ends[run.handle] = run.update(everything)
        del self._runs[run.handle]


def _pool() -> WorkerPool:
    from tunesmith.backends.worker_pool import WorkerPool  # noqa: PLC0415 - only processes need multiprocessing

    return WorkerPool()
