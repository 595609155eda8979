from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command, Script
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.records import TrialRecord
from tunesmith.store.store import Store
from tunesmith.testing.jobs import CREATED
from tunesmith.web.wizard.duration import earlier_seconds, from_earlier, from_guess

JOB = TuningJob(
    name="new",
    work=Script("/code", "train.py"),
    space=Space([Continuous("x", 0, 1)]),
    objective=Objective("loss"),
    limits=Limits(20, 4),
    created_at=CREATED,
)


def trial(number: int, state: TrialState) -> TrialRecord:
    return TrialRecord(
        number=number,
        name=f"trial-{number}",
        config={"x": 0.5},
        state=state,
        created_at=CREATED,
        started_at=CREATED,
        ended_at=CREATED + timedelta(seconds=10 * number),
        rank=number,
    )


def test_earlier_jobs_of_the_same_script_tell_how_long_it_takes() -> None:
    with Store("sqlite://") as store:
        ended = [
            trial(number, state)
            for number, state in enumerate((TrialState.COMPLETED, TrialState.FAILED, TrialState.COMPLETED), 1)
        ]
        store.create_tuning_job(replace(JOB, name="old", work=Script("/copy", "train.py")), trials=ended)
        for name, change in (
            ("other-script", replace(JOB, work=Script("/code", "other.py"))),
            ("command", replace(JOB, work=Command(("train.py",)))),
            ("other-names", replace(JOB, space=Space([Continuous("y", 0, 1)]))),
        ):
            own = replace(trial(1, TrialState.COMPLETED), name=name)
            store.create_tuning_job(replace(change, name=name), trials=(own,))
        assert earlier_seconds(store, JOB) == [10, 30]


def test_equal_times_give_an_exact_estimate() -> None:
    found = from_earlier(JOB, [60.0], slots=2)
    assert found is not None
    assert (found.low, found.likely, found.high) == (600, 600, 600)  # 20 jobs, two at a time
    assert found.basis == "1 earlier training jobs, which took 60 s (median)"
    assert from_earlier(JOB, [], slots=2) is None


def test_different_times_give_a_range() -> None:
    found = from_earlier(JOB, [10.0, 20.0, 90.0], slots=4)
    assert found is not None
    assert 20 * 10 / 4 < found.low < found.likely < found.high < 20 * 90 / 4
    assert found == from_earlier(JOB, [10.0, 20.0, 90.0], slots=4)


@pytest.mark.parametrize(("slots", "likely"), [(1, 1200), (4, 300), (9, 300), (0, 1200)])
def test_a_guess_may_be_wrong_by_a_factor_of_two(slots: int, likely: float) -> None:
    found = from_guess(JOB, 60, slots)
    assert (found.low, found.likely, found.high) == (likely / 2, likely, likely * 2)


def test_limits_bound_it() -> None:
    short = replace(JOB, limits=Limits(20, 1, 500), max_seconds=50)
    assert from_guess(short, 60, 1).high == 500
    assert from_guess(replace(short, limits=Limits(4, 1)), 60, 1).likely == 200
    only = from_guess(replace(short, limits=Limits(None, 1, 500)), 60, 1)
    assert (only.low, only.likely, only.high) == (0, 500, 500)
