"""Two to five tuning jobs beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from anyio import to_thread
from nicegui import background_tasks, ui

from tunesmith.store.errors import NotFound
from tunesmith.web import addresses, layout
from tunesmith.web.live import News
from tunesmith.web.panels.compared import Compared, Sentences, Spent
from tunesmith.web.panels.job_chooser import JobChooser
from tunesmith.web.parts import states
from tunesmith.web.site import Site
from tunesmith.web.views.board import Board, Boards
from tunesmith.web.views.comparison import LEAST, MOST, Along


def add(site: Site) -> None:
    """Register the page."""
    boards = Boards(site.service.store)

    @ui.page("/compare", response_timeout=layout.PATIENCE)
    async def compare(jobs: str = "", along: str = "") -> None:
        names = list(dict.fromkeys(name.strip() for name in jobs.split(",") if name.strip()))[:MOST]
        page = _Page(site, along=Along(along) if along in set(Along) else Along.TRIALS)
        site.live.follow(ui.context.client, page.news)
        found, missing = await to_thread.run_sync(_opened, boards, names)
        with layout.page("Compare tuning jobs", here="compare"):
            await page.build(found, missing)
        if page.boards:
            ui.timer(0.01, page.load, once=True)


def _opened(boards: Boards, names: Sequence[str]) -> tuple[list[Board], list[str]]:
    found, missing = [], []
    for name in names:
        try:
            found.append(boards.open(name))
        except NotFound:
            missing.append(name)
    return found, missing


class _Page:
    """What one visitor sees."""

    def __init__(self, site: Site, *, along: Along) -> None:
        self._site, self._along = site, along
        self._client = ui.context.client
        self._is_there = self._is_judging = False
        self.boards: list[Board] = []  # that are compared; none while there are too few

    async def build(self, found: list[Board], missing: list[str]) -> None:
        ui.html("Compare tuning jobs", tag="h1")
        for name in missing:
            ui.label(f"There is no tuning job {name!r}.").classes("notice bad")
        names = [board.name for board in found]
        chooser = JobChooser(self._site, names, lambda chosen: addresses.compare(chosen, self._along.value))
        await chooser.show()
        if len(found) < LEAST:
            states.empty(
                "Choose what to compare" if not found else "Choose another one",
                f"{LEAST} to {MOST} tuning jobs are shown beside each other: how fast each became better, their "
                "settings and ranges, their best configurations, and whether the difference is more than noise.",
            )
            return
        self.boards = found
        self._sentences = Sentences()
        self._spent = Spent(found, self._along)
        self._compared = Compared(self._site.service.store, found)

    async def load(self) -> None:
        """Fill it, once the browser is connected."""
        for board in self.boards:
            await to_thread.run_sync(board.refresh)
        await self._spent.load()
        await self._compared.load()
        await self._sentences.load(self.boards)
        self._is_there = True
        await self._judge()

    async def news(self, news: News) -> None:
        """Show what has changed."""
        changed = [board for board in self.boards if board.name.lower() in news.names]
        if not self._is_there or not changed:
            return
        for board in changed:
            await to_thread.run_sync(board.refresh)
        await self._spent.load()
        await self._compared.load()
        await self._sentences.load(self.boards)
        if all(board.record.status.is_final for board in self.boards):
            background_tasks.create(self._judge(), name="compare tuning jobs")

    async def _judge(self) -> None:
        """Say whether the difference is more than noise, which takes a moment."""
        if self._is_judging:
            return
        self._is_judging = True
        try:
            with self._client:
                await self._sentences.judge(self._site.service.store, self.boards)
        finally:
            self._is_judging = False
