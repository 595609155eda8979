from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.price import Price
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningStatus
from tunesmith.store.listing import Sort
from tunesmith.store.records import Change, ObjectiveCounts, TuningJobSummary
from tunesmith.store.store import Store
from tunesmith.web.views import jobs
from tunesmith.web.views.jobs import Alarm, Query

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = START + timedelta(minutes=30)
AddJob = Callable[..., None]


@pytest.fixture
def store(add_job: AddJob) -> Iterator[Store]:
    with Store() as store:
        add_job(store, "first", (0.5, None, 0.25), ended=TuningStatus.COMPLETED)
        add_job(store, "second", (0.5, 0.75), objective=Objective("auc", Goal.MAXIMIZE))
        add_job(store, "third")
        yield store


def test_a_row_tells_how_far_a_job_has_come(store: Store) -> None:
    rows = {row.name: row for row in jobs.page(store, Query(), NOW).rows}
    first, second, third = rows["first"], rows["second"], rows["third"]
    assert [row.best for row in (first, second, third)] == [0.25, 0.75, None]
    assert [row.ended for row in (first, second, third)] == [3, 2, 0]
    assert first.elapsed(NOW) == 180
    assert second.elapsed(NOW) == 1800
    assert jobs.facts(first, NOW) == {
        "trials": "3 of 20",
        "limit": "",
        "elapsed": "3 min",
        "spent": "3 min",
        "money": "",
    }


def test_progress_is_that_of_the_limit_that_ends_the_job_first(store: Store, add_job: AddJob) -> None:
    add_job(store, "timed", (0.5, 0.5), limits=Limits(trials=20, seconds=3600))
    add_job(store, "long", limits=Limits(seconds=60))
    rows = {row.name: row for row in jobs.page(store, Query(), NOW).rows}
    assert rows["second"].progress(NOW) == 0.1
    assert rows["timed"].progress(NOW) == 0.5
    assert rows["long"].progress(NOW) == 1.0


def test_the_list_is_searched_filtered_sorted_and_turned_by_the_store(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def names(query: Query) -> list[str]:
        return [row.name for row in jobs.page(store, query, NOW).rows]

    assert names(Query(contains="IR")) == ["third", "first"]
    assert names(Query(status=TuningStatus.COMPLETED)) == ["first"]
    assert names(Query(sort=Sort.NAME, descending=False)) == ["first", "second", "third"]
    monkeypatch.setattr(jobs, "PAGE", 2)
    page = jobs.page(store, Query(), NOW)
    assert [row.name for row in page.rows] == ["third", "second"]
    assert names(Query(after=page.next)) == ["first"]


def test_a_job_that_starts_nothing_new_is_paused(store: Store) -> None:
    (row,) = jobs.named(store, ["first"], NOW)
    resting = replace(row, summary=summary(paused_at=NOW))
    assert (row.status, resting.status) == ("Completed", "Paused")


def test_rows_of_jobs_that_are_gone_are_left_out(store: Store) -> None:
    store.forget_tuning_job("second")
    assert [row.name for row in jobs.named(store, ["first", "second"], NOW)] == ["first"]


def summary(**changes: object) -> TuningJobSummary:
    counts = dict.fromkeys(TrialState, 0)
    plain = TuningJobSummary(
        name="job",
        strategy="Random",
        status=TuningStatus.IN_PROGRESS,
        limits=Limits(trials=10),
        created_at=START,
        modified_at=START,
        ended_at=None,
        counts=counts,
        objective_counts=ObjectiveCounts(),
        retryable=0,
    )
    failed = changes.pop("failed", 0)
    completed = changes.pop("completed", 0)
    all_counts = {**counts, TrialState.FAILED: failed, TrialState.COMPLETED: completed}
    return replace(plain, counts=all_counts, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (summary(completed=9, failed=1), []),
        (summary(failed=1), []),
        (summary(completed=8, failed=2), [Alarm("warn", "2 of 10 failed")]),
        (summary(completed=2, failed=2), [Alarm("bad", "2 of 4 failed")]),
        (summary(not_improving=19), []),
        (summary(not_improving=20), [Alarm("calm", "no better value in the last 20")]),
        (summary(not_improving=20, converged_at=NOW), [Alarm("calm", "a better value is unlikely")]),
        (summary(not_improving=20, status=TuningStatus.COMPLETED), []),
    ],
)
def test_alarms(job: TuningJobSummary, expected: list[Alarm]) -> None:
    assert list(jobs.alarms(job)) == expected


def test_money_is_told_where_the_price_is_known(store: Store, add_job: AddJob) -> None:
    price, limits = Price(cpu_hour=0.5, currency="EUR"), Limits(trials=100, budget=2.0)
    add_job(store, "costly", (0.5,), price=price, limits=limits)
    add_job(store, "free", (0.5,))
    store.record("costly", Change(run_seconds=7200.0, spent=1.0, at=START))
    rows = {row.name: row for row in jobs.page(store, jobs.Query(), START).rows}
    assert jobs.facts(rows["costly"], START)["money"] == "1.00 EUR of 2.00 EUR"
    assert jobs.facts(rows["free"], START)["money"] == ""
    assert rows["costly"].progress(START) == 0.5
