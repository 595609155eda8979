"""The ways into the page and around it in a real browser: sign-in, lists, what is not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tunesmith.control.service import Service
from tunesmith.core.training_job import Command, TrainingJob
from tunesmith.core.tuning_job import TuningStatus

Visit = Callable[..., Page]

pytestmark = pytest.mark.long


def test_a_key_signs_in_by_the_form(
    served: Any, visit: Visit, accessible: Callable[[Page], None], watched: Any
) -> None:
    page = visit(served, "/ui/search?q=x", signed_in=False)
    expect(page).to_have_url(served.url + "/ui/sign-in?next=%2Fui%2Fsearch%3Fq%3Dx")
    accessible(page)
    page.get_by_label("Access key id").fill(served.key.id)
    page.get_by_label("Secret access key").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    watched.errors.clear()  # the browser itself notes the status
    page.get_by_label("Access key id").fill(served.key.id)
    page.get_by_label("Secret access key").fill(served.key.secret)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(served.url + "/ui/search?q=x")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(served.url + "/ui/sign-in")
    page.goto(served.url + "/ui/")
    expect(page.get_by_label("Secret access key")).to_be_visible()


def test_an_address_without_a_page_says_so(
    served: Any, visit: Visit, accessible: Callable[[Page], None], watched: Any
) -> None:
    for path, title in (("/ui/nothing", "Nothing here"), ("/ui/jobs/nothing", "Not there")):
        page = visit(served, path)
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.get_by_role("link", name="All tuning jobs")).to_be_visible()
        accessible(page)
    watched.errors.clear()  # the browser itself notes the status


def test_training_jobs_by_themselves_are_listed(
    served: Any, visit: Visit, accessible: Callable[[Page], None]
) -> None:
    page = visit(served, "/ui/")
    page.get_by_role("link", name="Training jobs by themselves").click()
    expect(page.get_by_role("heading", name="Training jobs by themselves")).to_be_visible()
    with served.store() as store:
        for name in ("shell-lone-a", "shell-lone-b"):
            Service(store).create_training_job(TrainingJob(name=name, work=Command(("true",))))
    row = page.locator("tr[data-row=shell-lone-b]")
    expect(row).to_contain_text("Completed", timeout=60_000)
    accessible(page)
    page.get_by_role("searchbox").fill("LONE-A")
    expect(page.locator("tr[data-row=shell-lone-a]")).to_be_visible()
    expect(row).to_have_count(0)
    page.get_by_role("link", name="shell-lone-a").click()
    expect(page.locator("h1")).to_contain_text("shell-lone-a")


def test_the_list_is_turned_page_by_page(
    served: Any, visit: Visit, add_job: Callable[..., None], make_job: Any
) -> None:
    start = make_job("any").created_at
    with served.store() as store:
        for number in range(120):
            created = start - timedelta(days=1, minutes=number)
            add_job(store, f"shell-turn-{number:03d}", (0.5,), ended=TuningStatus.COMPLETED, created=created)
    page = visit(served, "/ui/?q=shell-turn&sort=name&order=up")
    names = page.locator("tbody tr td:first-child a")
    expect(names.first).to_have_text("shell-turn-000")
    expect(names).to_have_count(50)
    page.get_by_role("button", name="Next").click()
    expect(names.first).to_have_text("shell-turn-050")
    page.get_by_role("button", name="Next").click()
    expect(names).to_have_count(20)
    expect(page.get_by_role("button", name="Next")).to_have_count(0)
    page.get_by_role("button", name="Previous").click()
    page.get_by_role("button", name="Previous").click()
    expect(names.first).to_have_text("shell-turn-000")
