"""Which slots training jobs occupy, now and over time: lanes for a picture of what ran beside what. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush

from tunesmith.core.training_job import Resources
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import TrialRecord

_ON_SLOTS = (TrialState.RUNNING, TrialState.STOPPING, TrialState.PAUSING)


@dataclass(frozen=True)
class Used:
    """Slots that are occupied."""

    jobs: int = 0
    cpus: int = 0
    gpus: int = 0


@dataclass(frozen=True)
class Bar:
    """One attempt of a training job, in a lane that no other has at that time."""

    lane: int  # 0, 1, ...
    trial: int
    attempt: int  # 1, 2, ...
    start: datetime
    end: datetime | None  # None: it still runs
    resources: Resources
    state: TrialState  # of the trial


def used_now(job: TuningJob, trials: Iterable[TrialRecord]) -> Used:
    """The slots that the training jobs of a tuning job occupy now."""
    found = [
        job.parts[trial.definition].resources
        for trial in trials
        if trial.state in _ON_SLOTS and trial.started_at is not None and trial.ended_at is None
    ]
    return Used(len(found), sum(each.cpus for each in found), sum(each.gpus for each in found))


def timeline(job: TuningJob, trials: Iterable[TrialRecord]) -> list[Bar]:
    """Every attempt of every training job that was started, by time, in as few lanes as there can be.

    The lanes stay what they are as time goes on: an attempt gets the lowest that is free when it starts.
    """
    attempts = [(start, end, trial, n) for trial in trials for n, start, end in _attempts(trial)]
    attempts.sort(key=lambda each: (each[0], each[2].number, each[3]))
    bars: list[Bar] = []
    busy: list[tuple[datetime, int]] = []  # when each lane becomes free, those that never do left out
    free: list[int] = []
    lanes = 0
    for start, end, trial, number in attempts:
        while busy and busy[0][0] <= start:
            heappush(free, heappop(busy)[1])
        if free:
            lane = heappop(free)
        else:
            lane, lanes = lanes, lanes + 1
        if end is not None:
            heappush(busy, (max(end, start), lane))
        resources = job.parts[trial.definition].resources
        bars.append(Bar(lane, trial.number, number, start, end, resources, trial.state))
    return bars


def _attempts(trial: TrialRecord) -> Iterator[tuple[int, datetime, datetime | None]]:
    runs = [
        *((attempt.started_at, attempt.ended_at) for attempt in trial.earlier),
        (trial.started_at, trial.ended_at),
    ]
    for number, (start, end) in enumerate(runs, 1):
        if start is not None:
            yield number, start, end
