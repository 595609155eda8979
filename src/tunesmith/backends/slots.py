"""CPUs and GPUs of this machine, handed out so that no two jobs get the same one."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tunesmith.core.training_job import Resources
from tunesmith.storage.exclusive import exclusive


@dataclass(frozen=True)
class Grant:
    """The slots of one job: open files whose locks say that they are taken."""

    gpus: tuple[str, ...] = ()
    files: tuple[int, ...] = ()


class Slots:
    """A slot is a file in a folder; who holds its lock has the slot.

    Locks belong to open files: they pass to the process that inherits the file, and the system frees them when
    that process ends, however it ends. So nothing has to be recovered, and several controllers can share a folder.
    """

    def __init__(self, folder: Path, cpus: int | None = None, gpus: Sequence[str] | None = None) -> None:
        """Hand out these slots; by default, the CPUs this process may use and the GPUs it sees."""
        self._cpus = tuple(str(number) for number in range(usable_cpus() if cpus is None else cpus))
        self._gpus = tuple(usable_gpus() if gpus is None else gpus)
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def check(self, resources: Resources) -> None:
        """Raise ValueError for a job that can never have what it needs here."""
        for kind, need, there in (
            ("cpus", resources.cpus, len(self._cpus)),
            ("gpus", resources.gpus, len(self._gpus)),
        ):
            if need > there:
                msg = f"resources: a job needs {need} {kind}, and there are {there} to give out"
                raise ValueError(msg)

    def room(self, resources: Resources) -> int:
        """How many jobs with this need could have their slots now."""
        with self._locked(), ExitStack() as taken:
            cpus = len(self._free("cpu", self._cpus, len(self._cpus), taken))
            gpus = len(self._free("gpu", self._gpus, len(self._gpus) if resources.gpus else 0, taken))
        room = cpus // resources.cpus
        return min(room, gpus // resources.gpus) if resources.gpus else room

    @contextmanager
    def take(self, resources: Resources) -> Iterator[Grant | None]:
        """Take the slots of one job, or None if there are not enough; they are free again at the end.

        A process that inherits the files keeps the slots beyond that.
        """
        with ExitStack() as taken:
            with self._locked():
                cpus = self._free("cpu", self._cpus, resources.cpus, taken)
                gpus = self._free("gpu", self._gpus, resources.gpus, taken)
            if len(cpus) == resources.cpus and len(gpus) == resources.gpus:
                yield Grant(tuple(gpus), (*cpus.values(), *gpus.values()))
            else:
                taken.close()
                yield None

    def _locked(self) -> AbstractContextManager[int]:
        """One at a time, so that two who each need several slots cannot take half of them each."""
        return exclusive(self._folder / "lock")

    def _free(self, kind: str, names: Sequence[str], limit: int, taken: ExitStack) -> dict[str, int]:
        """Take up to `limit` free slots of a kind: names and open files."""
        found: dict[str, int] = {}
        for name in names:
            if len(found) == limit:
                break
            file = os.open(self._folder / f"{kind}-{quote(name, safe='')}", os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                continue
            taken.callback(os.close, file)
            found[name] = file
        return found


def usable_cpus() -> int:
    """How many CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usable_gpus() -> list[str]:
    """Give the GPUs' names as CUDA_VISIBLE_DEVICES wants them."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        names = [name.strip() for name in visible.split(",")]
        return [name for name in names if name not in {"", "-1", "NoDevFiles"}]
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    listing = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=30, check=False)
    count = sum(line.startswith("GPU ") for line in listing.stdout.splitlines())
    return [str(number) for number in range(count)]
