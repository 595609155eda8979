"""Finding and signalling the processes that come from a training job."""

# ruff: noqa: PTH110, PTH123, PTH208, SIM105 - the package says why

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Iterator
else:
    import _signal as signal

SWEEP_SECONDS = 10.0
"""A process that SIGKILL has not ended by then hangs in the kernel."""


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (Linux), so that none gets out of sight."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - not needed elsewhere

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _processes() -> Iterator[tuple[int, int, int]]:
    """Give process, parent and session of every process; nothing where there is no /proc."""
    for pid, content in _proc("stat"):
        # pid (name) state parent group session ..., where a name may contain anything
        _, parent, _, session = content.rpartition(b")")[2].split()[:4]
        yield pid, int(parent), int(session)


def _proc(name: str) -> Iterator[tuple[int, bytes]]:
    """Give every process that we may ask, and the contents of its file of this name in /proc."""
    pids = os.listdir("/proc") if os.path.exists("/proc") else []
    for pid in pids:
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                yield int(pid), file.read()
        except (OSError, ValueError):  # another's, or gone just now, or no process
            continue


def listeners() -> list[int]:
    """Give our children that hear SIGTERM; for one that ignores it, as a sandbox does, its children."""
    table = list(_processes())
    deaf, hearing = {os.getpid()}, []
    while deaf:
        children = [pid for pid, parent, _ in table if parent in deaf]
        deaf = {pid for pid in children if _ignores(pid, signal.SIGTERM)}
        hearing += [pid for pid in children if pid not in deaf]
    return hearing


def _ignores(pid: int, number: int) -> bool:
    """Whether a process ignores a signal, as far as /proc tells."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            mask = file.read().partition(b"\nSigIgn:")[2].split(maxsplit=1)[0]
    except (OSError, IndexError):
        return False
    return bool(int(mask, 16) >> (number - 1) & 1)


def family(trainer: int) -> set[int]:
    """Give the trainer and all that come from it: our descendants, and whatever is in its session."""
    table = list(_processes())
    known = {os.getpid(), *(pid for pid, _, session in table if session == trainer)}
    size = 0
    while size < len(known):
        size = len(known)
        known.update(pid for pid, parent, _ in table if parent in known)
    return known - {os.getpid()}


def kill_holders(cookie: bytes) -> None:
    """Kill every process that has this environment variable; return when none is left."""
    deadline = time.monotonic() + SWEEP_SECONDS
    while (holders := list(_holders(cookie))) and time.monotonic() < deadline:
        for pid in holders:
            kill(pid, signal.SIGKILL)
        time.sleep(0.002)


def _holders(cookie: bytes) -> Iterator[int]:
    return (pid for pid, content in _proc("environ") if cookie in content.split(b"\0"))


def kill(pid: int, number: int) -> None:
    """Send a signal to a process, or to a group given as a negative number, if it is there."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass
