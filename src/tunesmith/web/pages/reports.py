"""The report on a tuning job as a file, for whoever may see the page."""

from __future__ import annotations

import logging

from anyio import to_thread
from nicegui import app
from starlette.responses import PlainTextResponse, Response

from tunesmith.store.errors import NotFound
from tunesmith.web.site import Site

_SUFFIXES = ("html", "md", "json")

_log = logging.getLogger(__name__)


def add(site: Site) -> None:
    """Register the addresses."""
    lessons = site.lessons

    @app.get("/reports/{file}")
    async def report(file: str) -> Response:
        name, _, suffix = file.rpartition(".")
        if suffix not in _SUFFIXES:
            return PlainTextResponse(
                f"A report's file ends in .{', .'.join(_SUFFIXES)}, not in .{suffix}.\n", 404
            )
        try:
            record = await to_thread.run_sync(site.service.store.tuning_job, name)
        except NotFound as error:
            return PlainTextResponse(f"{error}.\n", 404)
        try:
            content, media = await lessons.waiting_for(
                lessons.report, record.job.name, f".{suffix}", site.now()
            )
        except (RuntimeError, OSError, EOFError) as error:
            _log.exception("cannot write the report on %s", name)
            return PlainTextResponse(f"The report could not be written: {error}\n", 500)
        return Response(content, media_type=media)
