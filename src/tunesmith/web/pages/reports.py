"""The report on a tuning job as a file, for whoever may see the page."""

from __future__ import annotations

from anyio import to_thread
from nicegui import app
from starlette.responses import PlainTextResponse, Response

from tunesmith.store.errors import NotFound
from tunesmith.web.site import Site


def add(site: Site) -> None:
    """Register the addresses."""

    @app.get("/reports/{file}")
    async def report(file: str) -> Response:
        from tunesmith.analysis.report.write import Format  # noqa: PLC0415 - loads scipy
        from tunesmith.control.insight import report  # noqa: PLC0415 - loads scipy

        name, _, suffix = file.rpartition(".")
        try:
            form = Format.of_suffix(f".{suffix}")
            content, media = await to_thread.run_sync(report, site.service.store, name, form, site.now())
        except (NotFound, ValueError) as error:
            return PlainTextResponse(f"{error}.\n", 404)
        return Response(content, media_type=media)
