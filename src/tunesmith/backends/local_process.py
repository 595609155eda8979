"""The backend that runs training jobs as processes on this machine."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tunesmith.backends import shim
from tunesmith.backends.run_folder import LONGEST_LINE, Exit, RunFolder, read_lines
from tunesmith.backends.slots import Grant, Slots
from tunesmith.backends.wakeup import Wakeup
from tunesmith.core.training_job import Cursor, Ending, Handle, JobStatus, JobUpdate, Resources, TrainingJob
from tunesmith.storage.transfer import Places
from tunesmith.training.launch import failure_reason, prepare, trouble

_READ_BYTES = 4 << 20  # of each job's output at a time ...
_READ_BYTES_IN_ALL = 64 << 20  # ... and of all of them
_POLL_SECONDS = 0.25  # how soon new output of running jobs is looked for
_TAIL_BYTES = 4096
_MAX_LAUNCHES = 5  # of a supervisor that never gets going
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_GPUS = "CUDA_VISIBLE_DEVICES"
_LOST = {
    "lost": ("lost: its supervisor vanished (machine restarted or killed)",),
    "terminated": ("ended from outside: its supervisor got SIGTERM (is the machine going down?)",),
    "undelivered": (),  # the problems say why
}


class LocalProcess:
    """Runs each training job under a supervisor process of its own (`shim`), in a folder of its own.

    Everything it knows is in files below one root folder, so jobs outlive the process that started them, and
    another one, given the same root, finds them again; several may use it at the same time, in one process or in
    several. A job gets the CPUs and
    GPUs that it asks for (the number of its threads and CUDA_VISIBLE_DEVICES say which) and waits until they are
    free; GPUs that it did not ask for are hidden from it, as they are another job's.
    """

    def __init__(
        self,
        root: Path,
        *,
        cpus: int | None = None,
        gpus: Sequence[str] | None = None,
        places: Places | None = None,
    ) -> None:
        """Use these CPUs and GPUs, by default all that this process may use; `places` says what s3:// stands for."""
        self._root = root.absolute()
        self._places = places
        self._slots = Slots(self._root / "slots", cpus, gpus)
        self._wakeup = Wakeup(self._root / "wake")
        self._launching: dict[Handle, int] = {}  # processes of supervisors that are on their way
        self._launches: Counter[Handle] = Counter()
        self._open: set[Handle] = set()  # jobs that may have news without waking us
        self._has_unread = False

    @property
    def cache(self) -> Path:
        """What jobs share: frozen sources, and the environments of their requirements."""
        return self._root / "cache"

    def start(self, job: TrainingJob) -> Handle:
        """Start the job unless this attempt of one of its name was ever started here; return its handle.

        That is its name, and for a later attempt `NAME~2` and so on: such an attempt has a folder of its own, and
        goes on in the output of the one before. Raises ValueError, naming the field, for a job that can never run
        here.
        """
        if not _NAME.fullmatch(job.name):
            msg = f"name: {job.name!r} must be 1 to 128 letters, digits, dots, hyphens and underscores"
            raise ValueError(msg)
        handle = _handle(job.name, job.attempt)
        run = self._run(handle)
        if not run.is_laid_out():
            self._slots.check(job.resources)
            self._lay_out(run, job)
        if run.started_at() is None and not self._is_launching(handle):
            self._launch(run)
        self._open.add(handle)
        return handle

    def poll(self, cursors: Mapping[Handle, Cursor]) -> list[JobUpdate]:
        """Say what is new of each of these jobs since its cursor; see `Backend.poll`."""
        self._has_unread = False
        limit = min(_READ_BYTES, max(1 << 20, _READ_BYTES_IN_ALL // max(len(cursors), 1)))
        return [self._update(handle, cursor, limit) for handle, cursor in cursors.items()]

    def stop(self, handle: Handle) -> None:
        """Ask the job to end: SIGTERM, its grace period, SIGKILL. Returns at once; harmless if it has ended."""
        run = self._run(handle)
        if not run.is_laid_out():
            return
        run.ask_to_stop()
        process = run.shim()
        if process is not None:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)

    def interrupt(self, handle: Handle) -> bool:
        """End the job as a machine does that is going down, which is not what it is asked to by `stop`.

        Returns at once, and says whether the job was there to be ended.
        """
        process = self._run(handle).shim()
        if process is not None:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
                return True
        return False

    def logs(self, handle: Handle, after: int = 0) -> Iterator[str]:
        """Give the lines of output that the job has written so far, from byte `after` on, without their ends.

        Bytes that are not UTF-8 are replaced; a line longer than 64 KiB comes in pieces.
        """
        with suppress(FileNotFoundError), self._run(handle).log.open("rb") as file:
            file.seek(after)
            while line := file.readline(LONGEST_LINE):
                yield line.decode("utf-8", errors="replace").rstrip("\r\n")

    def room(self, resources: Resources) -> int:
        """How many more jobs that need `resources` each could start now.

        One, if none ever can: then `start` gets to say why.
        """
        try:
            self._slots.check(resources)
        except ValueError:
            return 1
        return self._slots.room(resources)

    def wait(self, seconds: float) -> None:
        """Return when a job may have news, at the latest after `seconds`."""
        if not self._has_unread:
            self._wakeup.wait(min(seconds, _POLL_SECONDS) if self._open else seconds)

    def _run(self, handle: Handle) -> RunFolder:
        return RunFolder.of(self._root, handle)

    def _lay_out(self, run: RunFolder, job: TrainingJob) -> None:
        if job.resources.gpus and _GPUS in job.environment:
            msg = f"environment: {_GPUS} is set for jobs that ask for GPUs in resources; give one of them"
            raise ValueError(msg)
        with run.laying_out():
            if run.is_laid_out():
                return
            launch = prepare(job, run.base, self.cache, self._places)
            if job.attempt > 1:
                run.go_on_in_output_of(self._run(_handle(job.name, job.attempt - 1)))
            run.reports.touch()
            # Many libraries would start a thread for each CPU of the machine, in every job.
            threads = dict.fromkeys(_THREADS, str(job.resources.cpus))
            own = {"TUNESMITH_REPORTS": str(run.reports)}
            environment = {**threads, **launch.environment, **own}
            if _GPUS not in job.environment:
                environment.pop(_GPUS, None)  # the supervisor sets it
            run.write_spec(job, launch, environment)

    def _launch(self, run: RunFolder) -> None:
        """Launch a supervisor, unless the slots of the job are not free."""
        if run.started_at() is not None or run.is_asked_to_stop():
            self._spawn(run, Grant())  # only to record the end
            return
        with self._slots.take(run.spec().resources) as grant:
            if grant is not None:
                self._spawn(run, grant)

    def _spawn(self, run: RunFolder, grant: Grant) -> None:
        """Start the process of a supervisor and leave it to itself; if that fails, `poll` tries again."""
        self._launches[run.path.name] += 1
        first = 3 + len(grant.files)
        # Copies above the numbers that they get in the child, so that none is overwritten before its turn.
        files = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, first) for file in grant.files]
        try:
            self._launching[run.path.name] = os.posix_spawn(
                sys.executable,
                shim.command(str(run.path), ",".join(grant.gpus), len(files)),
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
                    (os.POSIX_SPAWN_DUP2, 0, 1),
                    (os.POSIX_SPAWN_OPEN, 2, run.shim_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
                    *((os.POSIX_SPAWN_DUP2, file, 3 + index) for index, file in enumerate(files)),
                ],
                setpgroup=0,  # not in the terminal's group, whose Ctrl-C is not meant for jobs
                setsigmask=(),
                setsigdef=(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD),
            )
        except OSError as error:  # as when the machine has no room for another process
            with run.shim_log.open("a") as log:
                log.write(f"{error}\n")
        finally:
            for file in files:
                os.close(file)

    def _is_launching(self, handle: Handle) -> bool:
        """Whether a supervisor that we launched is not up yet; once it is, its first process has ended."""
        process = self._launching.get(handle)
        if process is None:
            return False
        with suppress(ChildProcessError):  # another thread was faster, or the application ignores SIGCHLD
            if os.waitpid(process, os.WNOHANG) == (0, 0):
                return True
        self._launching.pop(handle, None)
        return False

    def _update(self, handle: Handle, cursor: Cursor, limit: int) -> JobUpdate:
        run = self._run(handle)
        if not run.is_laid_out():
            return self._lost(handle, Cursor(), "lost: its run folder is gone")  # and its output with it
        # Asked in this order: a supervisor is there until it has recorded the end.
        is_waiting = not self._is_launching(handle) and not run.is_supervised()
        end = run.exit()
        if end is None and is_waiting:
            if self._launches[handle] >= _MAX_LAUNCHES:
                return self._lost(handle, cursor, f"its supervisor does not start: {_tail(run.shim_log)}")
            self._launch(run)
        log, is_all_log = read_lines(run.log, cursor.log, limit, complete=end is not None)
        reports, is_all_reports = read_lines(run.reports, cursor.reports, limit, complete=end is not None)
        news = JobUpdate(
            handle=handle,
            status=JobStatus.STARTING,
            log=log,
            reports=reports,
            cursor=Cursor(cursor.log + len(log), cursor.reports + len(reports)),
            started_at=run.started_at(),
        )
        if not (is_all_log and is_all_reports):
            self._has_unread = True
        elif end is not None:
            self._open.discard(handle)
            return _with_end(news, end, run)
        self._open.add(handle)
        return news if news.started_at is None else replace(news, status=JobStatus.RUNNING)

    def _lost(self, handle: Handle, cursor: Cursor, reason: str) -> JobUpdate:
        self._open.discard(handle)
        return JobUpdate(
            handle=handle, status=JobStatus.FAILED, cursor=cursor, reason=reason, ending=Ending.LOST
        )


def attempts(handle: Handle) -> list[Handle]:
    """Give the handles of all attempts to run a job up to this one, the latest last."""
    name, _, latest = handle.partition("~")
    return [_handle(name, attempt) for attempt in range(1, int(latest or 1) + 1)]


def _handle(name: str, attempt: int) -> Handle:
    return name if attempt == 1 else f"{name}~{attempt}"  # a character that no name has


def _with_end(news: JobUpdate, end: Exit, run: RunFolder) -> JobUpdate:
    """Add to the last news how the job ended."""
    status, ending, reasons = _verdict(end, run)
    reason = "; ".join((*reasons, *end.problems)) or None
    return replace(
        news, status=status, ending=ending, reason=reason, exit_code=end.exit_code, ended_at=end.at
    )


def _verdict(end: Exit, run: RunFolder) -> tuple[JobStatus, Ending, tuple[str, ...]]:
    """Say how a run ended and why, beside the problems that were recorded."""
    match end.why:
        case "exited" if end.exit_code == 0:
            return JobStatus.COMPLETED, Ending.EXITED, ()
        case "exited":
            return JobStatus.FAILED, *_failure(end, run)
        case "stopped":
            return JobStatus.STOPPED, Ending.STOPPED, ("asked to stop",)
        case "max_runtime":
            reason = f"ran longer than max_seconds = {run.spec().max_seconds:g}"
            return JobStatus.STOPPED, Ending.MAX_SECONDS, (reason,)
        case "unstartable":
            return JobStatus.FAILED, Ending.REFUSED, ()
        case _:
            ending = Ending.INTERRUPTED if end.why == "terminated" else Ending.LOST
            return JobStatus.FAILED, ending, _LOST[end.why]


def _failure(end: Exit, run: RunFolder) -> tuple[Ending, tuple[str, ...]]:
    """Say why a job failed that ended by itself: its own fault, or its data could not be brought to it."""
    if reason := trouble(run.base):
        return Ending.LOST, (reason,)
    return Ending.EXITED, (failure_reason(run.base, end.exit_code, _tail(run.log)),)


def _tail(path: Path) -> str:
    """Give the last line of a file that may not be there."""
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
        return next((line for line in reversed(lines) if line.strip()), "")
    return ""
