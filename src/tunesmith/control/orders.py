"""What people say about new trials: which are to be tried next, and what they may cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tunesmith.control.budget import Purse
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import Intervention


@dataclass(frozen=True)
class Orders:
    """What comes before a strategy's own choice of new trials, and what bounds it."""

    suggestions: Sequence[Intervention] = ()  # by hand, the first to be tried first
    by_hand: Mapping[str | None, int] = field(default_factory=dict)
    """How many trials so far tried a suggestion, by definition."""
    purse: Purse | None = None  # None if there is no budget

    def affords(self, job: TuningJob, definition: str | None) -> bool:
        """Whether there is money for a trial of a definition."""
        return self.purse is None or self.purse.grant(job, definition) is not None

    def affords_to_go_on(self, number: int) -> bool:
        """Whether there is money for a paused trial to go on."""
        return self.purse is None or self.purse.to_go_on.get(number, 0.0) <= self.purse.free

    def next_by_hand(self, job: TuningJob, count: int) -> list[Intervention]:
        """The suggestions to try now, at most so many."""
        paid_for = (each for each in self.suggestions if self.affords(job, each.definition))
        return [each for each, _ in zip(paid_for, range(count), strict=False)]

    def most(self, job: TuningJob, count: int) -> int:
        """How many of `count` new trials there may be money for."""
        return count if self.purse is None else min(count, self.purse.room(job))


NO_ORDERS = Orders()
"""Nothing is suggested, and there is no budget."""
