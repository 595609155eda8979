from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tunesmith.control.early_stop import EARLY
from tunesmith.control.savings import Savings, savings
from tunesmith.core.trial import TrialState
from tunesmith.store.records import STOPPED_BY_USER, TrialRecord

START = datetime(2026, 1, 1, tzinfo=UTC)


def trial(number: int, state: TrialState, seconds: float | None, reason: str | None = None) -> TrialRecord:
    return TrialRecord(
        number=number,
        name=f"job-{number}",
        config={},
        state=state,
        reason=reason,
        created_at=START,
        started_at=None if seconds is None else START,
        ended_at=None if seconds is None else START + timedelta(seconds=seconds),
    )


DONE = [trial(n, TrialState.COMPLETED, 10.0 * n) for n in (1, 2, 3)]
REPORTS = {1: 10, 2: 20, 3: 30}


def test_each_given_up_one_saves_what_the_median_one_ran_longer() -> None:
    early = [trial(n, TrialState.STOPPED, 5.0, f"{EARLY}it was hopeless") for n in (4, 5)]
    found = savings([*DONE, *early], REPORTS | {4: 4, 5: 6})
    assert found == Savings(stopped=2, reports=30.0, seconds=30.0)


def test_one_that_ran_longer_than_usual_has_saved_nothing() -> None:
    early = trial(4, TrialState.STOPPED, 99.0, f"{EARLY}it was hopeless")
    assert savings([*DONE, early], REPORTS | {4: 99}) == Savings(stopped=1, reports=0.0, seconds=0.0)


def test_those_that_were_stopped_for_other_reasons_do_not_count() -> None:
    others = [
        trial(4, TrialState.STOPPED, 1.0, STOPPED_BY_USER),
        trial(5, TrialState.STOPPED, 1.0),
        trial(6, TrialState.STOPPING, None, f"{EARLY}it is hopeless"),
    ]
    assert savings([*DONE, *others], REPORTS) is None


def test_without_a_completed_one_there_is_no_estimate() -> None:
    assert savings([trial(1, TrialState.STOPPED, 1.0, f"{EARLY}it was hopeless")], {1: 1}) is None


def test_each_definitions_training_jobs_are_compared_with_each_other() -> None:
    long = [replace(each, number=each.number + 10, definition="long") for each in DONE]
    short = replace(trial(20, TrialState.COMPLETED, 2.0), definition="short")
    early = [trial(n, TrialState.STOPPED, 1.0, f"{EARLY}it was hopeless") for n in (30, 31)]
    early = [replace(each, definition=name) for each, name in zip(early, ("long", "short"), strict=True)]
    reports = {11: 10, 12: 20, 13: 30, 20: 2, 30: 1, 31: 1}
    assert savings([*long, short, *early], reports) == Savings(stopped=2, reports=20.0, seconds=20.0)
