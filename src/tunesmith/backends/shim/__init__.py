"""The supervisor of one training job: a small process of its own that outlives whoever started the job.

Launching it twice is harmless: a lock lets one of them in, and only the first that ever comes in runs the work.
One that comes in later finds that the first has vanished, and clears up after it.

It imports nothing of Tunesmith and little of the standard library, because every training job waits for it to
start: pathlib would cost 8 ms, typing 5, signal 4 (for its enums; `_signal` is the rest of it), contextlib 3. Hence
`os.path` and `try` in this package where others have `Path` and `suppress`.
"""

# ruff: noqa: PTH100, PTH110, PTH120 - for the reason above

from __future__ import annotations

import fcntl
import os
import sys

from .record import read_record
from .supervisor import Supervisor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_MAX_DESCRIPTORS = 1 << 16


def command(run: str, gpus: str, slots: int) -> list[str]:
    """Give the command that runs `main` in a process of its own.

    It imports this file, since a file that is run is compiled each time, which costs 4 ms.
    """
    code = (
        "import sys; sys.path.append(sys.argv[1]); import shim; shim.main(*sys.argv[2:4], int(sys.argv[4]))"
    )
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return [sys.executable, "-I", "-S", "-c", code, here, run, gpus, str(slots)]


def main(run: str, gpus: str, slots: int) -> NoReturn:
    """Supervise the job of a run folder, unless it is being supervised or has ended.

    Args:
        run: The run folder.
        gpus: The value of CUDA_VISIBLE_DEVICES for the job.
        slots: The number of inherited files, from descriptor 3 on, whose locks are the job's slots.
    """
    _supervise(run, gpus, slots)
    os._exit(0)  # saves the interpreter's clearing up


def _supervise(run: str, gpus: str, slots: int) -> None:
    os.closerange(3 + slots, _MAX_DESCRIPTORS)  # whatever libraries of the controller left open
    for slot in range(3, 3 + slots):
        os.set_inheritable(slot, False)  # noqa: FBT003 - its only argument
    lock = os.open(f"{run}/lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    spec = read_record(f"{run}/spec")
    # The child keeps the lock and is nobody's child: it leaves no zombie, and killing a tree spares it.
    if spec is not None and not os.path.exists(f"{run}/exit") and os.fork() == 0:
        os.setsid()
        os.chdir("/")
        Supervisor(run, spec, gpus, range(3, 3 + slots)).run()
