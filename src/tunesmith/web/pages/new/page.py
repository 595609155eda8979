"""The page around the steps: which there are, the one that is open, and what has come of it so far."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from html import escape

from anyio import to_thread
from fastapi import Request
from nicegui import app, ui
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tunesmith.store.errors import NotFound
from tunesmith.store.store import Store
from tunesmith.web import addresses, layout
from tunesmith.web.gate import VISITOR
from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.pages.new.faults import FaultBox
from tunesmith.web.pages.new.metric import MetricStep
from tunesmith.web.pages.new.parameters import ParametersStep
from tunesmith.web.pages.new.review import ReviewStep
from tunesmith.web.pages.new.search import SearchStep
from tunesmith.web.pages.new.step_list import StepList
from tunesmith.web.pages.new.summary import Summary
from tunesmith.web.pages.new.what import WhatStep
from tunesmith.web.parts import states
from tunesmith.web.parts.actions import button
from tunesmith.web.site import Site, keep_running
from tunesmith.web.wizard.cloning import draft_of
from tunesmith.web.wizard.drafts import Drafts, visitor_of
from tunesmith.web.wizard.sheet import LAST, STEPS, Sheet, started_from
from tunesmith.web.wizard.tidying import SECONDS, tidy
from tunesmith.web.wizard.uploads import LARGEST, TooLarge, Uploads

_PARTS = (WhatStep, ParametersStep, MetricStep, SearchStep, ReviewStep)
_HOME = ("All tuning jobs", addresses.home())
_log = logging.getLogger(__name__)


def add(site: Site) -> None:
    """Register the page, and where it sends files."""
    drafts, uploads = Drafts(site.data, site.now), Uploads(site.data, site.now)
    if site.drives:
        keep_running(partial(_tidy_daily, drafts, uploads, site.service.store))

    @app.post("/uploads")
    async def receive(request: Request, name: str = "file") -> Response:
        size = request.headers.get("content-length", "")
        if size.isascii() and size.isdigit() and int(size) > LARGEST:
            return PlainTextResponse(str(TooLarge()), 413)
        try:
            file = await uploads.receive(name, request.stream())
        except TooLarge as error:
            return PlainTextResponse(str(error), 413)
        except OSError as error:
            _log.warning("a file that was sent could not be kept: %s", error)
            return PlainTextResponse(f"it cannot be kept: {error.strerror}", 507)
        return JSONResponse({"path": str(file)})

    @ui.page("/new", response_timeout=layout.PATIENCE)
    async def new(clone: str = "") -> None:
        visitor = visitor_of(ui.context.client.request.scope.get(VISITOR))
        sheet = await to_thread.run_sync(drafts.get, visitor)
        with layout.page("New tuning job", here="new"):
            if not site.drives:
                ui.html("New tuning job", tag="h1")
                ui.html(states.ONLY_SHOWS, sanitize=False, tag="p").classes("notice")
                return
            if clone and sheet.origin.lower() != clone.lower():
                try:
                    sheet = await to_thread.run_sync(_cloned, site, clone)
                except (ValueError, NotFound) as error:
                    is_there = isinstance(error, ValueError)
                    way = ("Its page", addresses.tuning_job(clone)) if is_there else _HOME
                    states.failed("This tuning job cannot be cloned here", f"{error}.", action=way)
                    return
            editor = Editor(site, drafts, uploads, visitor, sheet)
            await _Wizard(editor).show()


async def _tidy_daily(drafts: Drafts, uploads: Uploads, store: Store) -> None:
    while True:
        try:
            await to_thread.run_sync(tidy, drafts, uploads, store)
        except Exception:  # noqa: BLE001 - such as a database that is away for a moment
            _log.exception("cannot look for files that nothing needs any more")
        await asyncio.sleep(SECONDS)


def _cloned(site: Site, name: str) -> Sheet:
    """The sheet of a tuning job that is already there. Raises ValueError for one that cannot be cloned, and NotFound."""
    job = site.service.store.tuning_job(name).job
    if job.alone:
        msg = f"there is no tuning job {name!r}"
        raise NotFound(msg)
    return started_from(draft_of(job), job.name)


class _Wizard:
    """The page as one visitor sees it."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        editor.show_step = self._show_step
        editor.go = self._go

    async def show(self) -> None:
        """Build the page and open the step at which its person was."""
        sheet = self._editor.sheet
        with ui.element("div").classes("bar"):
            title = "New tuning job" if not sheet.origin else f"Clone of {sheet.origin}"
            ui.html(escape(title), sanitize=False, tag="h1")
            self._origin = ui.html(_welcome(sheet), sanitize=False, tag="p").classes("quiet")
            with ui.element("div").classes("push"):
                self._over = button("Start over", self._start_over)
        with ui.element("div").classes("wizard"):
            self._list = StepList(self._editor, self._go)
            with ui.element("form").classes("step card").props("novalidate") as form:
                self._body = ui.element("div").classes("step-body")
                self._faults = FaultBox(self._editor)
                self._bar = ui.element("div").classes("bar step-bar")
            form.on("submit.prevent", self._next)
            Summary(self._editor)
        await self._show_step()

    async def _show_step(self) -> None:
        """Build the open step anew."""
        step = self._editor.sheet.step
        self._editor.start_step()
        self._over.set_visibility(not self._editor.sheet.is_blank)
        self._body.clear()
        with self._body:
            heading = ui.html(
                f'<span class="note">Step {step + 1} of {len(STEPS)}</span>{escape(STEPS[step])}',
                sanitize=False,
                tag="h2",
            )
            heading.props("id=step-title tabindex=-1")
            await _PARTS[step](self._editor).show()
        self._bar.clear()
        with self._bar:
            if step:
                button("Back", self._back)
            if step < LAST:
                with ui.element("button").classes("button primary push").props("type=submit id=next"):
                    ui.html(f"Next: {escape(STEPS[step + 1])}", sanitize=False, tag="span")
        await self._editor.settle()

    async def _go(self, step: int) -> None:
        """Open another step; what is wrong with the one that is left is shown from now on."""
        sheet = self._editor.sheet
        tried = sheet.tried if sheet.is_blank else sheet.tried | {sheet.step}
        self._editor.change(step=step, tried=tried)
        await self._show_step()
        self._editor.focus_id("step-title")

    async def _back(self) -> None:
        await self._go(self._editor.sheet.step - 1)

    async def _next(self) -> None:
        """Open the next step, or show what is wrong with this one first."""
        step = self._editor.sheet.step
        if step == LAST:
            return
        self._editor.change(tried=self._editor.sheet.tried | {step})
        faults = (await self._editor.settle()).faults_at(step)
        if not faults:
            await self._go(step + 1)
            return
        if not self._editor.focus_first({fault.field for fault in faults}):
            self._editor.focus_id("step-faults")

    def _start_over(self) -> None:
        self._editor.leave_for(addresses.NEW)


def _welcome(sheet: Sheet) -> str:
    if sheet.origin:
        return "Everything is filled in as it was; change what you like."
    return "" if sheet.is_blank else "What you fill in is kept for 30 days: you may leave and come back."
