"""Buttons, tabs, and the turning of a list's pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from html import escape
from typing import Any, TypeAlias

from anyio import Lock
from nicegui import ui

Cursor: TypeAlias = tuple[Any, ...] | None
"""Where a page of a list begins; None: at the beginning of the list."""


def button(label: str, on_click: Callable[[], Awaitable[None] | None], tone: str = "") -> ui.element:
    """A button that does something here; `tone` is `primary`, `danger` or nothing. What leads elsewhere is a link."""
    with ui.element("button").classes(f"button {tone}").on("click", lambda _: on_click()) as made:
        made.props["type"] = "button"
        ui.html(escape(label), sanitize=False, tag="span")
    return made


def tabs(label: str, items: Sequence[tuple[str, str]], current: str) -> None:
    """Links to pages that belong together, each a text and an address; `current` is the address of this one."""
    links = "".join(
        f'<a href="{escape(address)}"{" aria-current=page" if address == current else ""}>{escape(text)}</a>'
        for text, address in items
    )
    made = ui.html(links, sanitize=False, tag="nav").classes("tabs")
    made.props["aria-label"] = label


class Turns:
    """The buttons below a list, and where the pages before and after this one begin."""

    def __init__(self, on_turn: Callable[[Cursor], Awaitable[None]]) -> None:
        """Show no button yet; `on_turn` shows the page that begins at a cursor, and calls `show`."""
        self._on_turn = on_turn
        self._before: list[Cursor] = []
        self._here: Cursor = None
        self._next: Cursor = None
        self._turning = Lock()
        with ui.element("div").classes("bar"):
            # made once, as a click on a button that is made anew at the same time is lost
            self._previous, self._following = button("Previous", self._back), button("Next", self._forward)
        self._offer()

    @property
    def is_first(self) -> bool:
        """Whether the page that is shown is the first one."""
        return self._here is None

    def restart(self) -> None:
        """Forget the pages before: another list begins."""
        self._before, self._here = [], None

    def open(self, begins: Sequence[Cursor], after: Cursor) -> None:
        """Show the last of these pages, of which all are known; `after` as for `show`."""
        *self._before, self._here = begins
        self.show(after)

    def show(self, after: Cursor) -> None:
        """Offer what there is around the page that is shown now; `after` is where the next one begins, if there is one."""
        if self._previous.is_deleted:  # the page was closed meanwhile
            return
        self._next = after
        self._offer()

    def _offer(self) -> None:
        self._previous.set_visibility(bool(self._before))
        self._following.set_visibility(self._next is not None)

    async def _forward(self) -> None:
        async with self._turning:  # of two fast clicks the second turns the page that the first has opened
            if self._next is not None:
                self._before.append(self._here)
                self._here = self._next
                await self._on_turn(self._here)

    async def _back(self) -> None:
        async with self._turning:
            if self._before:
                self._here = self._before.pop()
                await self._on_turn(self._here)
