"""The supervision of one training job, from its start to the record of its end."""

# ruff: noqa: PTH104, PTH108, PTH110, PTH116, PTH120, PTH123, PTH208, SIM105 - the package says why

from __future__ import annotations

import errno
import os
import select
import time

from .process_tree import SWEEP_SECONDS, adopt_orphans, family, kill, kill_holders, listeners
from .record import write_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Iterable
    from typing import NoReturn

    from .record import Record
else:
    import _signal as signal

_REPEAT_SECONDS = 1.0  # how soon a process is asked to end that could not hear it yet
_SIGN_SECONDS = 20.0  # from one sign of life to the next
_REASON_BYTES = 4096
_ROOM_SECONDS = 1.0  # how soon a disk that was full is tried again


class Supervisor:
    """Runs the work of a run folder, ends it when it must, and records what has become of it."""

    def __init__(self, run: str, spec: dict[str, list[str]], gpus: str, slots: Iterable[int]) -> None:
        self._run = run
        self._spec = spec
        self._gpus = gpus
        self._slots = slots
        self._grace = float(spec["grace_seconds"][0])
        self._max_seconds = float(spec["max_seconds"][0])
        self._exit_code: int | None = None
        self._why = "exited"  # or stopped, max_runtime, terminated, unstartable, lost, undelivered
        self._has_run = False  # the work, so that there may be results
        self._asked: set[int] = set()  # processes that have been sent SIGTERM
        self._problems: list[str] = []

    def run(self) -> None:
        """Supervise from the beginning to the end."""
        wakeups = _watch_signals()
        if os.path.exists(f"{self._run}/started"):
            self._why = "lost"
            self._has_run = True
            ended_at = self._latest_sign_of_life()
            kill_holders(self._cookie())
        else:
            adopt_orphans()
            self._record("started", [("pid", str(os.getpid())), ("at", repr(time.time()))])
            self._run_work(wakeups)
            ended_at = time.time()
        self._pack()
        for slot in self._slots:  # before the record: whoever reads that the job has ended finds them free
            os.close(slot)
        if self._has_run:
            self._finish()
        self._record_exit(ended_at)
        root = os.path.dirname(os.path.dirname(self._run))
        wake(f"{root}/wake")

    def _give_sign_of_life(self) -> None:
        try:
            os.utime(f"{self._run}/started")
        except OSError:  # it matters to nobody but the one who comes after us
            pass

    def _latest_sign_of_life(self) -> float:
        """Say when the job was last known to run: the machine may have been off since."""
        files = (f"{self._run}/{name}" for name in ("started", "output.log", "reports.jsonl"))
        return max(os.stat(file).st_mtime for file in files if os.path.exists(file))

    def _run_work(self, wakeups: int) -> None:
        # Asked to stop earlier than this, a stopper could not know our process; later, it sends a signal.
        if os.path.exists(f"{self._run}/stop"):
            self._why = "stopped"
            return
        try:
            trainer = self._start()
        except OSError as error:
            self._why = "unstartable"
            self._problems.append(str(error))
            return
        self._has_run = True
        self._attend(trainer, wakeups)
        self._kill_tree(trainer)

    def _start(self) -> int:
        """Start the trainer in a session of its own. Raises OSError if its program cannot be run."""
        report, confess = os.pipe()
        trainer = os.fork()
        if trainer == 0:
            self._become_trainer(confess)
        os.close(confess)
        failure = os.read(report, 4096)  # nothing, once the pipe closes because the program runs
        os.close(report)
        if failure:
            os.waitpid(trainer, 0)
            raise OSError(os.fsdecode(failure))
        return trainer

    def _become_trainer(self, confess: int) -> NoReturn:
        try:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            log = os.open(f"{self._run}/output.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
            for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, programs expect them
                signal.signal(number, signal.SIG_DFL)
            os.chdir(self._spec["directory"][0])
            environment = dict(pair.split("=", 1) for pair in self._spec["environment"])
            environment.setdefault("CUDA_VISIBLE_DEVICES", self._gpus)
            arguments = self._spec["argument"]
            os.execvpe(arguments[0], arguments, environment)  # noqa: S606 - this is what a trainer is
        except (OSError, ValueError) as error:
            program, folder = self._spec["argument"][0], self._spec["directory"][0]
            os.write(confess, os.fsencode(f"cannot run {program!r} in {folder!r}: {error}")[:4096])
        finally:
            os._exit(127)

    def _attend(self, trainer: int, wakeups: int) -> None:
        """Return when the work has ended, or when its grace period is over."""
        deadline = time.monotonic() + self._max_seconds
        while not self._has_ended(trainer):
            left = deadline - time.monotonic()
            if self._why != "exited":
                if left <= 0:
                    return
                self._ask_to_end(trainer)
                _next_signals(wakeups, min(left, _REPEAT_SECONDS))
                continue
            self._give_sign_of_life()
            if signal.SIGTERM in _next_signals(wakeups, min(left, _SIGN_SECONDS)):
                self._why = "stopped" if os.path.exists(f"{self._run}/stop") else "terminated"
                deadline = time.monotonic() + self._grace
            elif time.monotonic() >= deadline:
                self._why = "max_runtime"
                deadline = time.monotonic() + self._grace

    def _has_ended(self, trainer: int) -> bool:
        """Whether the trainer has ended; once it was asked to end, all that it started must have ended, too.

        A shell dies of SIGTERM at once while the script that it runs still saves its model.
        """
        return not self._bury(trainer) or (self._exit_code is not None and self._why == "exited")

    def _bury(self, trainer: int) -> bool:
        """Take note of our children that have ended, the adopted ones too; say whether others are left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == trainer:
                self._exit_code = os.waitstatus_to_exitcode(status)

    def _ask_to_end(self, trainer: int) -> None:
        """Send SIGTERM to our children that have not had it: the trainer, and in turn what the ended leave to us.

        Not to their children: they may be workers, which must not end, or save the model, before their parent
        does. Where there is no /proc, the trainer's whole group gets it.
        """
        for pid in listeners() or [-trainer]:
            if pid not in self._asked:
                self._asked.add(pid)
                kill(pid, signal.SIGTERM)

    def _kill_tree(self, trainer: int) -> None:
        """Kill the trainer's group and, wherever they are, its descendants; return when none is left."""
        deadline = time.monotonic() + SWEEP_SECONDS
        kill(-trainer, signal.SIGKILL)
        while self._bury(trainer) and time.monotonic() < deadline:
            for pid in family(trainer):
                kill(pid, signal.SIGKILL)
            time.sleep(0.002)

    def _cookie(self) -> bytes:
        """Give the environment variable that only processes of this job have."""
        return next(os.fsencode(v) for v in self._spec["environment"] if v.startswith("TUNESMITH_REPORTS="))

    def _pack(self) -> None:
        for folder, target in zip(self._spec.get("folder", ()), self._spec.get("archive", ()), strict=True):
            try:
                _pack(folder, target)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the job's end is recorded
                self._problems.append(f"cannot pack {folder}: {error}")

    def _finish(self) -> None:
        """Take the results to where they belong. If that fails, so has a job that would have ended well."""
        command = self._spec.get("finish")
        failure = _run(command) if command else None
        if failure is not None:
            self._problems.append(failure)
            if self._why in ("stopped", "max_runtime") or (self._why == "exited" and self._exit_code == 0):
                self._why = "undelivered"

    def _record_exit(self, ended_at: float) -> None:
        code = "" if self._exit_code is None else str(self._exit_code)
        problems = [("problem", problem.replace("\0", " ")) for problem in self._problems]
        record = [("why", self._why), ("exit_code", code), ("at", repr(ended_at)), *problems]
        self._record("exit", record)

    def _record(self, name: str, record: Record) -> None:
        """Write a record into the run folder; wait while the disk is full, as the job itself may have filled it."""
        while True:
            try:
                write_record(f"{self._run}/{name}", record)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                time.sleep(_ROOM_SECONDS)
            else:
                return


def wake(folder: str) -> None:
    """Write into every pipe of the folder; remove the pipes that nobody reads any more."""
    for name in os.listdir(folder):
        pipe = f"{folder}/{name}"
        try:
            file = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nobody reads it
                _unlink(pipe)
            continue
        try:
            os.write(file, b"\0")
        except OSError:  # it is full, so its reader will wake anyhow; or its reader has gone just now
            pass
        finally:
            os.close(file)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _watch_signals() -> int:
    """Have SIGTERM and SIGCHLD announced in a pipe, one byte each; give its reading end."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    return reading


def _next_signals(wakeups: int, seconds: float) -> bytes:
    """Wait for signals; give their numbers as bytes, none when the time is over."""
    # select takes no infinity, and no more than some 100 million seconds
    ready, _, _ = select.select([wakeups], [], [], min(max(seconds, 0.0), 1e6))
    return os.read(wakeups, 4096) if ready else b""


def _run(command: list[str]) -> str | None:
    """Run a program to its end; if it fails, give the last line of its output."""
    reading, writing = os.pipe()
    files = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writing, 1),
        (os.POSIX_SPAWN_DUP2, writing, 2),
    )
    try:
        child = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    except OSError as error:
        return f"cannot run {command[0]!r}: {error}"
    finally:
        os.close(writing)
    end = b""
    while block := os.read(reading, 1 << 16):
        end = (end + block)[-_REASON_BYTES:]
    os.close(reading)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    lines = end.decode(errors="replace").split("\n")
    said = [line for line in lines if line.strip()]
    return (said[-1] if said else f"{command[0]!r} ended with {code}") if code else None


def _pack(folder: str, target: str) -> None:
    """Pack a folder's contents into a .tar.gz that appears when it is complete; nothing for an empty folder."""
    names = sorted(os.listdir(folder)) if os.path.exists(folder) else []
    if not names:
        return
    import tarfile  # noqa: PLC0415 - 12 ms

    partial = f"{target}.partial"
    with open(partial, "wb") as file:
        # Level 1: weights hardly compress, and higher levels take many times as long over them.
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
            for name in names:
                archive.add(f"{folder}/{name}", arcname=name)
        file.flush()
        os.fsync(file.fileno())
    os.rename(partial, target)
