from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.listing import Listing, Sort
from tunesmith.store.records import Change, TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MakeJob = Callable[..., Any]
MakeTrial = Callable[..., TrialRecord]
Key = Callable[["Known"], tuple[Any, ...]]


@dataclass(frozen=True)
class Known:
    """What the model knows of a training job."""

    job: int
    trial: TrialRecord


TRIALS = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),  # the tuning job
        st.sampled_from(TrialState),
        st.none() | st.sampled_from([-1.0, 0.0, 0.5]),
        st.integers(0, 3),  # seconds from the one before
        st.sampled_from(["a", "B", "ab", "Ab"]),
    ),
    max_size=14,
)
LISTINGS = st.builds(
    Listing,
    sort=st.sampled_from(Sort),
    descending=st.booleans(),
    contains=st.none() | st.sampled_from(["a", "AB", "-1", "%", "_"]),
    status=st.none() | st.frozensets(st.sampled_from(TrialState)),
    created_after=st.none() | st.integers(0, 20).map(lambda s: NOW + timedelta(seconds=s)),
    created_before=st.none() | st.integers(0, 20).map(lambda s: NOW + timedelta(seconds=s)),
    modified_after=st.none() | st.integers(0, 20).map(lambda s: NOW + timedelta(seconds=s)),
    limit=st.integers(1, 5),
)


class Filled:
    """A store with two tuning jobs, and the same in plain Python."""

    def __init__(self, store: Store, make_job: MakeJob) -> None:
        self.store = store
        self.known: list[Known] = []
        self._counts = [0, 0]
        self._now = NOW
        for name, goal in (("one", Goal.MINIMIZE), ("two", Goal.MAXIMIZE)):
            store.create_tuning_job(make_job(name, objective=Objective("loss", goal)))

    def add(self, job: int, state: TrialState, value: float | None, seconds: int, prefix: str) -> None:
        self._now += timedelta(seconds=seconds)
        self._counts[job] += 1
        trial = TrialRecord(
            number=self._counts[job],
            name=f"{prefix}-{len(self.known)}",
            config={},
            state=state,
            value=value,
            rank=self._counts[job] if state.is_final else None,
            created_at=self._now,
            ended_at=self._now + timedelta(seconds=2) if state.is_final else None,
        )
        self.known.append(Known(job + 1, trial))
        self.store.record(("one", "two")[job], Change(trials=(trial,), at=self._now))

    def expected(self, listing: Listing, job: str | None) -> list[str]:
        found = [k for k in self.known if self._suits(k, listing, job)]
        found.sort(key=ORDERS[listing.sort], reverse=listing.descending)
        return [k.trial.name for k in found]

    def _suits(self, known: Known, listing: Listing, job: str | None) -> bool:
        trial, modified = known.trial, known.trial.ended_at or known.trial.created_at
        return (
            (job is None or ("one", "two")[known.job - 1] == job)
            and (listing.contains is None or listing.contains.lower() in trial.name.lower())
            and (listing.status is None or trial.state in listing.status)
            and (listing.created_after is None or trial.created_at > listing.created_after)
            and (listing.created_before is None or trial.created_at < listing.created_before)
            and (listing.modified_after is None or modified > listing.modified_after)
            and (listing.sort is not Sort.VALUE or (trial.state.is_usable and trial.value is not None))
        )


ORDERS: dict[Sort, Key] = {
    Sort.NAME: lambda k: (k.trial.name,),
    Sort.CREATED: lambda k: (k.trial.created_at, k.job, k.trial.number),
    Sort.STATUS: lambda k: (k.trial.state.value, k.trial.created_at, k.job, k.trial.number),
    # Of equal values, the one that ended first is the better one.
    Sort.VALUE: lambda k: (k.trial.value, k.trial.rank if k.job == 1 else -(k.trial.rank or 0)),
}


def pages(store: Store, listing: Listing, job: str | None) -> Iterator[list[str]]:
    """The names on each page; whoever reads may change the store between them."""
    while True:
        page = store.list_training_jobs(listing, job)
        yield [item.trial.name for item in page.items]
        if page.next is None:
            return
        listing = replace(listing, after=page.next)


def check_pages(store: Store, make_job: MakeJob, drawn: Any, listing: Listing, job: str | None) -> None:
    before, later = drawn
    filled = Filled(store, make_job)
    for trial in before:
        filled.add(*trial)
    old = filled.expected(listing, job)
    coming, seen = iter(later), list[str]()
    for page in pages(store, listing, job):
        assert len(page) <= listing.limit
        seen += page
        for trial in list(coming)[:1]:
            filled.add(*trial)
    assert len(seen) == len(set(seen))
    assert [name for name in seen if name in set(old)] == old  # no gap, in order, whatever came in between
    everything = [name for page in pages(store, listing, job) for name in page]
    assert everything == filled.expected(listing, job)
    assert [name for name in everything if name in set(seen)] == seen


@pytest.mark.parametrize("job", [None, "one", "two"])
@given(drawn=st.tuples(TRIALS, TRIALS), listing=LISTINGS)
@settings(max_examples=60)
def test_pages_have_no_gap_and_nothing_twice(
    make_job: MakeJob, job: str | None, drawn: Any, listing: Listing
) -> None:
    if job is None and listing.sort is Sort.VALUE:
        listing = replace(listing, sort=Sort.CREATED)
    with Store() as store:
        check_pages(store, make_job, drawn, listing, job)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("descending", [False, True])
def test_every_database_sorts_the_same(store: Store, make_job: MakeJob, sort: Sort, descending: bool) -> None:
    states = list(TrialState)
    drawn = [(0, states[i % 6], [None, 0.5, -1.0][i % 3], i % 2, "aBbA"[i % 4]) for i in range(16)]
    check_pages(
        store, make_job, (drawn[:12], drawn[12:]), Listing(sort=sort, descending=descending, limit=3), "one"
    )


@dataclass
class Asked:
    statements: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, *arguments: Any) -> None:
        self.statements.append((arguments[2], arguments[3]))


def query_plan(store: Store, listing: Listing, ask: Callable[[Listing], object]) -> str:
    asked = Asked()
    event.listen(store._engine, "before_cursor_execute", asked)
    ask(listing)
    event.remove(store._engine, "before_cursor_execute", asked)
    sql, parameters = next(each for each in asked.statements if "ORDER BY" in each[0])
    with store._engine.connect() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
        return " / ".join(row.detail for row in found)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("states", [None, frozenset(TrialState), frozenset([TrialState.COMPLETED])])
@pytest.mark.parametrize("job", [None, "one"])
def test_every_page_comes_from_an_index_in_order(
    make_job: MakeJob, job: str | None, states: frozenset[TrialState] | None, descending: bool
) -> None:
    with Store() as store:
        filled = Filled(store, make_job)
        for _ in range(2):
            filled.add(0, TrialState.COMPLETED, 0.5, 1, "a")
        for sort in Sort if job else (Sort.NAME, Sort.CREATED, Sort.STATUS):
            first = Listing(sort=sort, status=states, descending=descending, limit=1)
            second = replace(first, after=store.list_training_jobs(first, job).next)
            assert second.after is not None
            for listing in (first, second):
                plan = query_plan(store, listing, lambda each: store.list_training_jobs(each, job))
                assert "USING INDEX" in plan
                assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("sort", [Sort.NAME, Sort.CREATED, Sort.STATUS])
@pytest.mark.parametrize("status", [None, TuningStatus.IN_PROGRESS])
def test_tuning_jobs_are_paged_by_an_index(
    store: Store, make_job: MakeJob, sort: Sort, status: TuningStatus | None
) -> None:
    names = ["b", "A", "a1", "B1", "c"]
    for number, name in enumerate(names):
        store.create_tuning_job(make_job(name, created_at=NOW + timedelta(seconds=number // 2)))
    store.record("a1", Change(status=TuningStatus.FAILED, at=NOW))
    expected = {
        Sort.NAME: ["A", "B1", "a1", "b", "c"],
        Sort.CREATED: names,
        Sort.STATUS: ["a1", "b", "A", "B1", "c"],
    }[sort]
    expected = [name for name in expected if status is None or name != "a1"]
    listing, seen, places = Listing(sort=sort, status=status, limit=2), list[str](), list[Any]()
    while True:
        page = store.list_tuning_jobs(listing)
        seen += [item.name for item in page.items]
        if page.next is None:
            break
        places.append(page.next)
        listing = replace(listing, after=page.next)
    assert seen == expected
    assert len(places) == (len(expected) - 1) // 2
    if store._engine.dialect.name == "sqlite":
        plan = query_plan(store, listing, store.list_tuning_jobs)
        assert "USING INDEX" in plan
        assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    ("sort", "after"),
    [
        (Sort.NAME, ()),
        (Sort.NAME, (1,)),
        (Sort.NAME, ("a", 1)),
        (Sort.NAME, ("a\0",)),
        (Sort.CREATED, ("a", 1, 1)),
        (Sort.CREATED, (2**63, 1, 1)),
        (Sort.CREATED, (True, 1, 1)),
        (Sort.STATUS, ("Failed", 1)),
    ],
)
def test_a_place_in_another_list_is_refused(sort: Sort, after: tuple[Any, ...]) -> None:
    with Store() as store, pytest.raises(ValueError, match=f"no place in a list sorted by '{sort.value}'"):
        store.list_training_jobs(Listing(sort=sort, after=after))


def test_only_the_training_jobs_of_one_tuning_job_are_sorted_by_value() -> None:
    with Store() as store:
        with pytest.raises(ValueError, match="cannot be sorted by 'value'; choose name, created, status"):
            store.list_training_jobs(Listing(sort=Sort.VALUE))
        with pytest.raises(ValueError, match="cannot be sorted by 'value'"):
            store.list_tuning_jobs(Listing(sort=Sort.VALUE))
