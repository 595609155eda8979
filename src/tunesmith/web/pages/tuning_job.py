"""The page of a tuning job: how it goes, its training jobs, what to see in them and what was learned."""

from __future__ import annotations

from anyio import to_thread
from nicegui import ui

from tunesmith.store.errors import NotFound
from tunesmith.web import addresses, layout, missing
from tunesmith.web.live import News
from tunesmith.web.panels.configuration import Configuration
from tunesmith.web.panels.explore import Explore
from tunesmith.web.panels.job_head import HeadPanel
from tunesmith.web.panels.job_table import JobTable
from tunesmith.web.panels.overview import Overview
from tunesmith.web.panels.panel import Shown, Tab
from tunesmith.web.panels.understand import Understand
from tunesmith.web.parts.actions import tabs
from tunesmith.web.site import Site
from tunesmith.web.views.board import Boards

_TABS: tuple[tuple[str, type[Tab]], ...] = (
    ("Overview", Overview),
    ("Training jobs", JobTable),
    ("Explore", Explore),
    ("Understand", Understand),
    ("Configuration", Configuration),
)


def add(site: Site) -> None:
    """Register the page."""
    boards = Boards(site.service.store)

    @ui.page("/jobs/{name}", response_timeout=layout.PATIENCE)
    @ui.page("/jobs/{name}/{tab}", response_timeout=layout.PATIENCE)
    @missing.told
    async def tuning_job(name: str) -> None:
        # not an argument, which might come from the query as well
        tab = ui.context.client.request.path_params.get("tab", "")
        make = next((each for _, each in _TABS if each.key == tab), None)
        if make is None:
            msg = f"a tuning job has no page {tab!r}"
            raise NotFound(msg)
        page = _Page()
        site.live.follow(ui.context.client, page.news, only=name)
        board = await to_thread.run_sync(boards.open, name)
        shown = Shown(site, board)
        with layout.page(board.name, here="jobs"):
            page.head = HeadPanel(shown)
            places = [(label, addresses.tuning_job(board.name, each.key)) for label, each in _TABS]
            tabs("Parts of the tuning job", places, addresses.tuning_job(board.name, tab))
            page.tab = make(shown)
        ui.timer(0.01, page.load, once=True)


class _Page:
    """What one visitor sees. News that come before everything is there are shown when it is."""

    def __init__(self) -> None:
        self.head: HeadPanel
        self.tab: Tab
        self._is_there = self._has_missed = False

    async def load(self) -> None:
        """Fill it, once the browser is connected."""
        await self.tab.refresh()
        await self.head.load()
        await self.tab.load()
        self._is_there = True
        if self._has_missed:
            await self.news(News())
        await self.tab.learn()

    async def news(self, _: News) -> None:
        """Show what has changed."""
        if not self._is_there:
            self._has_missed = True
            return
        await self.tab.news()
        await self.head.news()
