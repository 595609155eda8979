"""Isolation by bubblewrap: a job sees a real /opt/ml and only its own processes, and writes nowhere else."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BASE = Path("/opt/ml")
HOST = "algo-1"
VARIABLES = {"TMPDIR": "/tmp"}  # noqa: S108 - the job's own

_DEVICES = ("/dev/nvidia*", "/dev/dri", "/dev/kfd", "/dev/infiniband")
_RUN_WITH_SIGTERM = (
    "import os, signal, sys; signal.signal(signal.SIGTERM, signal.{}); os.execvp(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """What a job may see and change."""

    base: Path  # becomes /opt/ml
    directory: Path  # where the job starts, as it sees it
    writable: Path  # stays writable under its own name: the folder of the job's reports
    hosts: Path  # becomes /etc/hosts
    mounts: tuple[tuple[Path, Path], ...] = ()  # read-only: (source, place in /opt/ml)
    visible: tuple[Path, ...] = ()  # stay visible although they may lie in /tmp


def check() -> None:
    """Raise ValueError, saying how to get it, unless bubblewrap is installed."""
    if not sys.platform.startswith("linux") or shutil.which("bwrap") is None:
        msg = (
            "isolation: 'bubblewrap' needs the program bwrap, on Linux; install the package bubblewrap "
            "(apt-get install bubblewrap, dnf install bubblewrap), or choose 'none'"
        )
        raise ValueError(msg)


def write_hosts(path: Path) -> None:
    """Write a copy of /etc/hosts that knows the job's host name."""
    system = Path("/etc/hosts")
    known = system.read_text(encoding="utf-8", errors="replace") if system.exists() else ""
    path.write_text(f"127.0.0.1 {HOST}\n{known}", encoding="utf-8")


def wrap(command: Sequence[str], sandbox: Sandbox) -> tuple[str, ...]:
    """Give the command that runs `command` in a sandbox.

    A SIGTERM to the process group must reach the job and not end bubblewrap, which would take the job down with
    it before its grace period: so bubblewrap starts with SIGTERM ignored and the job with it back to normal.
    """
    options = [
        *("--die-with-parent", "--unshare-pid", "--unshare-uts", "--hostname", HOST),
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"),  # noqa: S108 - its own
        *_devices(),
        *_opt(),
        *_visible(sandbox.visible),
        *("--bind", str(sandbox.writable), str(sandbox.writable)),
        *("--bind", str(sandbox.base), str(BASE)),
        *("--ro-bind", str(sandbox.hosts), "/etc/hosts"),
    ]
    for source, place in sandbox.mounts:
        options += ["--ro-bind", str(source), str(place)]
    if not BASE.is_dir():
        options += ["--remount-ro", str(BASE.parent)]  # now that it has its mount points
    options += ["--chdir", str(sandbox.directory), "--"]
    return (*_with_sigterm("SIG_IGN"), "bwrap", *options, *_with_sigterm("SIG_DFL"), *command)


def _with_sigterm(action: str) -> tuple[str, ...]:
    return sys.executable, "-I", "-S", "-c", _RUN_WITH_SIGTERM.format(action)


def _devices() -> Iterator[str]:
    for pattern in _DEVICES:
        for device in sorted(Path("/").glob(pattern.removeprefix("/"))):
            yield from ("--dev-bind", str(device), str(device))


def _opt() -> Iterator[str]:
    """Make a place for /opt/ml on a read-only file system, where it may not exist, and keep the rest of /opt."""
    if BASE.is_dir():
        return
    yield from ("--tmpfs", str(BASE.parent))
    for entry in sorted(BASE.parent.iterdir()):
        if entry.is_symlink():
            yield from ("--symlink", str(entry.readlink()), str(entry))
        else:
            yield from ("--ro-bind", str(entry), str(entry))


def _visible(paths: Iterable[Path]) -> Iterator[str]:
    """Bring back what the job's own /tmp hides."""
    for path in sorted(set(paths)):
        if path.is_relative_to("/tmp"):  # noqa: S108 - the place that is hidden
            yield from ("--ro-bind-try", str(path), str(path))
