"""The page of a tuning job when there is much of it: what is sent, and what the server keeps in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.records import Change, MetricPoint
from tunesmith.store.store import Store

pytestmark = pytest.mark.long

PATIENT = 120_000
_COUNTS = (
    "() => [...document.querySelectorAll('.chart')].map((each) => (getElement(each.id.slice(1))?.chart?.getOption()?.series"
    " ?? []).reduce((sum, one) => sum + (one.data?.length ?? 0), 0))"
)


def grow(store: Store, name: str, count: int, reports: int) -> None:
    """Add training jobs like the first one, with learning curves, and end the tuning job."""
    first = store.trial(name, 1)
    assert first.started_at is not None
    begin = first.started_at
    for start in range(2, count + 1, 2000):
        numbers = range(start, min(start + 2000, count + 1))
        trials = tuple(
            replace(first, number=n, name=f"{name}-{n}", rank=n, value=1 + (n * 7919 % 1000) / 1000)
            for n in numbers
        )
        points = tuple(
            MetricPoint(n, "loss", 1 / r + n / count, begin + timedelta(seconds=r))
            for n in numbers
            for r in range(1, reports + 1)
        )
        store.record(name, Change(trials=trials, metrics=points, at=begin))
    store.record(name, Change(status=TuningStatus.COMPLETED, at=begin + timedelta(hours=1)))


def memory(port: int) -> int:
    """The most memory, in MB, that the server of a port has had."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"serve" in words and str(port).encode() in words:
                found = re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
                return int(found[1]) // 1000 if found else 0
        except OSError:
            continue
    pytest.skip("the memory of other processes cannot be seen here")


@pytest.fixture
def grown(
    tmp_path: Path,
    serving: Callable[..., Any],
    visit: Callable[..., Page],
    add_searched_job: Callable[..., None],
) -> Iterator[Callable[[str, int, int], tuple[Any, Page]]]:
    """Serve a tuning job of so many training jobs with so many reports each, and open its page."""
    with serving(tmp_path) as server:

        def grown(name: str, count: int, reports: int) -> tuple[Any, Page]:
            with server.store() as store:
                add_searched_job(store, name, 1, ended=TuningStatus.COMPLETED)
                grow(store, name, count, reports)
            page = visit(server, f"/ui/jobs/{name}")
            page.set_default_timeout(PATIENT)
            page.wait_for_function(f"() => ({_COUNTS})().some((count) => count > 0)")
            return server, page

        yield grown


def test_a_thousand_training_jobs_with_curves(grown: Callable[..., tuple[Any, Page]]) -> None:
    server, page = grown("wide", 1000, 100)
    expect(page.get_by_text("the latest and others", exact=False)).to_be_hidden()
    page.wait_for_function(f"() => ({_COUNTS})()[1] >= 999")
    coordinates = page.evaluate(
        "() => getElement(document.querySelectorAll('.chart')[1].id.slice(1)).chart.getOption().series"
        ".flatMap((each) => each.data.map((one) => one.coords?.length ?? 0)).reduce((a, b) => a + b)"
    )
    assert coordinates <= 22_000
    expect(page.get_by_text("From 1,000 training jobs that ended.")).to_be_visible(timeout=PATIENT)
    page.get_by_label("Show what the model expects").check()
    expect(page.get_by_text("Upright lines: where the value")).to_be_visible(timeout=PATIENT)
    answer = page.request.get(f"{server.url}/ui/reports/wide.html", timeout=PATIENT)
    assert answer.status == 200
    assert memory(server.port) < 200


def test_a_hundred_thousand_training_jobs(
    grown: Callable[..., tuple[Any, Page]], visit: Callable[..., Page]
) -> None:
    server, page = grown("huge", 100_000, 1)
    expect(page.get_by_text("A picture of 100,000 training jobs, thinned.")).to_be_visible(timeout=PATIENT)
    page.wait_for_function(f"() => ({_COUNTS})()[2] >= 999")
    assert max(page.evaluate(_COUNTS)) < 5000
    expect(page.get_by_text("of 100,000 training jobs that ended.")).to_be_visible(timeout=PATIENT)
    page.get_by_label("Show what the model expects").check()
    expect(page.get_by_text("Upright lines: where the value")).to_be_visible(timeout=PATIENT)
    assert max(page.evaluate(_COUNTS)) < 8000
    page.evaluate("void fetch('/ui/reports/huge.json').then((it) => { window.report = it.status })")
    for _ in range(5):  # meanwhile everybody else is answered
        assert page.request.get(f"{server.url}/health").status == 200
    assert page.evaluate("window.report") is None
    page.wait_for_function("window.report === 200", timeout=PATIENT)
    page = visit(server, "/ui/jobs/huge/training-jobs")
    expect(page.get_by_text("1 to 50 of 100,000")).to_be_visible(timeout=PATIENT)
    page.get_by_role("searchbox").fill("loss<1.002")
    expect(page.get_by_text("in all")).to_be_visible(timeout=PATIENT)
