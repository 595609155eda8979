"""A person's whole first job, without a terminal: from the wizard to the report."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.long
Visit = Callable[..., Page]
NAME = "first-job"
TRAINING_JOBS = 6
SLOW = 120_000  # ms; the machine may be busy with other tests


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """Wait longer for what is expected: the machine may be busy with other tests."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Customers, and whether they left: the more calls and the shorter they were there, the more probably."""
    draw = random.Random(7)
    lines = ["age,plan,calls,months,churned"]
    for _ in range(400):
        calls, months = draw.randint(0, 12), draw.randint(0, 90)
        left = draw.random() < 0.2 + 0.06 * calls - 0.005 * months
        plan = draw.choice(["basic", "plus", "family"])
        lines.append(f"{draw.randint(18, 80)},{plan},{calls},{months},{'yes' if left else 'no'}")
    file = tmp_path / "churn.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_from_the_wizard_to_the_report(served: Any, visit: Visit, table: Path, tmp_path: Path) -> None:
    pytest.importorskip("xgboost")
    page = visit(served)
    page.get_by_role("link", name="New tuning job").or_(page.get_by_role("link", name="New")).first.click()

    def shot(name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)

    set_up(page, table, shot)
    expect(page).to_have_url(f"{served.url}/ui/jobs/{NAME}", timeout=SLOW)
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME, timeout=SLOW)
    watch(page, shot)
    take_the_report(page, tmp_path)


def set_up(page: Page, table: Path, shot: Callable[[str], None]) -> None:
    """Fill in the wizard by what a person sees."""
    page.get_by_role("radio", name="Built-in XGBoost").check()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a file").click()
    chooser.value.set_files(table)
    expect(page.get_by_role("region", name="First rows of the file")).to_contain_text("family")
    expect(page.get_by_label("Label: the column to predict")).to_have_value("4")
    expect(page.get_by_role("radio", name="one of two classes")).to_be_checked()
    shot("1-what")
    page.get_by_role("button", name="Next: Hyperparameters").click()
    expect(page.get_by_label("High of eta")).to_have_value("0.5")
    page.get_by_label("Value of num_round").fill("20")
    shot("2-hyperparameters")
    page.get_by_role("button", name="Next: Objective metric").click()
    expect(page.locator("#field-metric")).to_have_value("validation:auc")
    shot("3-metric")
    page.get_by_role("button", name="Next: Search and limits").click()
    page.get_by_label("Maximum training jobs").fill(str(TRAINING_JOBS))
    page.get_by_label("Maximum parallel training jobs").fill("1")
    shot("4-search")
    page.get_by_role("button", name="Next: Review and start").click()
    page.get_by_label("Name of the tuning job").fill(NAME)
    page.get_by_label("Time of a training job").fill("3 s")
    page.keyboard.press("Tab")
    expect(page.get_by_text("about 18 s")).to_be_visible()
    expect(page.get_by_text("up to 6 training jobs, 1 at a time")).to_be_visible()
    shot("5-review")
    page.get_by_role("button", name="Start the tuning job").click()


def watch(page: Page, shot: Callable[[str], None]) -> None:
    """See the charts move and the job end, without loading the page again."""
    page.evaluate("window.isTheSamePage = true")
    charts = page.locator(".chart")
    expect(charts.first).to_be_visible(timeout=SLOW)
    page.wait_for_function(f"() => ({_POINTS})() >= 1", timeout=SLOW)
    shot("6-running")
    page.wait_for_function(f"() => ({_POINTS})() >= {TRAINING_JOBS}", timeout=SLOW)
    expect(page.locator(".badge", has_text="Completed").first).to_be_visible(timeout=SLOW)
    best = page.locator(".card", has=page.get_by_role("heading", name="Best configuration"))
    expect(best).to_contain_text("max_depth", timeout=SLOW)
    expect(best).to_contain_text(re.compile(r"0\.[6-9]"))
    assert page.evaluate("window.isTheSamePage")
    shot("7-completed")


def take_the_report(page: Page, folder: Path) -> None:
    """Download the report and open it: it needs nothing from elsewhere."""
    page.get_by_role("link", name="Understand").click()
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("link", name="HTML").click()
    report = folder / "report.html"
    download.value.save_as(report)
    text = report.read_text(encoding="utf-8")
    assert NAME in text
    assert "max_depth" in text
    assert not re.search(r"(?:src|href)=.?https?://", text)


# How many training jobs with a value the first chart shows, the objective history.
_POINTS = """() => {
  const chart = getElement(document.querySelector('.chart').id.slice(1))?.chart;
  const series = chart?.getOption()?.series ?? [];
  return series.filter((one) => one.type === 'scatter').reduce((sum, one) => sum + (one.data?.length ?? 0), 0);
}"""
