"""Choosing tuning jobs by their names."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.store.listing import Listing, Sort
from tunesmith.web.parts.actions import button
from tunesmith.web.parts.box import Box
from tunesmith.web.site import Site
from tunesmith.web.views.comparison import MOST

_PROPOSED = 200


class JobChooser:
    """The chosen ones, each with a button that takes it away, and a field for another one."""

    def __init__(self, site: Site, names: Sequence[str], address: Callable[[Sequence[str]], str]) -> None:
        """Show nothing yet; `address` is that of the page for the names that are chosen."""
        self._site, self._names, self._address = site, list(names), address
        self._typed = ""

    async def show(self) -> None:
        """Show it, with the latest tuning jobs to choose from."""
        proposed = await to_thread.run_sync(self._latest)
        with ui.element("div").classes("bar chips"):
            for name in self._names:
                with ui.element("span").classes("tag chip"):
                    ui.html(escape(name), sanitize=False, tag="span")
                    rest = [other for other in self._names if other != name]
                    take = button("\N{MULTIPLICATION SIGN}", partial(self._go, rest), "plain")
                    take.props["aria-label"] = f"Take away {name}"
            if len(self._names) < MOST:
                self._form(proposed)

    def _form(self, proposed: Sequence[str]) -> None:
        submit = "(e) => { e.preventDefault(); emit(); }"
        with ui.element("form").classes("bar filter").on("submit", self._add, js_handler=submit):
            field = Box("Name of a tuning job", "", self._take)
            field.props["list"] = "proposed-jobs"
            field.props["data-search"] = ""
            options = "".join(f'<option value="{escape(name)}"></option>' for name in proposed)
            ui.html(options, sanitize=False, tag="datalist").props("id=proposed-jobs")
            with ui.element("button").classes("button").props("type=submit"):
                ui.html("Add", sanitize=False, tag="span")

    def _latest(self) -> list[str]:
        listing = Listing(sort=Sort.CREATED, descending=True, limit=_PROPOSED)
        found = self._site.service.store.list_tuning_jobs(listing).items
        return [each.name for each in found if each.name not in self._names]

    def _take(self, text: str) -> None:
        self._typed = text.strip()

    def _add(self) -> None:
        if self._typed:
            self._go([*self._names, self._typed])

    def _go(self, names: Sequence[str]) -> None:
        ui.run_javascript(f"location.assign({json.dumps(self._address(names))})")
