from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from tunesmith.control.early_stop import EARLY
from tunesmith.control.recommendation import recommended
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.records import TrialRecord

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def job(goal: Goal) -> TuningJob:
    return TuningJob(
        name="job",
        work=Command(("true",)),
        space=Space([Continuous("x", 0.0, 1.0)]),
        objective=Objective("metric", goal),
        limits=Limits(trials=40),
        created_at=NOW,
    )


def trials(sign: float) -> list[TrialRecord]:
    """Noisy readings of a parabola; the ninth is lucky by far and at a bad place."""
    rng = np.random.default_rng(0)
    xs = rng.random(40)
    values = sign * (10 + 4 * (xs - 0.4) ** 2 + rng.normal(0, 0.05, size=40))
    xs[8], values[8] = 0.9, sign * 9.9
    return [
        TrialRecord(
            number=i + 1,
            name=f"job-{i}",
            config={"x": float(x)},
            state=TrialState.COMPLETED,
            value=float(value),
            rank=40 - i,  # they ended the other way round
            created_at=NOW,
        )
        for i, (x, value) in enumerate(zip(xs, values, strict=True))
    ]


@pytest.mark.parametrize(("goal", "sign"), [(Goal.MINIMIZE, 1.0), (Goal.MAXIMIZE, -1.0)])
def test_is_in_the_units_of_the_metric_and_not_taken_in_by_luck(goal: Goal, sign: float) -> None:
    found = recommended(job(goal), trials(sign))
    assert found is not None
    assert found.number != 9
    assert found.config["x"] == pytest.approx(0.4, abs=0.15)
    assert found.low < found.value < found.high
    assert found.low < sign * 10.0 < found.high
    assert found.better_than_default is not None
    assert 0.0 <= found.better_than_default <= 1.0


def test_does_not_depend_on_the_order_of_the_records() -> None:
    records = trials(1.0)
    assert recommended(job(Goal.MINIMIZE), records) == recommended(job(Goal.MINIMIZE), records[::-1])


def test_failed_and_silent_trials_are_nothing_to_recommend() -> None:
    failed = TrialRecord(
        number=1, name="a", config={"x": 0.5}, state=TrialState.FAILED, rank=1, created_at=NOW
    )
    silent = TrialRecord(
        number=2, name="b", config={"x": 0.6}, state=TrialState.COMPLETED, rank=2, created_at=NOW
    )
    running = TrialRecord(
        number=3, name="c", config={"x": 0.7}, state=TrialState.RUNNING, value=1.0, created_at=NOW
    )
    assert recommended(job(Goal.MINIMIZE), [failed, silent, running]) is None


def test_what_was_stopped_early_is_not_taken_for_a_result() -> None:
    completed = trials(1.0)
    early = [
        replace(
            trial,
            number=trial.number + 40,
            state=TrialState.STOPPED,
            value=(trial.value or 0.0) + (-5.0 if trial.number == 1 else 3.0),
            rank=(trial.rank or 0) + 40,
            reason=f"{EARLY}report 1 was bad",
        )
        for trial in completed
    ]
    assert recommended(job(Goal.MINIMIZE), [*completed, *early]) == recommended(job(Goal.MINIMIZE), completed)
    few = [*completed[:2], *early]
    found = recommended(job(Goal.MINIMIZE), few)
    assert found is not None
    assert found.number > 40  # there is nothing else to go by


def test_what_was_stopped_after_all_its_reports_is_a_result() -> None:
    done = [
        replace(
            trial, state=TrialState.STOPPED, reason="it has made the 27 reports that a training job may make"
        )
        for trial in trials(1.0)
    ]
    assert recommended(job(Goal.MINIMIZE), [*done[:20], *trials(1.0)[20:]]) == recommended(
        job(Goal.MINIMIZE), trials(1.0)
    )
