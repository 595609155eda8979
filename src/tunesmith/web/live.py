"""Live pages: one look at the store for all of them, and each is told what has changed.

The driver that changes the jobs is another process, so the store is where news are found. Nobody looks while no page
is open.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from anyio import to_thread
from nicegui import Client

from tunesmith.store.live import LiveQueries, Pulse

SECONDS = 1.0
"""The time between two looks; what happens is shown in less than two seconds."""


@dataclass(frozen=True)
class News:
    """What has happened since a page was told last."""

    names: frozenset[str] = (
        frozenset()
    )  # in lower case, of tuning jobs that have changed, the hidden ones included
    has_new: bool = False  # whether there are new tuning jobs

    def __or__(self, other: News) -> News:
        """Both together."""
        return News(self.names | other.names, self.has_new or other.has_new)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.names) or self.has_new


OnNews: TypeAlias = Callable[[News], Awaitable[None]]

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Follower:
    """A page that is told about changes, one after the other: what comes meanwhile is put together."""

    client: Client
    on_news: OnNews
    only: str | None  # a name in lower case
    waiting: News = News()
    is_busy: bool = False
    task: asyncio.Task[None] | None = None  # kept, or it might be collected while it runs

    def tell(self, news: News) -> None:
        self.waiting |= news if self.only is None else News(news.names & {self.only})
        if self.waiting and not self.is_busy:
            self.is_busy = True
            self.task = asyncio.create_task(self._pass_on(), name="tell a page what has changed")

    async def _pass_on(self) -> None:
        try:
            while True:
                news, self.waiting = self.waiting, News()
                with self.client:
                    await self.on_news(news)
                if not self.waiting or self.client.is_deleted:
                    return
        except Exception:  # noqa: BLE001 - a page that cannot show something must not end the news for the others
            _log.exception("a page could not show what has changed")
        finally:
            self.is_busy = False


class Live:
    """Looks at a store and tells the pages that follow it; lives on the event loop of the server."""

    def __init__(self, store: LiveQueries, seconds: float = SECONDS) -> None:
        self._store = store
        self._seconds = seconds
        self._followers: set[_Follower] = set()
        self._has_followers = asyncio.Event()
        self._pulse = Pulse()

    def follow(self, client: Client, on_news: OnNews, *, only: str | None = None) -> None:
        """Call `on_news` in the context of a page whenever jobs have changed, until the page is closed.

        Args:
            client: The page's.
            on_news: Reads what has changed and shows it. Follow first and read then, or news may be lost between.
            only: The one tuning job that the page is about; None: all of them.
        """
        follower = _Follower(client, on_news, None if only is None else only.lower())
        self._followers.add(follower)
        self._has_followers.set()
        client.on_delete(lambda: self._leave(follower))

    async def run(self) -> None:
        """Look, as long as somebody follows, until cancelled."""
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await self._has_followers.wait()
                await self._look()
                await asyncio.sleep(self._seconds)

    async def _look(self) -> None:
        try:
            pulse = await to_thread.run_sync(self._store.pulse)
        except Exception:  # noqa: BLE001 - such as a database that is away for a moment
            _log.exception("cannot see what has changed")
            return
        earlier, self._pulse = self._pulse, pulse
        news = News(pulse.changed_since(earlier), has_new=pulse.newest != earlier.newest)
        if news:
            for follower in tuple(self._followers):
                follower.tell(news)

    def _leave(self, follower: _Follower) -> None:
        self._followers.discard(follower)
        if not self._followers:
            self._has_followers.clear()
