"""What the output of one trial has told, and which of its reports count.

A training job that goes on from a checkpoint may train epochs again that it had reported. If it says which, as by
`tunesmith.report(loss=0.1, epoch=3)`, the earlier reports of these epochs are forgotten, and each counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tunesmith.control.log_metrics import LogMetrics
from tunesmith.store.records import Attempt

T = TypeVar("T")


@dataclass
class Reading:
    """What the output of one open trial has told so far."""

    reader: LogMetrics
    reports: list[float] = field(default_factory=list)  # the losses that it emitted and that count, in order
    epochs: list[float | None] = field(default_factory=list)  # which each was of, where it said so
    made: int = 0  # reports of the latest attempt
    most: int = 0  # reports that counted at a time, at the most, since training began
    kept: Counter[str] = field(default_factory=Counter)  # points of each metric

    def add(self, loss: float, epoch: float | None) -> None:
        """Take in a report."""
        self.reports.append(loss)
        self.epochs.append(epoch)
        self.made += 1
        self.most = max(self.most, len(self.reports))

    def forget_from(self, epoch: float) -> int:
        """Forget the reports of this epoch and later ones; how many these were."""
        first = next((i for i, e in enumerate(self.epochs) if e is not None and e >= epoch), len(self.epochs))
        forgotten = len(self.reports) - first
        del self.reports[first:], self.epochs[first:]
        return forgotten

    def again(self, reader: LogMetrics, forgotten: int = 0) -> Reading:
        """What there is to go on with in the next attempt, when so many of the last reports do not count any more."""
        count = len(self.reports) - forgotten
        return Reading(reader, self.reports[:count], self.epochs[:count], most=self.most)


def counting(made: Sequence[T], earlier: Sequence[Attempt]) -> tuple[list[T], int, int]:
    """Those of all reports of a trial that count; how many the latest attempt has made; and `Reading.most`."""
    counted: list[T] = []
    position = most = 0
    for attempt in earlier:
        # Before Tunesmith counted the reports of each attempt, it forgot all or none.
        count = attempt.forgotten if attempt.reports is None else attempt.reports
        counted += made[position : position + count]
        position += count
        most = max(most, len(counted))
        del counted[len(counted) - attempt.forgotten :]
    latest = made[position:]
    return [*counted, *latest], len(latest), max(most, len(counted) + len(latest))
