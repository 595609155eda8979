"""What ran when: the attempts of training jobs in lanes."""

from __future__ import annotations

from dataclasses import dataclass

from tunesmith.control.occupancy import timeline
from tunesmith.store.store import Store
from tunesmith.web.views.board import Board
from tunesmith.web.views.objective_history import Kind, kind_of

MOST = 1000
"""Training jobs of a picture: the latest."""


@dataclass(frozen=True)
class TimelineBar:
    """An attempt of a training job; moments are milliseconds since 1970."""

    lane: int
    number: int
    attempt: int
    start: float
    end: float | None  # None: it still runs
    kind: Kind


@dataclass(frozen=True)
class SlotTimeline:
    """Bars, by time, and what they are a part of."""

    bars: tuple[TimelineBar, ...]
    lanes: int
    total: int  # training jobs


def slot_timeline(store: Store, board: Board) -> SlotTimeline:
    """The attempts of the latest training jobs."""
    with board.lock:
        total = board.count
        after = int(board.number[-MOST]) - 1 if total > MOST else 0
        job = board.job
    bars = timeline(job, store.trials_after(board.name, after, ()))
    shown = tuple(
        TimelineBar(
            lane=bar.lane,
            number=bar.trial,
            attempt=bar.attempt,
            start=bar.start.timestamp() * 1000,
            end=None if bar.end is None else bar.end.timestamp() * 1000,
            kind=kind_of(bar.state),
        )
        for bar in bars
    )
    return SlotTimeline(shown, 1 + max((bar.lane for bar in shown), default=0), total)
