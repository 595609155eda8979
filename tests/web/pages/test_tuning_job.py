"""The page of a tuning job in a real browser, with a test in the place of the driver."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob, TuningStatus
from tunesmith.store.records import Change, MetricPoint, TrialRecord

DONE = TuningStatus.COMPLETED
PATIENT = 60_000  # milliseconds: the analysis takes seconds, more on a busy machine
_CHARTS = "[...document.querySelectorAll('.chart')].map((each) => getElement(each.id.slice(1))?.chart)"

Visit = Callable[..., Page]
expect.set_options(timeout=20_000)


def points(series: str, count: int) -> str:
    """JavaScript that says whether a series of any chart has so many points."""
    return (
        f"() => {_CHARTS}.some((chart) => chart?.getOption()?.series?.some("
        f"(each) => each.id === '{series}' && each.data.length === {count}))"
    )


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    undriven: Callable[..., Any],
    add_searched_job: Callable[..., None],
) -> Iterator[Any]:
    with undriven(tmp_path_factory.mktemp("undriven")) as server:
        with server.store() as store:
            add_searched_job(store, "done", 40, ended=DONE)
            add_searched_job(store, "open", 12)
        yield server


def test_the_overview_shows_the_course_and_follows_it(
    server: Any, visit: Visit, accessible: Callable[[Page], None]
) -> None:
    page = visit(server, "/ui/jobs/OPEN", signed_in=False)
    expect(page.get_by_role("heading", level=1)).to_contain_text("open")
    expect(page.locator(".strip")).to_contain_text("12 of 100")
    page.wait_for_function(points("completed", 9))
    page.wait_for_function(points("ends stopped", 2))
    page.wait_for_function(points("failed", 1))
    expect(page.get_by_role("region", name="Best configuration")).to_contain_text("rate")
    accessible(page)
    with server.store() as store:
        first = store.trial("open", 1)
        running = replace(
            first, number=13, name="open-13", state=TrialState.RUNNING, rank=None, ended_at=None, value=0.5
        )
        reports = tuple(MetricPoint(13, "loss", 1 / n, first.created_at) for n in (1, 2))
        store.record("open", Change(trials=(running,), metrics=reports, at=datetime.now(UTC)))
    expect(page.locator(".counts")).to_contain_text("1 running")
    page.wait_for_function(points("lines open", 1))
    with server.store() as store:
        ended = replace(first, number=13, name="open-13", rank=13, value=0.0)
        store.record("open", Change(trials=(ended,), at=datetime.now(UTC)))
    page.wait_for_function(points("completed", 10))
    expect(page.locator(".beside")).to_contain_text("training job 13")


def test_the_sentence_above_the_curves_keeps_up_with_them(
    server: Any, visit: Visit, make_job: Callable[..., TuningJob]
) -> None:
    job = make_job("bare")
    with server.store() as store:
        store.create_tuning_job(job)
    page = visit(server, "/ui/jobs/bare", signed_in=False)
    card = page.locator("section", has_text="Learning curves")
    expect(card).to_contain_text("No training job has reported the objective yet")
    trial = TrialRecord(
        number=1,
        name="bare-1",
        config={"x": 0.5},
        state=TrialState.RUNNING,
        created_at=job.created_at,
        started_at=job.created_at,
        value=0.5,
    )
    reports = tuple(MetricPoint(1, "loss", 1 / n, job.created_at) for n in (1, 2))
    with server.store() as store:
        store.record("bare", Change(trials=(trial,), metrics=reports, at=datetime.now(UTC)))
    expect(card).to_contain_text("Each line is a training job.")
    page.wait_for_function(points("lines open", 1))
    paused = replace(trial, state=TrialState.PAUSED)
    with server.store() as store:
        store.record("bare", Change(trials=(paused,), at=datetime.now(UTC)))
    expect(page.locator(".counts")).to_contain_text("1 paused")
    page.wait_for_function(points("lines paused", 1))
    page.wait_for_function(points("paused", 1))


def test_a_person_pauses_changes_suggests_and_stops(
    server: Any, visit: Visit, add_searched_job: Callable[..., None]
) -> None:
    with server.store() as store:
        add_searched_job(store, "steered", 6)
    page = visit(server, "/ui/jobs/steered", signed_in=False)
    page.get_by_role("button", name="Limits …").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Training jobs in all").fill("3")
    dialog.get_by_role("button", name="Set these limits").click()
    expect(dialog.get_by_role("alert")).to_contain_text("trials 3 is less than the 6 training jobs")
    dialog.get_by_label("Training jobs in all").fill("50")
    dialog.get_by_role("button", name="Set these limits").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".strip")).to_contain_text("6 of 50")
    page.get_by_role("button", name="Suggest …").click()
    page.get_by_role("dialog").get_by_label("depth").fill("99")
    page.get_by_role("button", name="Try it next").click()
    expect(page.get_by_role("alert")).to_contain_text("depth: 99 is not a whole number in [1, 9]")
    page.get_by_role("dialog").get_by_label("depth").fill("4")
    page.get_by_role("button", name="Try it next").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    with server.store() as store:
        assert [each.config["depth"] for each in store.controls("steered").suggestions] == [4]
    page.get_by_role("button", name="Pause …").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("h1")).to_contain_text("In progress")
    page.get_by_role("button", name="Stop …").click()
    page.get_by_role("button", name="Stop the tuning job").click()
    expect(page.locator("h1")).to_contain_text("Stopping")
    page.goto(f"{server.url}/ui/jobs/steered/configuration")
    expect(page.get_by_role("heading", name="What people have changed")).to_be_visible()


def test_the_table_sorts_filters_and_turns_pages(
    server: Any, visit: Visit, accessible: Callable[[Page], None], add_searched_job: Callable[..., None]
) -> None:
    with server.store() as store:
        add_searched_job(store, "long-list", 120, ended=DONE)
    page = visit(server, "/ui/jobs/long-list/training-jobs", signed_in=False)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("120")
    accessible(page)
    page.get_by_role("button", name="depth").click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("depth")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("51 to 100 of 120")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?sort=config\+depth&order=up&page=2$"))
    page.reload()
    expect(page.get_by_text("51 to 100 of 120")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("101 to 120 of 120")).to_be_visible()
    page.get_by_role("button", name="Previous").click()
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text("1 to 50 of 120")).to_be_visible()
    expect(page.get_by_role("button", name="Previous")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"&order=up$"))
    page.get_by_role("button", name="Next").click()
    page.get_by_role("searchbox").fill("depth>7 kind=red")
    expect(page.get_by_text("in all")).to_be_visible()
    page.get_by_label("State", exact=True).select_option("Failed")
    page.get_by_role("searchbox").fill("nothing like this")
    expect(page.get_by_text("No training job fits.")).to_be_visible()
    page.get_by_role("searchbox").fill("depth>7")
    expect(page).to_have_url(re.compile(r"\?q=depth%3E7&state=Failed&sort=config\+depth&order=up$"))
    found = page.get_by_text("in all").inner_text()
    page.reload()
    expect(page.get_by_text(found)).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("depth>7")
    expect(page.get_by_label("State", exact=True)).to_have_value("Failed")


def scale_of(page: Page) -> Locator:
    return page.locator("section", has_text="Objective history").get_by_label("Values", exact=True)


def test_the_scale_of_the_history_is_in_the_address(server: Any, visit: Visit) -> None:
    page = visit(server, "/ui/jobs/done", signed_in=False)
    expect(scale_of(page)).to_have_value("all")
    scale_of(page).select_option("Logarithmic")
    expect(page).to_have_url(re.compile(r"/done\?scale=log$"))
    logarithmic = f"() => {_CHARTS}[0]?.getOption()?.yAxis?.[0].type === 'log'"
    page.wait_for_function(logarithmic)
    page.reload()
    expect(scale_of(page)).to_have_value("log")
    page.wait_for_function(logarithmic)


def test_what_an_address_asks_for_in_vain_is_passed_over(server: Any, visit: Visit) -> None:
    asked = "page=99&scale=cubic&across=rate&up=width&name=x&tab=y"
    page = visit(server, f"/ui/jobs/done/training-jobs?{asked}", signed_in=False)
    expect(page.get_by_text("1 to 40 of 40")).to_be_visible()
    page.get_by_role("button", name="depth").click()
    expect(page).to_have_url(re.compile(r"\?sort=config\+depth&order=up&scale=cubic"))
    page.goto(f"{server.url}/ui/jobs/done?{asked}")
    expect(scale_of(page)).to_have_value("all")
    page.goto(f"{server.url}/ui/jobs/done/explore?{asked}")
    expect(page.get_by_text("1 to 12 of 40")).to_be_visible()


def test_what_cannot_be_found_is_said(server: Any, visit: Visit) -> None:
    page = visit(server, "/ui/jobs/open/configuration", signed_in=False)
    answer = page.request.get(f"{server.url}/ui/reports/nobody.html")
    assert answer.status == 404
    assert answer.text().startswith("no tuning job 'nobody'")
    assert page.request.get(f"{server.url}/ui/reports/done.pdf").status == 404


@pytest.mark.long
def test_a_range_drawn_on_an_axis_filters_the_table_and_the_table_the_lines(
    server: Any, visit: Visit, accessible: Callable[[Page], None]
) -> None:
    page = visit(server, "/ui/jobs/done/explore", signed_in=False)
    page.wait_for_function(points("lines", 35))
    expect(page.get_by_text("1 to 12 of 40")).to_be_visible()
    page.evaluate(
        f"{_CHARTS}[0].dispatchAction({{type: 'axisAreaSelect', parallelAxisId: 'axis depth', intervals: [[0.5, 3.5]]}})"
    )
    expect(page.get_by_text("depth as chosen above")).to_be_visible()
    with server.store() as store:
        few = sum(1 <= int(trial.config["depth"]) <= 3 for trial in store.trials("done"))
    expect(page.get_by_text(f"of {few}, of 40 in all")).to_be_visible()
    page.get_by_role("button", name="Clear ranges").click()
    expect(page.get_by_text("1 to 12 of 40")).to_be_visible()
    page.get_by_role("searchbox").fill("depth<=3")
    expect(page.get_by_text(f"of {few}, of 40 in all")).to_be_visible()
    page.wait_for_function(f"() => {_CHARTS}[0].getOption().series[0].data.length < 35")
    expect(page.get_by_text("training jobs.", exact=False).last).to_be_visible(timeout=PATIENT)
    page.wait_for_function(points("cells", 21 * 9), timeout=PATIENT)
    accessible(page)


def draw(page: Page, axis: str, *intervals: tuple[float, float]) -> None:
    chosen = [list(each) for each in intervals]
    page.evaluate(
        f"{_CHARTS}[0].dispatchAction({{type: 'axisAreaSelect', parallelAxisId: {axis!r}, intervals: {chosen}}})"
    )


def drawn(axis: str, intervals: str) -> str:
    """JavaScript that says whether these ranges are chosen on an axis."""
    return (
        f"() => {_CHARTS}[0]?.getModel()?.queryComponents({{mainType: 'parallelAxis', id: {axis!r}}})"
        f".some((each) => JSON.stringify(each.activeIntervals) === {intervals!r})"
    )


def areas(count: int) -> str:
    """JavaScript that says whether so many ranges are seen, all in the page's own colour."""
    return f"""() => {{
      const chart = {_CHARTS}[0], wanted = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
      const axes = chart?.getModel()?.queryComponents({{mainType: "parallelAxis"}}) ?? [];
      const seen = axes.flatMap((axis) => chart.getViewOfComponentModel(axis)._brushController._covers);
      return seen.length === {count} && seen.every((each) => each.childOfName("main").style.fill === wanted);
    }}"""


@pytest.mark.long
def test_what_was_chosen_is_in_the_address(server: Any, visit: Visit) -> None:
    page = visit(server, "/ui/jobs/done/explore", signed_in=False)
    page.wait_for_function(points("lines", 35))
    draw(page, "axis depth", (0.5, 3.5))
    expect(page).to_have_url(re.compile(r"/explore\?range=depth%3A0.5..3.5$"))
    draw(page, "value", (0.0, 1.0))
    expect(page.get_by_text("loss as chosen above")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?range=depth%3A0.5..3.5&range=value%3A0.0..1.0$"))
    page.get_by_role("searchbox").fill("kind=red")
    expect(page).to_have_url(re.compile(r"\?q=kind%3Dred&range=depth"))
    page.wait_for_function(f"() => {_CHARTS}[0].getOption().series[0].data.length < 35")
    found = page.get_by_text("in all").inner_text()
    address = page.url

    page = visit(server, address.removeprefix(server.url), theme="dark", signed_in=False)  # somebody else
    expect(page.get_by_text(found)).to_be_visible()
    expect(page.get_by_text("depth as chosen above")).to_be_visible()
    page.wait_for_function(drawn("axis depth", "[[0.5,3.5]]"))
    page.wait_for_function(drawn("value", "[[0,1]]"))
    page.wait_for_function(areas(2))
    page.wait_for_function(f"() => {_CHARTS}[0].getOption().series[0].data.length < 35")
    page.get_by_role("button", name="Theme").click()
    page.wait_for_function(areas(2))  # drawn anew in other colours
    page.wait_for_function(drawn("axis depth", "[[0.5,3.5]]"))
    page.get_by_role("button", name="Clear ranges").click()
    expect(page).to_have_url(re.compile(r"/explore\?q=kind%3Dred$"))
    page.wait_for_function(drawn("axis depth", "[]"))
    page.wait_for_function(areas(0))
    page.get_by_role("searchbox").fill("")
    page.wait_for_function(points("lines", 35))
    expect(page).to_have_url(re.compile(r"/explore$"))


@pytest.mark.long
def test_two_hyperparameters_are_in_the_address_beside_the_table(server: Any, visit: Visit) -> None:
    page = visit(server, "/ui/jobs/done/explore", signed_in=False)
    across, up = page.get_by_label("Across"), page.get_by_label("Up", exact=True)
    expect(across).to_be_visible(timeout=PATIENT)
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile(r"/explore\?page=2$"))
    first, second = across.input_value(), up.input_value()
    third = ({"rate", "depth", "kind"} - {first, second}).pop()
    across.select_option(third)
    expect(page).to_have_url(re.compile(rf"/explore\?across={third}&up={second}&page=2$"))
    up.select_option(third)
    expect(page.get_by_text("Choose two different hyperparameters.")).to_be_visible()
    up.select_option(first)
    expect(page).to_have_url(re.compile(rf"/explore\?across={third}&up={first}&page=2$"))
    drawn = page.get_by_role("img", name=f"loss over {third} and {first}")
    expect(drawn).to_be_visible(timeout=PATIENT)
    page.reload()
    expect(page.get_by_text("13 to 24 of 40")).to_be_visible()
    expect(drawn).to_be_visible(timeout=PATIENT)
    expect(across).to_have_value(third)
    page.get_by_role("searchbox").fill("depth<=3")  # the rest of the address stays
    expect(page).to_have_url(re.compile(rf"/explore\?q=depth%3C%3D3&across={third}&up={first}$"))


@pytest.mark.long
def test_what_the_model_expects_is_shown_to_who_wants_to_see_it(
    server: Any, visit: Visit, accessible: Callable[[Page], None], add_searched_job: Callable[..., None]
) -> None:
    with server.store() as store:
        add_searched_job(store, "expected", 20)
    page = visit(server, "/ui/jobs/expected", signed_in=False)
    page.wait_for_function(points("completed", 14))
    page.wait_for_function(points("expected", 0))
    page.get_by_label("Show what the model expects").check()
    page.wait_for_function(points("expected", 18), timeout=PATIENT)
    expect(page).to_have_url(re.compile(r"\?model=on$"))
    card = page.locator("section", has_text="Objective history")
    expect(card).to_contain_text("Upright lines: where the value of each configuration is expected")
    accessible(page)
    bands = page.evaluate(f"{_CHARTS}[0].getOption().series.find((each) => each.id === 'truth').data.length")
    assert bands > 0
    with server.store() as store:
        better = replace(store.trial("expected", 1), number=21, name="expected-21", rank=21, value=-1.0)
        store.record("expected", Change(trials=(better,), at=datetime.now(UTC)))
    page.wait_for_function(points("completed", 15))
    page.wait_for_function(points("expected", 18))  # too little has happened to ask anew
    with server.store() as store:
        store.record("expected", Change(status=DONE, at=datetime.now(UTC)))
    page.wait_for_function(points("expected", 19), timeout=PATIENT)
    page.wait_for_function(points("truth", bands + 1))
    page.reload()
    page.wait_for_function(points("expected", 19), timeout=PATIENT)
    page.get_by_label("Show what the model expects").uncheck()
    page.wait_for_function(points("expected", 0))
    expect(page).to_have_url(re.compile(r"/expected$"))
    expect(card).not_to_contain_text("Upright lines")


@pytest.mark.long
def test_what_ends_meanwhile_is_added_to_the_charts(
    server: Any, visit: Visit, add_searched_job: Callable[..., None]
) -> None:
    with server.store() as store:
        add_searched_job(store, "growing", 12)
    page = visit(server, "/ui/jobs/growing/explore", signed_in=False)
    page.wait_for_function(points("lines", 11))
    page.wait_for_function(points("points", 11))
    expect(page.get_by_text("1 to 12 of 12")).to_be_visible()
    with server.store() as store:
        ended = replace(store.trial("growing", 1), number=13, name="growing-13", rank=13)
        store.record("growing", Change(trials=(ended,), at=datetime.now(UTC)))
    page.wait_for_function(points("lines", 12))
    page.wait_for_function(points("points", 12))
    expect(page.get_by_text("1 to 12 of 13")).to_be_visible()


@pytest.mark.long
def test_what_was_learned_is_shown_and_can_be_taken_along(
    server: Any, visit: Visit, accessible: Callable[[Page], None]
) -> None:
    page = visit(server, "/ui/jobs/done/understand", signed_in=False)
    expect(page.get_by_text("rate explains")).to_be_visible(timeout=PATIENT)
    page.wait_for_function(points("intervals", 3))
    expect(page.get_by_text("Use training job")).to_be_visible()
    accessible(page)
    page.get_by_label("Training job", exact=True).fill("7")
    page.get_by_role("button", name="Tell").click()
    expect(page.get_by_text("Training job 7 ")).to_be_visible(timeout=PATIENT)
    for suffix, words in (
        ("html", "<!doctype html>"),
        ("md", "# Tuning job done"),
        ("json", '"name": "done"'),
    ):
        with page.expect_download(timeout=PATIENT) as download:
            page.locator(f"a[href$='reports/done.{suffix}']").click()
        assert words in Path(download.value.path()).read_text().replace("DOCTYPE", "doctype")


@pytest.mark.long
def test_a_training_job_that_is_clicked_is_told_of(server: Any, visit: Visit) -> None:
    page = visit(server, "/ui/jobs/done", signed_in=False)
    page.wait_for_function(points("completed", 28))
    page.evaluate(
        f"""() => {{
          const chart = {_CHARTS}[0], each = chart.getOption().series.find((one) => one.id === 'completed');
          const [x, y] = chart.convertToPixel({{seriesId: 'completed'}}, each.data[0]);
          const box = chart.getDom().getBoundingClientRect();
          window.target = [box.x + x, box.y + y];
        }}"""
    )
    page.mouse.click(*page.evaluate("window.target"))
    detail = page.get_by_role("complementary", name="Training job")
    expect(detail).to_contain_text("Training job 1")
    expect(detail).to_contain_text("rate")
    expect(detail.locator(".notice")).to_contain_text("Training job 1", timeout=PATIENT)
    detail.get_by_role("button", name="Close").click()
    expect(detail).to_be_hidden()


@pytest.mark.long
def test_everything_is_told_and_can_be_copied(
    server: Any, visit: Visit, accessible: Callable[[Page], None]
) -> None:
    page = visit(server, "/ui/jobs/done/configuration", signed_in=False)
    expect(page.locator("pre.code")).to_contain_text("name: done")
    accessible(page)
    page.get_by_label("Language").select_option("boto3")
    expect(page.locator("pre.code")).to_contain_text("create_hyper_parameter_tuning_job")
    assert page.get_by_role("link", name="Clone").get_attribute("href") == "/ui/new?clone=done"
