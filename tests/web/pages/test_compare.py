"""Comparing tuning jobs in a real browser."""

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
        add_job(store, "compare-first", (0.5, 0.25, 0.3), ended=TuningStatus.COMPLETED)
        add_job(store, "compare-second", (0.75, 0.625), ended=TuningStatus.COMPLETED, strategy="Sobol")
    return served


def test_two_tuning_jobs_are_beside_each_other(
    filled: Any, visit: Visit, accessible: Callable[[Page], None]
) -> None:
    page = visit(filled, "/ui/compare?jobs=compare-first,compare-second")
    expect(
        page.get_by_text("compare-first has the best loss, 0.25; compare-second comes next")
    ).to_be_visible()
    expect(page.get_by_text("allowing for noise").or_(page.get_by_text("beyond the noise"))).to_be_visible(
        timeout=60_000
    )
    expect(page.get_by_role("region", name="Settings")).to_contain_text("Sobol")
    expect(page.locator(".differs", has_text="Sobol")).to_be_visible()
    accessible(page)
    page.get_by_label("Along").select_option("time")
    expect(page).to_have_url(f"{filled.url}/ui/compare?jobs=compare-first%2Ccompare-second&along=time")


@pytest.mark.long
def test_tuning_jobs_are_chosen_by_name(
    filled: Any, visit: Visit, accessible: Callable[[Page], None]
) -> None:
    page = visit(filled, "/ui/compare")
    expect(page.get_by_role("heading", name="Choose what to compare")).to_be_visible()
    accessible(page)
    page.get_by_label("Name of a tuning job").fill("compare-first")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Choose another one")).to_be_visible()
    page.get_by_label("Name of a tuning job").fill("nothing")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("There is no tuning job 'nothing'.")).to_be_visible()
    page.get_by_label("Name of a tuning job").fill("compare-second")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("region", name="Results")).to_contain_text("0.625")
    page.get_by_role("button", name="Take away compare-second").click()
    expect(page.get_by_role("heading", name="Choose another one")).to_be_visible()
