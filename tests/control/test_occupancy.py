from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tunesmith.control.occupancy import Used, timeline, used_now
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command, Ending, Resources
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.records import Attempt, TrialRecord

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("loss"),
    limits=Limits(trials=9),
    resources=Resources(cpus=2, gpus=1),
    created_at=NOW,
)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def trial(number: int, start: float | None, end: float | None = None, **changes: Any) -> TrialRecord:
    record = TrialRecord(
        number=number,
        name=f"t{number}",
        config={"x": 0.5},
        state=TrialState.RUNNING if end is None else TrialState.COMPLETED,
        created_at=NOW,
        started_at=None if start is None else at(start),
        ended_at=None if end is None else at(end),
    )
    return replace(record, **changes)


def test_what_runs_occupies_slots() -> None:
    waits, stops = trial(3, None, state=TrialState.PENDING), trial(4, 3, state=TrialState.STOPPING)
    paused = trial(5, 1, 2, state=TrialState.PAUSED)
    assert used_now(JOB, [trial(1, 0, 5), trial(2, 1), waits, stops, paused]) == Used(jobs=2, cpus=4, gpus=2)
    assert used_now(JOB, []) == Used()


def test_a_lane_is_used_again_when_it_is_free() -> None:
    bars = timeline(
        JOB, [trial(1, 0, 5), trial(2, 1, 3), trial(3, 3, 4), trial(4, 5), trial(5, 6), trial(6, None)]
    )
    assert [(bar.trial, bar.lane) for bar in bars] == [(1, 0), (2, 1), (3, 1), (4, 0), (5, 1)]
    assert [bar.end for bar in bars[-2:]] == [None, None]


def test_each_attempt_has_a_bar() -> None:
    lost = Attempt(started_at=at(0), ended_at=at(2), ending=Ending.LOST)
    bars = timeline(JOB, [trial(1, 4, 6, earlier=(lost,)), trial(2, 1, 5)])
    assert [(bar.trial, bar.attempt, bar.lane) for bar in bars] == [(1, 1, 0), (2, 1, 1), (1, 2, 0)]


@given(
    runs=st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(0, 20)), max_size=20),
)
def test_no_two_share_a_lane_and_none_is_needless(runs: list[tuple[int, int | None]]) -> None:
    bars = timeline(
        JOB,
        [trial(n, start, None if long is None else start + long) for n, (start, long) in enumerate(runs, 1)],
    )
    assert len(bars) == len(runs)
    for i, bar in enumerate(bars):
        for other in bars[:i]:
            assert other.lane != bar.lane or (other.end is not None and other.end <= bar.start)
    for bar in bars:  # each lane below it was taken when it began
        taken = {
            o.lane for o in bars if o.start <= bar.start and (o.end is None or o.end > bar.start or o == bar)
        }
        below = {o.lane for o in bars if o.start == bar.start} | taken
        assert set(range(bar.lane)) <= below
