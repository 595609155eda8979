from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.records import Change, MetricPoint
from tunesmith.store.store import Store
from tunesmith.web.search import find as finding
from tunesmith.web.search.find import Query, find, names_in


@pytest.fixture
def store(add_job: Callable[..., None], start: Any) -> Iterator[Store]:
    with Store() as store:
        add_job(store, "early", (0.5, 0.25, None), ended=TuningStatus.COMPLETED)
        add_job(
            store, "late", (0.75, 0.125), ended=TuningStatus.COMPLETED, created=start + timedelta(hours=1)
        )
        points = tuple(MetricPoint(number, "accuracy", number / 4, start) for number in (1, 2))
        store.record("late", Change(metrics=points, at=start))
        yield store


@pytest.fixture
def start(make_job: Callable[..., Any]) -> Any:
    return make_job("any").created_at


def names(store: Store, text: str, **options: Any) -> list[str]:
    return [hit.job.trial.name for hit in find(store, Query(text=text, **options)).hits]


def test_finds_what_fits_in_the_order_that_was_asked_for(store: Store) -> None:
    assert names(store, "objective < 0.6", sort="objective") == ["early-0001", "early-0002", "late-0002"]
    assert names(store, "objective < 0.6", sort="objective", descending=False)[0] == "late-0002"
    assert names(store, "late", sort="name", descending=False) == ["late-0001", "late-0002"]
    assert names(store, "job = EARLY and status = failed") == ["early-0003"]
    assert names(store, "job = nothing") == []
    assert names(store, "x > 0.01", sort="x") == ["early-0003", "late-0002", "early-0002"]


def test_metrics_count_with_their_last_value(store: Store) -> None:
    found = find(store, Query(text="accuracy >= 0.25 and x > 0", sort="accuracy"))
    assert [(hit.job.trial.name, hit.values) for hit in found.hits] == [
        ("late-0002", (0.5, 0.02)),
        ("late-0001", (0.25, 0.01)),
    ]
    assert found.names == ("accuracy", "x")
    assert (found.count, found.seen) == (2, 5)


def test_pages_follow_each_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    monkeypatch.setattr(finding, "_CHUNK", 2)
    query, seen = Query(sort="number", descending=False), []
    while True:
        page = find(store, query)
        seen += [hit.job.trial.name for hit in page.hits]
        assert page.count == 5
        if page.next is None:
            break
        query = Query(sort="number", descending=False, after=page.next)
    assert seen == ["early-0001", "late-0001", "early-0002", "late-0002", "early-0003"]


def test_the_database_leaves_out_what_cannot_fit(store: Store) -> None:
    assert find(store, Query(text="status = Failed and x > 0")).seen == 1
    assert find(store, Query(text="job = late")).seen == 2
    assert find(store, Query(text="status = Failed or x > 0")).seen == 5


def test_names_are_those_of_the_latest_tuning_jobs(store: Store) -> None:
    assert names_in(store) == ["x"]
