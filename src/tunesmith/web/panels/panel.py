"""What the panels of a tuning job's page have in common."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Protocol

from anyio import to_thread
from nicegui import background_tasks, ui

from tunesmith.web.panels.tab_address import TabAddress
from tunesmith.web.site import Site
from tunesmith.web.views.board import Board
from tunesmith.web.views.lessons import Known

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shown:
    """The tuning job that a page shows."""

    site: Site
    board: Board

    @property
    def name(self) -> str:
        """The tuning job's."""
        return self.board.name


class Panel(Protocol):
    """A part of a tab."""

    async def load(self) -> None:
        """Read everything and show it, once the page is there."""

    async def news(self) -> None:
        """Show what has changed; the board is up to date."""


class Student(Protocol):
    """A panel that shows something of what was learned."""

    async def learn(self, known: Known) -> None:
        """Show what was learned."""


class Tab:
    """What is below the head of the page: panels, which are filled one after the other."""

    key = ""  # of the tab in its address
    panels: tuple[Panel, ...] = ()
    students: tuple[Student, ...] = ()

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._is_learning = False
        self._client = ui.context.client
        self._address = TabAddress(shown.name, self.key, self._client.request.query_params)
        self._problem = ui.html("", sanitize=False)
        self.build()

    def build(self) -> None:
        """Make room for everything."""
        raise NotImplementedError

    async def refresh(self) -> None:
        """Read what has changed of the training jobs."""
        await to_thread.run_sync(self._shown.board.refresh)

    async def load(self) -> None:
        """Fill the panels."""
        for panel in self.panels:
            await panel.load()

    async def news(self) -> None:
        """Show what has changed."""
        await self.refresh()
        for panel in self.panels:
            await panel.news()
        if self._shown.site.lessons.is_stale(self._shown.board):
            background_tasks.create(self.learn(), name="learn from a tuning job")

    async def learn(self) -> None:
        """See what was learned and show it, which takes a moment: meanwhile the panels follow the news."""
        if self._is_learning or not self.students:
            return
        self._is_learning = True
        lessons = self._shown.site.lessons
        try:
            known = await lessons.waiting_for(lessons.of, self._shown.board)
        except (RuntimeError, OSError, EOFError) as error:
            _log.exception("cannot learn from %s", self._shown.name)
            self._problem.set_content(_failure(error))
            return
        finally:
            self._is_learning = False
        if self._client.is_deleted:
            return
        self._problem.set_content("")
        with self._client:
            for student in self.students:
                await student.learn(known)


def _failure(error: Exception) -> str:
    return (
        '<p class="notice bad" role="alert">What was learned cannot be shown; the rest of the page is not concerned, '
        f"and another try is made as training jobs end. The reason: {escape(str(error) or type(error).__name__)}</p>"
    )


@contextmanager
def card(title: str, sentence: str = "", *, wide: bool = False) -> Iterator[ui.element]:
    """A card with a heading and a sentence that says what to see; gives the bar of its controls."""
    with ui.element("section").classes(f"card panel {'wide' if wide else ''}"):
        with ui.element("div").classes("bar"):
            ui.html(escape(title), sanitize=False, tag="h2")
            tools = ui.element("div").classes("bar push tools")
        if sentence:
            ui.html(escape(sentence), sanitize=False, tag="p").classes("quiet")
        yield tools


def text(content: str = "", tag: str = "p", classes: str = "quiet") -> ui.html:
    """A text that may be changed with `say`."""
    return ui.html(escape(content), sanitize=False, tag=tag).classes(classes)


def say(where: ui.html, content: str) -> None:
    """Change a text."""
    where.set_content(escape(content))
