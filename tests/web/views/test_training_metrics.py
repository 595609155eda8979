from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tunesmith.store.records import Change, MetricPoint
from tunesmith.store.store import Store
from tunesmith.web.views.training_metrics import MOST, MetricReader, thinned


def test_each_point_is_read_once(add_job: Callable[..., None], make_job: Any) -> None:
    start = make_job("any").created_at
    with Store() as store:
        add_job(store, "churn", (0.5, 0.25))
        first = (MetricPoint(1, "a", 4.0, start), MetricPoint(1, "loss", 0.7, start + timedelta(seconds=2)))
        store.record("churn", Change(metrics=(*first, MetricPoint(2, "loss", 9.0, start)), at=start))
        reader = MetricReader(store, store.training_job("churn-0001"))
        found = reader.news()
        assert found.points == {"loss": [(1, 0.7, 2.0)], "a": [(1, 4.0, 0.0)]}
        assert list(found.points) == ["loss", "a"]  # the objective first
        assert reader.news().points == {}
        more = MetricPoint(1, "loss", 0.5, start + timedelta(seconds=4))
        store.record("churn", Change(metrics=(more,), at=start))
        news = reader.news()
        assert news.points == {"loss": [(2, 0.5, 4.0)]}
        assert news.counts == {"a": 1, "loss": 2}


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5000))
def test_thinning_keeps_the_ends_and_the_extremes(values: list[float]) -> None:
    points = [(report, value, 0.0) for report, value in enumerate(values, 1)]
    kept = thinned(points)
    assert len(kept) <= MOST + 1
    assert kept == sorted(kept)
    assert kept[-1] == points[-1]
    assert {min(values), max(values)} <= {value for _, value, _ in kept}
