"""Searching training jobs in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tunesmith.core.tuning_job import TuningStatus

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def filled(served: Any, add_job: Callable[..., None]) -> Any:
    with served.store() as store:
        values = (0.5, 0.25, None, 0.125)
        add_job(store, "seek-alpha", values, ended=TuningStatus.COMPLETED)
        add_job(store, "seek-many", tuple(i / 100 for i in range(60)), ended=TuningStatus.COMPLETED)
    return served


def test_an_expression_finds_training_jobs(
    filled: Any, visit: Visit, accessible: Callable[[Page], None]
) -> None:
    page = visit(filled, "/ui/search?q=job%20%3D%20seek-alpha%20and%20objective%20%3C%200.3&sort=objective")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody tr").first).to_contain_text("seek-alpha-0002")
    expect(page.get_by_text("2 of 4 training jobs fit")).to_be_visible()
    accessible(page)
    page.get_by_role("searchbox").fill("job = seek-alpha and objective < fast")
    expect(page.get_by_text("'fast' is none, at character 34.")).to_be_visible()
    accessible(page)
    page.get_by_role("searchbox").fill("job = seek-alpha and status = Failed")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(
        f"{filled.url}/ui/search?q=job+%3D+seek-alpha+and+status+%3D+Failed&sort=objective"
    )


@pytest.mark.long
def test_filters_write_the_expression(filled: Any, visit: Visit) -> None:
    page = visit(filled, "/ui/search?q=job%20%3D%20seek-alpha")
    expect(page.locator("tbody tr")).to_have_count(4)
    page.get_by_label("Property").fill("x")
    page.get_by_label("How it is compared").select_option(">=")
    page.get_by_label("Value").fill("0.02")
    page.get_by_role("button", name="Add filter").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.get_by_role("searchbox")).to_have_value("job = seek-alpha and x >= 0.02")
    page.get_by_role("button", name="Take away job = seek-alpha").click()
    expect(page.get_by_role("searchbox")).to_have_value("x >= 0.02")


@pytest.mark.long
def test_results_are_sorted_and_turned(filled: Any, visit: Visit) -> None:
    page = visit(filled, "/ui/search?q=job%20%3D%20seek-many")
    page.get_by_role("button", name="Objective").click()
    expect(page.locator("tbody tr").first).to_contain_text("seek-many-0060")
    page.get_by_role("button", name="Objective").click()
    expect(page.locator("tbody tr").first).to_contain_text("seek-many-0001")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.get_by_role("button", name="Previous").click()
    expect(page.locator("tbody tr").first).to_contain_text("seek-many-0001")


@pytest.mark.long
def test_nothing_found_says_what_to_do(filled: Any, visit: Visit, accessible: Callable[[Page], None]) -> None:
    page = visit(filled, "/ui/search?q=objective%20%3E%201e9")
    expect(page.get_by_role("heading", name="No training job fits")).to_be_visible()
    accessible(page)
