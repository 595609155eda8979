"""The list of tuning jobs in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tunesmith.core.tuning_job import TuningStatus

Visit = Callable[..., Page]
DONE = TuningStatus.COMPLETED


@pytest.fixture(scope="session")
def filled(served: Any, add_job: Callable[..., None]) -> Any:
    with served.store() as store:
        add_job(store, "home-alpha", (0.5, 0.25, None, None), ended=DONE)
        add_job(store, "home-beta", (0.75,), ended=TuningStatus.STOPPED)
    return served


def test_the_list_shows_what_jobs_found_and_follows_them(
    filled: Any, visit: Visit, accessible: Callable[[Page], None], add_job: Callable[..., None]
) -> None:
    page = visit(filled)
    assert "link=" not in page.url
    row = page.locator("tr[data-row=home-alpha]")
    for text in ("0.25", "Completed", "4 of 20", "2 of 4 failed"):
        expect(row).to_contain_text(text)
    expect(row.get_by_role("img", name="from 0.5 to 0.25 in 4 training jobs")).to_be_visible()
    accessible(page)
    with filled.store() as store:
        add_job(store, "home-gamma", (0.125,), ended=DONE)
    expect(page.locator("tr[data-row=home-gamma]")).to_contain_text("0.125", timeout=5000)
    page.get_by_role("searchbox").fill("BETA")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(filled.url + "/ui/?q=BETA")
    expect(page.get_by_role("searchbox")).to_have_value("BETA")  # what is typed stays
    page.get_by_label("Status", exact=True).select_option("Completed")
    expect(page.get_by_text("No tuning job fits")).to_be_visible()
