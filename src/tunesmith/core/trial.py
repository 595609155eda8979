"""One configuration and what was observed of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tunesmith.core.space import Config


class TrialState(StrEnum):
    """Where a trial is. The last three are final."""

    PENDING = "Pending"  # intended; its training job may or may not have been started yet
    RUNNING = "Running"
    PAUSING = "Pausing"  # asked to stop, with the intention to go on from its checkpoint, perhaps
    PAUSED = "Paused"  # nothing of it runs; it goes on when it turns out to be worth it
    STOPPING = "Stopping"  # asked to stop, not ended yet
    COMPLETED = "Completed"
    STOPPED = "Stopped"  # ended early, by a rule, a limit or the user
    FAILED = "Failed"

    @property
    def is_final(self) -> bool:
        """Whether the trial has ended."""
        return self in _FINAL

    @property
    def is_usable(self) -> bool:
        """Whether the value of such a trial counts: what a failed one has reported does not."""
        return self in (TrialState.COMPLETED, TrialState.STOPPED)


_FINAL = frozenset({TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED})


@dataclass(frozen=True, slots=True)
class Trial:
    """A configuration of a tuning job, and its reports. Lower is better (see `Objective.loss`)."""

    number: int  # 1, 2, ... in order of creation
    config: Config
    state: TrialState = TrialState.PENDING
    reports: tuple[float, ...] = ()  # the losses that it emitted, in order, all finite

    @property
    def loss(self) -> float | None:
        """The final loss: the latest report of a trial that completed or was stopped, else None."""
        return self.reports[-1] if self.state.is_usable and self.reports else None
