"""What happens in a tuning job while it is watched, as events between one tick and the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from tunesmith.control.progress import Progress
from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrialRecord


@dataclass(frozen=True)
class Started:
    """A training job was started."""

    trial: TrialRecord


@dataclass(frozen=True)
class Finished:
    """A training job has ended."""

    trial: TrialRecord
    is_best: bool  # whether it is the best one so far


@dataclass(frozen=True)
class Trouble:
    """Something that the user should know at once."""

    message: str
    output: tuple[str, ...] = ()  # the last lines of the training job's output


Event: TypeAlias = Started | Finished | Trouble


@dataclass
class Watcher:
    """Turns the progress after each tick into the events since the last one."""

    tail: Callable[[TrialRecord], list[str]]  # reads the last lines of a training job's output
    _seen: set[int] = field(default_factory=set)
    _shown: set[str | None] = field(default_factory=set)  # reasons whose output was shown: once is enough

    def events(self, progress: Progress) -> Iterator[Event]:
        """Give what is new, in the order in which it is best told."""
        new = [t for t in (*progress.finished, *progress.open) if t.number not in self._seen]
        for trial in sorted(new, key=lambda t: t.number):
            self._seen.add(trial.number)
            yield Started(trial)
        for message in progress.warnings:
            yield Trouble(message)
        for trial in progress.finished:
            yield Finished(trial, progress.best is not None and trial.number == progress.best.number)
            if is_trouble(trial):
                yield self._trouble(trial)

    def _trouble(self, trial: TrialRecord) -> Trouble:
        known = trial.reason in self._shown
        self._shown.add(trial.reason)
        message = (
            f"training job {trial.number} {'failed' if _failed(trial) else 'is of no use'}: {trial.reason}"
        )
        return Trouble(message, () if known else tuple(self.tail(trial)))


def is_trouble(trial: TrialRecord) -> bool:
    """Whether a trial failed, or completed without a value."""
    return _failed(trial) or (trial.state is TrialState.COMPLETED and trial.value is None)


def _failed(trial: TrialRecord) -> bool:
    return trial.state is TrialState.FAILED
