"""A real server with a page, and a real browser that notes what a page must not do."""

from __future__ import annotations

import contextlib
import math
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tunesmith.api.keys import AccessKey, Keys
from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob, TuningStatus
from tunesmith.store.records import Change, MetricPoint, TrialRecord
from tunesmith.store.store import Store
from tunesmith.web.links import PAGE_LABEL, sign_in_link

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNDRIVEN = Path(__file__).with_name("undriven.py")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass(frozen=True)
class Served:
    """A running `tunesmith serve` and its data folder."""

    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys(self) -> Keys:
        return Keys(self.data / "keys.json")

    @property
    def key(self) -> AccessKey:
        return self.keys.labelled(PAGE_LABEL)

    def link(self) -> str:
        """A new link that signs in once."""
        return sign_in_link(self.url, self.key, datetime.now(UTC))

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The server's store, to put something in while the server runs."""
        with Store(f"sqlite:///{self.data / 'tunesmith.db'}") as store:
            yield store


@contextmanager
def serving(data: Path, *options: str) -> Iterator[Served]:
    """Serve a data folder until the context ends."""
    server = Served(data, _free_port())
    arguments = ("serve", "--data", str(data), "--port", str(server.port), *options)
    with _running(server, "-m", "tunesmith", *arguments):
        yield server


@contextmanager
def undriven(data: Path, *pages: Path) -> Iterator[Served]:
    """Serve only the page, without a sign-in: nobody drives the jobs of the data folder but the test.

    Pages of the test's own are Python files.
    """
    server = Served(data, _free_port())
    with _running(server, str(UNDRIVEN), str(server.port), str(data), *map(str, pages)):
        yield server


@contextmanager
def _running(server: Served, *arguments: str) -> Iterator[None]:
    server.data.mkdir(parents=True, exist_ok=True)
    file = server.data / "server.log"
    with file.open("ab") as log:
        process = subprocess.Popen([sys.executable, *arguments], stdout=log, stderr=log)
    try:
        _wait_until_up(process, server, file)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    said = re.sub(r"^(Serving|The page:) .*\n", "", file.read_text(), flags=re.MULTILINE)
    assert said == "", said  # it has nothing to complain of


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_up(process: subprocess.Popen[bytes], server: Served, log: Path) -> None:
    """Wait for an answer: the port is open before, and a link from before the start is none."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{server.port}/ui/sign-in", timeout=60):
            return
        time.sleep(0.05)
    pytest.fail(f"no server after a minute: {log.read_text()}")


@pytest.fixture(scope="session", name="serving")
def serving_fixture() -> Callable[..., Any]:
    """A context manager that serves a data folder of the test's own."""
    return serving


@pytest.fixture(scope="session", name="undriven")
def undriven_fixture() -> Callable[..., Any]:
    """A context manager that serves only the page, of a data folder whose jobs nobody drives."""
    return undriven


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with no jobs at first; tests that share it use job names of their own."""
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window.

    Not for the whole session: as long as Playwright is there, its event loop keeps others from running in this thread.
    """
    if CHROMIUM is None:
        pytest.skip("no browser: install Debian's chromium, or put Chromium or Chrome on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Watched:
    """What pages did that they must not do."""

    errors: list[str] = field(default_factory=list)  # of JavaScript
    elsewhere: list[str] = field(default_factory=list)  # requests that left the server's address

    def watch(self, page: Page, server: Served) -> None:
        def note(request: Request) -> None:
            if urlsplit(request.url).scheme not in {"data", "blob"} and not request.url.startswith(
                server.url
            ):
                self.elsewhere.append(request.url)

        page.on("request", note)
        page.on("websocket", lambda socket: self._note_socket(socket.url, server))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._note_console(message.type, message.text))

    def _note_socket(self, url: str, server: Served) -> None:
        if urlsplit(url).netloc != urlsplit(server.url).netloc:
            self.elsewhere.append(url)

    def _note_console(self, kind: str, text: str) -> None:
        if kind == "error":
            self.errors.append(text)


@pytest.fixture
def watched() -> Iterator[Watched]:
    """What the pages of a test did wrong; none may have done anything."""
    found = Watched()
    yield found
    assert found == Watched()


@pytest.fixture
def visit(browser: Browser, watched: Watched) -> Iterator[Callable[..., Page]]:
    """Open a page of a server, signed in: `visit(served, "/ui/", theme="dark", width=1280, signed_in=True)`."""
    contexts = []

    def visit(
        server: Served, path: str = "/ui/", *, theme: str = "light", width: int = 1280, signed_in: bool = True
    ) -> Page:
        scheme: Any = theme
        context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        watched.watch(page, server)
        if signed_in:
            page.goto(server.link())
        if not signed_in or path != "/ui/":
            page.goto(server.url + path)
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Check a page in both themes by the rules of axe-core; none that is serious may be broken."""

    def check(page: Page) -> None:
        from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped]  # noqa: PLC0415
            Axe,
        )

        for theme in ("light", "dark"):
            page.evaluate(
                "theme => { localStorage.setItem('tunesmith-theme', theme); tunesmithTheme.apply() }", theme
            )
            page.wait_for_timeout(300)  # colours move into place
            found = [
                (theme, each["id"], [node["html"][:200] for node in each["nodes"]][:3])
                for each in Axe().run(page).response["violations"]
                if each["impact"] in {"serious", "critical"}
            ]
            assert found == []
        page.evaluate("localStorage.removeItem('tunesmith-theme'); tunesmithTheme.apply()")

    return check


def make_job(name: str, created: datetime = START, **options: Any) -> TuningJob:
    """A tuning job that nobody drives."""
    given = {
        "limits": Limits(trials=20, parallel=2),
        "objective": Objective("loss"),
        "strategy": "Random",
        **options,
    }
    return TuningJob(
        name=name,
        work=Command(("true",)),
        space=Space([Continuous("x", 0.0, 1.0)]),
        created_at=created,
        **given,
    )


def add_job(
    store: Store,
    name: str,
    values: tuple[float | None, ...] = (),
    *,
    ended: TuningStatus | None = None,
    **options: Any,
) -> None:
    """Put a tuning job into a store: a value of each ended trial, None for one that failed.

    Without `ended` the job stays in progress; the driver of a served folder would take it up.
    """
    job = make_job(name, **options)
    store.create_tuning_job(job)
    moments = [job.created_at + timedelta(minutes=number) for number in range(len(values) + 1)]
    store.record(
        name,
        Change(
            trials=tuple(
                make_trial(name, number, value, moments) for number, value in enumerate(values, start=1)
            ),
            status=ended,
            at=moments[-1],
        ),
    )


def make_trial(name: str, number: int, value: float | None, moments: list[datetime]) -> TrialRecord:
    trial = TrialRecord(
        number=number,
        name=f"{name}-{number:04d}",
        config={"x": number / 100},
        state=TrialState.COMPLETED,
        value=value,
        rank=number,
        created_at=moments[number - 1],
        started_at=moments[number - 1],
        ended_at=moments[number],
    )
    return replace(trial, state=TrialState.FAILED) if value is None else trial


@pytest.fixture(name="add_job", scope="session")
def add_job_fixture() -> Callable[..., None]:
    """Put a tuning job into a store."""
    return add_job


@pytest.fixture(name="make_job", scope="session")
def make_job_fixture() -> Callable[..., TuningJob]:
    """Make a tuning job that nobody drives."""
    return make_job


def add_searched_job(
    store: Store, name: str, count: int = 24, *, ended: TuningStatus | None = None, **options: Any
) -> None:
    """Put a tuning job into a store that has three hyperparameters and learning curves.

    Every eighth training job failed, and of the rest every fifth was stopped early; the best value is near `rate` 0.01.
    """
    space = Space(
        [
            Continuous("rate", 1e-4, 1.0, "Logarithmic"),
            Integer("depth", 1, 9),
            Categorical("kind", ("red", "blue")),
        ]
    )
    job = replace(make_job(name, **{"limits": Limits(trials=100, parallel=2), **options}), space=space)
    store.create_tuning_job(job)
    configs = space.decode(np.random.default_rng(0).random((count, 3)))
    trials, points = [], []
    for number, config in enumerate(configs, start=1):
        trial = _searched(job, number, config)
        trials.append(trial)
        if trial.value is not None and trial.started_at is not None:
            points += [
                MetricPoint(
                    number, "loss", trial.value + 1 / report, trial.started_at + timedelta(seconds=report)
                )
                for report in range(1, 11)
            ]
    moment = START + timedelta(hours=1)
    store.record(name, Change(trials=tuple(trials), metrics=tuple(points), status=ended, at=moment))


def _searched(job: TuningJob, number: int, config: Mapping[str, Any]) -> TrialRecord:
    value = (math.log10(config["rate"]) + 2) ** 2 / 4 + abs(config["depth"] - 5) / 20
    begin = job.created_at + timedelta(minutes=number // 2)
    trial = TrialRecord(
        number=number,
        name=f"{job.name}-{number:04d}",
        config=config,
        state=TrialState.COMPLETED,
        value=value,
        rank=number,
        created_at=begin,
        started_at=begin,
        ended_at=begin + timedelta(seconds=50),
    )
    if number % 8 == 0:
        return replace(trial, state=TrialState.FAILED, value=None, reason="it ran out of memory")
    if number % 5 == 0:
        return replace(trial, state=TrialState.STOPPED, reason="stopped early: worse than the median")
    return trial


@pytest.fixture(name="add_searched_job", scope="session")
def add_searched_job_fixture() -> Callable[..., None]:
    """Put a tuning job with several hyperparameters and learning curves into a store."""
    return add_searched_job
