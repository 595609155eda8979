"""What browsers fetch of a training job beside its page: parts of its log, and its files. The gate is before all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, TypeVar
from urllib.parse import quote

from nicegui import app
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse

from tunesmith.api.log_events import LogFile
from tunesmith.storage.shelf import TransferError
from tunesmith.store.errors import NotFound
from tunesmith.web.site import Site
from tunesmith.web.views.job_files import Found, JobFiles
from tunesmith.web.views.log_search import search

_LINES = 1000  # of the log in an answer
_T = TypeVar("_T")


def add(site: Site) -> None:
    """Register them, below the address of the training job's page."""

    def answered(name: str, answer: Callable[[JobFiles], Response | None]) -> Response:
        try:
            files = JobFiles(site.data, site.places, site.service.store.training_job(name))
        except NotFound as error:
            return PlainTextResponse(f"{error}.", 404)
        return answer(files) or PlainTextResponse("There is no such file.", 404)

    @app.get("/training-jobs/{name}/log")
    def log(name: str, after: int = 0, before: int | None = None) -> Response:
        """Lines of the log after a byte, or up to one; -1 stands for the end."""
        return answered(name, lambda files: _lines(files.log(), after, before))

    @app.get("/training-jobs/{name}/log-search")
    def log_search(name: str, text: str, after: int = 0) -> Response:
        return answered(name, lambda files: _matches(files.log(), text, after))

    @app.get("/training-jobs/{name}/log.txt")
    def log_file(name: str) -> Response:
        return answered(name, lambda files: _whole(files.log()))

    @app.get("/training-jobs/{name}/files/{kind}/{path:path}")
    def file(name: str, kind: str, path: str) -> Response:
        return answered(name, lambda files: _file(site, files, files.find(kind, path)))


def _lines(log: LogFile | None, after: int, before: int | None) -> Response:
    if log is None:
        return JSONResponse({"lines": [], "start": 0, "end": 0, "size": 0})
    if before is None:
        events, at = log.forward(max(after, 0), _LINES), max(after, 0)
    else:
        at = log.end() if before < 0 else min(before, log.end())
        events = log.backward(at, _LINES)
    lines = [[event.offset, event.data.decode("utf-8", "replace").rstrip("\r\n")] for event in events]
    start, end = (events[0].offset, events[-1].end) if events else (at, at)
    return JSONResponse({"lines": lines, "start": start, "end": end, "size": log.size()})


def _matches(log: LogFile | None, text: str, after: int) -> Response:
    found: dict[str, Any] = {"matches": [], "next": None}
    if log is not None and text:
        matches, following = search(log.path, text, max(after, 0))
        found = {"matches": matches, "next": following}
    return JSONResponse(found)


def _whole(log: LogFile | None) -> Response | None:
    if log is None or not log.path.is_file():
        return None
    return FileResponse(log.path, media_type="text/plain; charset=utf-8", filename=f"{log.job}.log")


def _file(site: Site, files: JobFiles, found: Found | None) -> Response | None:
    """Always as an attachment: what a training job has written is never shown as a page of this server."""
    if found is None:
        return None
    name = f"{files.record.trial.name}-{PurePosixPath(found.name).name}"
    if found.path is not None:
        return FileResponse(found.path, media_type="application/octet-stream", filename=name)
    try:
        content = _begun(site.places.read(found.location or ""))
    except TransferError as error:
        return PlainTextResponse(f"{error}.", 502)
    headers = {
        "content-disposition": f"attachment; filename*=utf-8''{quote(name)}",
        "content-length": str(found.size),
    }
    return StreamingResponse(content, media_type="application/octet-stream", headers=headers)


def _begun(items: Iterator[_T]) -> Iterator[_T]:
    """The same items, of which the first is there: so it is known that they can be had."""
    first = next(items, None)
    return iter(()) if first is None else chain([first], items)
