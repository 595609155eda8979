"""The wizard for a new tuning job in a real browser."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tunesmith.core.training_job import Script
from tunesmith.core.tuning_job import Limits, TuningStatus

Visit = Callable[..., Page]
Accessible = Callable[[Page], None]


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """Wait longer for what is expected: the machine may be busy with other tests."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--optimizer", choices=["adam", "sgd"], default="adam")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--verbose", action="store_true")
given = parser.parse_args()
print(f"train_loss={given.lr} val_acc={given.lr}")
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "code" / "train.py"
    file.parent.mkdir()
    file.write_text(SCRIPT)
    return file


def begin(page: Page, kind: str) -> None:
    page.get_by_role("radio", name=kind).check()
    expect(page.get_by_role("button", name="Start over")).to_be_visible()


def go(page: Page, step: str) -> None:
    page.get_by_role("navigation", name="Steps").get_by_role("button", name=step).click()
    expect(page.get_by_role("heading", name=step)).to_be_focused()


def with_script(page: Page, file: Path) -> None:
    begin(page, "Python script")
    field = page.get_by_label("Script, folder or .tar.gz")
    field.fill(str(file))
    field.press("Tab")
    expect(page.get_by_text("Found by reading the script")).to_be_visible()


def test_a_script_is_read_and_what_is_filled_in_is_kept(
    served: Any, visit: Visit, accessible: Accessible, script: Path
) -> None:
    page = visit(served, "/ui/new")
    with_script(page, script)
    for text in ("2 arguments to tune: lr, optimizer", "verbose is left out", "val_acc, which is proposed"):
        expect(page.get_by_text(text)).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Next: Hyperparameters").click()
    expect(page.get_by_label("Choices of optimizer")).to_have_value("adam, sgd")
    page.get_by_label("High of lr").fill("0.25")
    page.get_by_role("link", name="Tuning jobs").click()  # at once: what was typed last is not lost
    expect(page.get_by_role("heading", name="Tuning jobs", exact=True)).to_be_visible()
    page.goto(served.url + "/ui/new")
    expect(page.get_by_label("High of lr")).to_have_value("0.25")
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_role("radio", name="Python script")).not_to_be_checked()


@pytest.mark.long
def test_the_keyboard_alone_finds_what_is_wrong(served: Any, visit: Visit, script: Path) -> None:
    page = visit(served, "/ui/new")
    with_script(page, script)
    page.get_by_label("Entry script").focus()
    page.locator("#next").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hyperparameters")).to_be_focused()
    low = page.get_by_label("Low of lr")
    low.fill("often")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Low: 'often' is not a number")).to_be_visible()  # as soon as it was left
    expect(low).to_have_attribute("aria-invalid", "true")
    page.get_by_label("High of lr").press("Enter")  # goes on, but for the fault
    expect(low).to_be_focused()
    low.fill("0.001")
    low.press("Enter")
    expect(page.get_by_role("heading", name="Objective metric")).to_be_focused()


@pytest.mark.long
def test_hyperparameters_are_added_tuned_fixed_and_removed(
    served: Any, visit: Visit, accessible: Accessible, script: Path
) -> None:
    page = visit(served, "/ui/new")
    with_script(page, script)
    go(page, "Hyperparameters")
    page.get_by_role("button", name="Fix lr").click()
    expect(page.get_by_label("Value of lr")).to_be_focused()
    expect(page.get_by_label("Value of lr")).to_have_value("0.01")
    page.get_by_role("button", name="Tune lr").click()
    expect(page.get_by_label("Low of lr")).to_be_focused()
    page.get_by_role("button", name="Remove optimizer").click()
    expect(page.get_by_label("Choices of optimizer")).to_have_count(0)
    page.get_by_role("button", name="Add a hyperparameter to tune").click()
    name = page.get_by_label("Name of hyperparameter 2")
    expect(name).to_be_focused()
    name.fill("width")
    name.press("Tab")
    page.get_by_label("Type of hyperparameter 2").select_option("Integer")
    page.get_by_label("Low of width").fill("1")
    page.get_by_label("High of width").fill("100000")
    page.get_by_label("Scale of width").select_option("Linear")
    expect(page.get_by_text("on a linear scale").first).to_be_visible()
    accessible(page)


@pytest.mark.long
def test_pasted_lines_show_live_what_is_captured(served: Any, visit: Visit, accessible: Accessible) -> None:
    page = visit(served, "/ui/new")
    begin(page, "Command line")
    command = page.get_by_label("Command line", exact=True)
    command.fill("sh -c 'echo loss={rate}'")
    command.press("Tab")
    go(page, "Objective metric")
    page.get_by_label("Try it").fill("epoch 1: loss=0.75 acc=0.5\nepoch 2: loss=0.5 acc=0.6")
    page.get_by_role("button", name="loss = 0.5").click()
    expect(page.get_by_text("Captures 2 values: 0.75, 0.5")).to_be_visible()
    expect(page.locator("#field-metric")).to_have_value("loss")
    expect(page.get_by_role("radio", name="Minimize")).to_be_checked()
    expression = page.get_by_label("Regular expression of loss")
    expression.fill("acc=([0-9.]+)")  # not left: shown while it is typed
    expect(page.get_by_text("Captures 2 values: 0.5, 0.6")).to_be_visible()
    expression.fill("nothing=([0-9]+)")
    expect(page.get_by_text("Captures nothing: it matches no line")).to_be_visible()
    accessible(page)


@pytest.mark.long
def test_a_clone_has_everything_filled_in_and_starts(
    served: Any, visit: Visit, accessible: Accessible, add_job: Callable[..., None]
) -> None:
    with served.store() as store:
        add_job(store, "wizard-parent", (0.5, 0.25), ended=TuningStatus.COMPLETED, limits=Limits(trials=2))
    page = visit(served, "/ui/new?clone=wizard-parent")
    expect(page.get_by_role("heading", level=1)).to_have_text("Clone of wizard-parent")
    expect(
        page.get_by_text("The Random strategy chooses the values of up to 2 training jobs")
    ).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="YAML").click()
    expect(page.get_by_role("region", name="Text to copy")).to_contain_text("strategy: Random")
    page.keyboard.press("Escape")
    go(page, "Search and limits")
    page.get_by_text("Warm start: learn from earlier").click()
    page.get_by_label("wizard-parent").check()
    expect(page.get_by_text("about 0 s").or_(page.get_by_text("about 2 min"))).to_be_visible()
    accessible(page)
    go(page, "Review and start")
    expect(page.get_by_text("It learns from wizard-parent")).to_be_visible()
    name = page.get_by_label("Name of the tuning job")
    name.fill("wizard-parent")
    page.get_by_role("button", name="Start the tuning job").click()
    expect(page.get_by_role("button", name="exists already")).to_be_visible()
    name.fill("wizard-child")
    page.get_by_role("button", name="Start the tuning job").click()
    expect(page).to_have_url(f"{served.url}/ui/jobs/wizard-child", timeout=60_000)
    with served.store() as store:
        job = store.tuning_job("wizard-child").job
    assert (job.parents, job.strategy, job.limits.trials) == (("wizard-parent",), "Random", 2)
    page.goto(served.url + "/ui/new")  # the sheet is done with
    expect(page.get_by_role("heading", level=1)).to_have_text("New tuning job")


def begin_with_archive(page: Page, script: Path, folder: Path) -> Path:
    """Begin with an archive that is uploaded; the folder in which the server has unpacked it."""
    with tarfile.open(folder / "source.tar.gz", "w:gz") as archive:
        archive.add(script, "code/train.py")
    begin(page, "Python script")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a file").click()
    chooser.value.set_files(folder / "source.tar.gz")
    expect(page.get_by_text("2 arguments to tune: lr, optimizer")).to_be_visible()
    expect(page.get_by_label("Entry script")).to_have_value("code/train.py")
    field = page.get_by_label("Script, folder or .tar.gz")
    expect(field).to_have_value(re.compile(r"/uploads/\w{16}/source$"))
    return Path(field.input_value()).parent


@pytest.mark.long
def test_an_archive_is_unpacked_and_searched_with_hyperband(
    served: Any, visit: Visit, accessible: Accessible, script: Path, tmp_path: Path
) -> None:
    page = visit(served, "/ui/new")
    upload = begin_with_archive(page, script, tmp_path)
    accessible(page)
    go(page, "Search and limits")
    page.locator("#strategy-Hyperband").check()
    most = page.get_by_label("Most reports of a training job")
    least = page.get_by_label("Fewest reports before one is given up")
    expect(most).to_be_visible()
    expect(page.get_by_role("radio", name="Median")).to_have_count(0)  # Hyperband has a rule of its own
    page.locator("#next").click()
    expect(most).to_be_focused()
    expect(page.get_by_text("is missing; Hyperband must know how many")).to_be_visible()
    most.fill("9")
    least.fill("27")
    page.locator("#next").click()
    expect(least).to_be_focused()
    expect(page.get_by_text("Must be at most 9, the most reports")).to_be_visible()
    doubt = page.locator("#field-most_reports-doubt")
    expect(doubt).to_have_count(0)  # faults come first
    least.fill("3")
    expect(doubt).to_contain_text(
        "With epochs fixed at 3 and a report in each, no training job can make the 9"
    )
    page.get_by_label("Maximum training jobs").fill("2")
    accessible(page)
    go(page, "Review and start")
    said = "Hyperband gives up training jobs that fall behind before the end of 9 reports"
    expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("button", name="YAML").click()
    expect(page.get_by_role("region", name="Text to copy")).to_contain_text("/uploads/")
    page.keyboard.press("Escape")
    assert upload.with_suffix(".kept").is_file()  # nobody knows what becomes of the text
    page.get_by_label("Name of the tuning job").fill("from-an-archive")
    page.get_by_role("button", name="Start the tuning job").click()
    expect(page).to_have_url(f"{served.url}/ui/jobs/from-an-archive")
    with served.store() as store:
        job = store.tuning_job("from-an-archive").job
    assert (job.strategy, job.resource and (job.resource.least, job.resource.most)) == ("Hyperband", (3, 9))
    assert isinstance(job.work, Script)
    assert job.work.entry == "code/train.py"
    assert "/uploads/" not in job.work.source  # a copy of its own


@pytest.mark.long
def test_a_budget_asks_for_a_price(served: Any, visit: Visit, accessible: Accessible, script: Path) -> None:
    page = visit(served, "/ui/new", theme="dark")
    with_script(page, script)
    go(page, "Search and limits")
    page.get_by_label("Maximum training jobs").fill("2")
    page.get_by_text("Budget in money").click()
    page.get_by_label("Budget", exact=True).fill("2.5")
    page.locator("#next").click()
    price = page.get_by_label("Price of a CPU for an hour")
    expect(price).to_be_focused()
    expect(page.get_by_text("Must be known to keep the budget of 2.5")).to_be_visible()
    price.fill("0.05")
    page.get_by_label("Currency").fill("EUR")
    accessible(page)
    page.get_by_text("Resources and limits of a training job").click()
    page.get_by_label("Retries").fill("often")
    go(page, "Review and start")
    page.get_by_role("button", name="Retries: ").click()
    expect(page.get_by_label("Retries")).to_be_focused()  # its part of the step is open
    page.get_by_label("Retries").fill("1")
    go(page, "Review and start")
    expect(page.get_by_text("up to 2 training jobs, at most 2.50 EUR, 1 at a time")).to_be_visible()
    page.get_by_label("Name of the tuning job").fill("for-money")
    page.get_by_role("button", name="Start the tuning job").click()
    expect(page).to_have_url(f"{served.url}/ui/jobs/for-money")
    expect(page.locator(".strip")).to_contain_text("of 2.50 EUR")
    with served.store() as store:
        job = store.tuning_job("for-money").job
    assert (job.limits.budget, job.price and job.price.currency) == (2.5, "EUR")


@pytest.mark.long
def test_what_was_filled_in_is_there_after_a_restart(
    tmp_path: Path, serving: Callable[..., Any], visit: Visit, script: Path
) -> None:
    with serving(tmp_path / "data") as first:
        page = visit(first, "/ui/new")
        with_script(page, script)
        go(page, "Hyperparameters")
        page.get_by_label("High of lr").fill("0.25")
        page.get_by_label("High of lr").press("Tab")
        page.reload()
        expect(page.get_by_label("High of lr")).to_have_value("0.25")
        page.goto("about:blank")
        kept = next(each for each in page.context.cookies() if each["name"] == "tunesmith-browser")
    with serving(tmp_path / "data") as second:
        page = visit(second, "/ui/new", signed_in=False)  # everybody has to sign in again
        page.context.add_cookies([{"name": kept["name"], "value": kept["value"], "url": f"{second.url}/ui"}])
        page.goto(second.link())
        page.goto(second.url + "/ui/new")
        expect(page.get_by_label("High of lr")).to_have_value("0.25")
        page.get_by_role("button", name="Start over").click()
        expect(page.get_by_role("radio", name="Python script")).not_to_be_checked()
        other = visit(second, "/ui/new")  # the same access key in another browser
        expect(other.get_by_role("radio", name="Python script")).not_to_be_checked()


@pytest.mark.long
def test_what_is_not_there_cannot_be_cloned(served: Any, visit: Visit) -> None:
    page = visit(served, "/ui/new?clone=nobody")
    expect(page.get_by_text("no tuning job 'nobody'")).to_be_visible()


@pytest.mark.long
def test_an_image_leads_to_what_stands_for_it(served: Any, visit: Visit, accessible: Accessible) -> None:
    page = visit(served, "/ui/new", theme="dark", width=420)
    begin(page, "Container image")
    image = page.get_by_label("Image", exact=True)
    image.fill("nobody/knows:1")
    page.get_by_role("button", name="Use what stands for it").click()
    expect(page.get_by_text("images are not pulled")).to_be_visible()
    image.fill("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1")
    page.get_by_role("button", name="Use what stands for it").click()
    expect(page.get_by_role("radio", name="Built-in XGBoost")).to_be_checked()
    accessible(page)
    page.locator("#next").click()
    expect(page.get_by_text("There is no data; upload a CSV file")).to_be_visible()


@pytest.mark.long
def test_a_file_that_is_no_table_says_why(
    served: Any, visit: Visit, tmp_path: Path, accessible: Accessible
) -> None:
    (tmp_path / "one.csv").write_text("a\n1\n")
    (tmp_path / "two.csv").write_text("a;b\n1;x\n2;y\n")
    page = visit(served, "/ui/new")
    begin(page, "Built-in XGBoost")
    for file in ("one.csv", "two.csv"):
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Upload a file").click()
        chooser.value.set_files(tmp_path / file)
        expect(
            page.get_by_text("needs a label and").or_(page.get_by_text("2 rows and 2 columns"))
        ).to_be_visible()
    expect(page.get_by_text("needs a label and")).to_have_count(0)
    page.get_by_label("Label: the column to predict").select_option("a")
    expect(page.get_by_role("radio", name="Regression: a number")).to_be_checked()
    accessible(page)
