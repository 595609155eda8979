"""What a tick of the controller has to tell those who watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrialRecord, TuningJobRecord


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How a tuning job stands after a tick."""

    record: TuningJobRecord
    best: TrialRecord | None
    open: tuple[TrialRecord, ...]  # the trials that have not ended, without the paused ones, by number
    counts: Mapping[TrialState, int]  # trials by state, every state present
    finished: tuple[TrialRecord, ...] = ()  # those that ended in this tick
    spent: float = 0.0  # on the trials that have ended, in money
    warnings: tuple[str, ...] = ()  # what the user should know, new in this tick
