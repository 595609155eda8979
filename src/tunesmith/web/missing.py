"""What is shown at an address where nothing is, and when a page fails."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec

from nicegui import ui

from tunesmith.store.errors import NotFound
from tunesmith.web import addresses, layout
from tunesmith.web.parts import states

_P = ParamSpec("_P")

_log = logging.getLogger(__name__)
_HOME = ("All tuning jobs", addresses.home())


def nothing_here() -> None:
    """Show that there is no such page."""
    ui.context.client.status_code = 404
    with layout.page("Nothing here"):
        states.failed("Nothing here", "There is no page at this address.", action=_HOME)


def told(build: Callable[_P, Awaitable[None]]) -> Callable[_P, Awaitable[None]]:
    """Have a page say so if its job is not there; to be found out before anything is laid out."""

    @wraps(build)
    async def built(*args: _P.args, **given: _P.kwargs) -> None:
        try:
            await build(*args, **given)
        except NotFound as error:
            ui.context.client.status_code = 404
            with layout.page("Not there"):
                states.failed("Not there", f"{error}.", action=_HOME)

    return built


def failed(error: Exception) -> None:
    """Show that a page could not be built because it has a mistake."""
    _log.exception("a page failed", exc_info=error)
    title = "This page failed"
    with layout.page(title):
        text = f"{type(error).__name__}: {error}. The server's log says more."
        states.failed(title, text, action=_HOME)
