"""The page of a training job in a real browser, of training jobs that really run."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tunesmith.control.service import Service
from tunesmith.core.training_job import Command, TrainingJob
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningStatus

Visit = Callable[..., Page]
LOSS = (MetricPattern("loss", "loss=([0-9.]+)"),)
LONG = 90_000  # ms, for what a busy machine may take

_SCRIPT = """
import os, pathlib, sys, time
go = pathlib.Path(sys.argv[1])
print("loading data", flush=True)
for epoch in range(1, 4):
    print(f"epoch {epoch} loss={1 / epoch}", flush=True)
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.bin").write_text("weights")
pathlib.Path(os.environ["TUNESMITH_CHECKPOINTS"], "epoch-3").write_text("state")
while not go.exists():
    time.sleep(0.05)
print("epoch 4 loss=0.125", flush=True)
"""


def work(tmp_path: Path, script: str = _SCRIPT) -> Command:
    file = tmp_path / "train.py"
    file.write_text(script)
    return Command(("python3", str(file), str(tmp_path / "go")))


def test_a_training_job_is_followed_to_its_end(
    served: Any, visit: Visit, accessible: Callable[[Page], None], tmp_path: Path
) -> None:
    with served.store() as store:
        job = TrainingJob(name="page-lone", work=work(tmp_path), hyperparameters={"rate": 0.1})
        Service(store).create_training_job(job, LOSS)
    page = visit(served, "/ui/training-jobs/page-lone")
    page.set_default_timeout(LONG)
    log = page.get_by_role("log")
    expect(log).to_contain_text("epoch 3 loss=0.333", timeout=LONG)
    expect(page.locator(".metric")).to_contain_text("3 reports", timeout=LONG)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    (tmp_path / "go").touch()
    expect(log).to_contain_text("epoch 4 loss=0.125", timeout=LONG)
    expect(page.locator("h1")).to_contain_text("Completed", timeout=LONG)
    expect(page.locator(".metric")).to_contain_text("4 reports", timeout=LONG)
    expect(page.locator(".metric b")).to_have_text("0.125")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    page.get_by_role("searchbox", name=re.compile("Search in the")).fill("EPOCH")
    expect(page.get_by_text("4 lines")).to_be_visible()
    page.get_by_role("button", name="Next match").click()
    expect(page.locator(".line.current")).to_contain_text("epoch 1")
    expect(log.locator("mark")).to_have_count(4)
    with page.expect_download() as download:
        page.get_by_role("link", name="model.tar.gz").click()
    assert download.value.suggested_filename == "page-lone-model.tar.gz"
    with page.expect_download() as download:
        page.get_by_role("link", name="epoch-3").click()
    assert Path(download.value.path()).read_text() == "state"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_text().startswith("loading data\nepoch 1")
    accessible(page)


def test_nothing_is_fetched_without_a_sign_in(served: Any, add_job: Callable[..., None]) -> None:
    with served.store() as store:
        add_job(store, "page-guarded", (0.5,), ended=TuningStatus.COMPLETED)
    for path in (
        "log",
        "log.txt",
        "log-search?text=a",
        "files/artifacts/model.tar.gz",
        "files/checkpoints/..%2f..%2fspec",
    ):
        with pytest.raises(HTTPError) as refused:
            urlopen(f"{served.url}/ui/training-jobs/page-guarded-0001/{path}", timeout=60)  # noqa: S310 - our own
        with refused.value as answer:
            assert answer.code == 401


@pytest.mark.long
def test_no_path_leads_out_of_a_training_job(served: Any, visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    with served.store() as store:
        Service(store).create_training_job(TrainingJob(name="page-inside", work=work(tmp_path)))
    page = visit(served, "/ui/training-jobs/page-inside")
    expect(page.locator("h1")).to_contain_text("Completed", timeout=LONG)
    address = f"{served.url}/ui/training-jobs/page-inside/files"
    for kind in ("artifacts", "checkpoints"):
        for path in ("../spec", "..%2f..%2fspec", "%2e%2e/%2e%2e/spec", "%2fetc%2fpasswd", "..%5cspec"):
            assert page.request.get(f"{address}/{kind}/{path}").status == 404
    answer = page.request.get(f"{address}/checkpoints/epoch-3")
    assert answer.status == 200
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.long
def test_a_failed_one_says_why(
    served: Any, visit: Visit, accessible: Callable[[Page], None], make_job: Any, tmp_path: Path
) -> None:
    failing = work(tmp_path, "print('loss=1.0')\nraise ValueError('the data has <no> columns')\n")
    with served.store() as store:
        job = make_job("page-failing", limits=Limits(trials=2), created=datetime.now(UTC))
        Service(store).create_tuning_job(job.with_work(lambda _: failing))
        name = _first_name(served, visit, "page-failing")
        page = visit(served, f"/ui/training-jobs/{name}")
        expect(page.locator("h1")).to_contain_text("Failed", timeout=LONG)
        expect(page.locator("pre")).to_contain_text("ValueError: the data has <no> columns", timeout=LONG)
        accessible(page)
        page.get_by_role("button", name="Copy configuration").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()


def _first_name(served: Any, visit: Visit, job: str) -> str:
    page = visit(served, "/ui/search?q=job%20%3D%20" + job)
    link = page.locator("tbody a").first
    expect(link).to_be_visible(timeout=LONG)
    return (link.get_attribute("href") or "").rpartition("/")[2]


@pytest.mark.long
def test_stopping_asks_first(served: Any, visit: Visit, tmp_path: Path) -> None:
    with served.store() as store:
        Service(store).create_training_job(TrainingJob(name="page-stopped", work=work(tmp_path)))
    page = visit(served, "/ui/training-jobs/page-stopped")
    page.get_by_role("button", name="Stop …").click()
    page.get_by_role("button", name="Keep it running").click()
    page.get_by_role("button", name="Stop …").click()
    page.get_by_role("button", name="Stop the training job").click()
    expect(page.locator("h1")).to_contain_text("Stopped", timeout=LONG)


@pytest.mark.long
def test_a_large_log_is_read_in_parts(served: Any, visit: Visit, tmp_path: Path) -> None:
    lines = "for i in range(200_000): print(f'line {i} of many, which is not short at all')\n"
    with served.store() as store:
        Service(store).create_training_job(TrainingJob(name="page-large", work=work(tmp_path, lines)))
    page = visit(served, "/ui/training-jobs/page-large")
    expect(page.locator("h1")).to_contain_text("Completed", timeout=LONG)
    page.get_by_role("button", name="End").click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("line 199999 of many", timeout=LONG)
    expect(log.locator(".line")).to_have_count(1000)
    page.get_by_role("searchbox", name=re.compile("Search in the")).fill("line 77777 ")
    page.get_by_role("searchbox", name=re.compile("Search in the")).press("Enter")
    expect(page.locator(".line.current")).to_contain_text("line 77777 of many", timeout=LONG)
    log.evaluate("box => { box.scrollTop = 0; }")
    expect(log).to_contain_text("line 76800 of many", timeout=LONG)


@pytest.mark.long
def test_an_unknown_one_is_not_there(served: Any, visit: Visit, watched: Any) -> None:
    page = visit(served, "/ui/training-jobs/nothing-of-this-name")
    expect(page.get_by_role("heading", name="Not there")).to_be_visible()
    watched.errors.clear()  # the browser itself notes the status
