from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tunesmith.control.comparison import compare
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command, Ending
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Definition, Limits, TuningJob
from tunesmith.store.records import Attempt, TrialRecord

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB = TuningJob.comparing(
    tuple(
        Definition(
            name=name,
            work=Command(("true",)),
            space=Space([Continuous("x", 0.0, 1.0)]),
            objective=Objective("accuracy", Goal.MAXIMIZE),
        )
        for name in ("svm", "forest", "net")
    ),
    name="job",
    limits=Limits(trials=9),
    created_at=NOW,
)


def trial(number: int, name: str, value: float | None, seconds: float, **changes: Any) -> TrialRecord:
    fields: dict[str, Any] = {
        "number": number,
        "name": f"job-{number}",
        "config": {"x": 0.5},
        "definition": name,
        "state": TrialState.COMPLETED,
        "value": value,
        "rank": number,
        "created_at": NOW,
        "started_at": NOW,
        "ended_at": NOW + timedelta(seconds=seconds),
    }
    return TrialRecord(**fields | changes)


def test_algorithms_are_compared_at_equal_spend() -> None:
    trials = [
        trial(1, "svm", 0.5, 10),
        trial(2, "forest", 0.8, 2),
        trial(3, "svm", 0.7, 10),
        trial(4, "forest", 0.6, 2),
        trial(5, "svm", 0.9, 10),
        trial(6, "forest", None, 2, state=TrialState.FAILED),
        trial(7, "forest", 0.85, 30),
    ]
    svm, forest, net = compare(JOB, reversed(trials))
    assert (svm.name, svm.trials, svm.seconds, svm.best) == ("svm", 3, 30.0, 0.9)
    assert (svm.best_in_equal_trials, svm.best_in_equal_seconds) == (0.9, 0.9)
    assert (forest.name, forest.trials, forest.seconds, forest.best) == ("forest", 4, 36.0, 0.85)
    assert (forest.best_in_equal_trials, forest.best_in_equal_seconds) == (
        0.8,
        0.8,
    )  # its last one ended too late
    assert (net.trials, net.seconds, net.best, net.best_in_equal_trials) == (0, 0.0, None, None)


def test_the_run_time_of_lost_attempts_is_spent_as_well() -> None:
    lost = Attempt(started_at=NOW, ended_at=NOW + timedelta(seconds=5), ending=Ending.LOST)
    assert compare(JOB, [trial(1, "svm", 0.5, 10, earlier=(lost,))])[0].seconds == 15.0


def test_there_is_nothing_to_compare_without_definitions() -> None:
    single = TuningJob(
        name="job",
        work=JOB.work,
        space=JOB.space,
        objective=JOB.objective,
        limits=JOB.limits,
        created_at=NOW,
    )
    assert compare(single, [trial(1, "svm", 0.5, 1, definition=None)]) == []
