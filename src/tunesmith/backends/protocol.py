"""What a backend is: a place where training jobs run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tunesmith.core.training_job import Cursor, Handle, JobUpdate, Resources, TrainingJob


class Backend(Protocol):
    """Runs training jobs that outlive the caller; every method may be called again after a crash."""

    def start(self, job: TrainingJob) -> Handle:
        """Start the job unless this attempt of one of its name was ever started here; return its handle.

        A later attempt has a handle of its own; its output begins where the cursor of the last update of the one
        before says, which is lost. Returns without waiting for the job. Raises ValueError, naming what is wrong, for work that this
        backend can never run.
        """
        ...

    def poll(self, cursors: Mapping[Handle, Cursor]) -> list[JobUpdate]:
        """Say what is new of each of these jobs since its cursor; one update a handle, in the order given.

        A bounded amount of output comes in one call; the rest in the next ones, and a final status only with
        the last of it. A job that vanished is FAILED, with a reason that says so.
        """
        ...

    def stop(self, handle: Handle) -> None:
        """Ask the job to end: SIGTERM, its grace period, SIGKILL. Returns at once; harmless if it has ended."""
        ...

    def logs(self, handle: Handle, after: int = 0) -> Iterator[str]:
        """Give the lines of output that the job has written so far, from byte `after` on."""
        ...

    def room(self, resources: Resources) -> int:
        """How many more jobs that need `resources` each could start now."""
        ...

    def wait(self, seconds: float) -> None:
        """Return when a job may have news, at the latest after `seconds`."""
        ...
