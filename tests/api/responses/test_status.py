from __future__ import annotations

from collections.abc import Callable

import pytest

from tunesmith.api.responses.status import objective, objective_counters, states, training_counters
from tunesmith.core.trial import TrialState
from tunesmith.store.records import ObjectiveCounts, TrialRecord


@pytest.mark.parametrize(
    ("state", "value", "expected"),
    [
        ("Pending", None, "Pending"),
        ("Running", 0.5, "Pending"),
        ("Stopping", 0.5, "Pending"),
        ("Pausing", 0.5, "Pending"),
        ("Paused", 0.5, "Pending"),
        ("Completed", 0.5, "Succeeded"),
        ("Completed", None, "Failed"),
        ("Stopped", 0.5, "Succeeded"),
        ("Stopped", None, "Failed"),
        ("Failed", 0.5, "Failed"),
    ],
)
def test_an_objective_succeeds_with_a_value_that_counts(
    state: str, value: float | None, expected: str, make_trial: Callable[..., TrialRecord]
) -> None:
    assert objective(make_trial(state=TrialState(state), value=value)) == expected


def test_counters_add_up_to_the_number_of_training_jobs() -> None:
    counts = {state: number for number, state in enumerate(TrialState, 1)}
    counters = training_counters(counts, retryable=2)
    assert counters == {
        "Completed": 6,
        "InProgress": 1 + 2 + 3 + 4 + 5,
        "RetryableError": 2,
        "NonRetryableError": 6,
        "Stopped": 7,
    }
    assert sum(counters.values()) == sum(counts.values())


def test_counters_are_there_when_there_is_nothing_to_count() -> None:
    assert set(training_counters({}, 0).values()) == {0}
    assert objective_counters(ObjectiveCounts()) == {"Succeeded": 0, "Pending": 0, "Failed": 0}


def test_a_status_stands_for_states() -> None:
    assert states("InProgress") == {
        TrialState.PENDING,
        TrialState.RUNNING,
        TrialState.PAUSING,
        TrialState.PAUSED,
    }
    assert states("Stopping") == {TrialState.STOPPING}
    assert states("Deleting") == frozenset()
