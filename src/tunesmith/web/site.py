"""The composition of the page: what it reads from, how it is guarded, and which pages there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from fastapi import FastAPI
from nicegui import app, ui
from starlette.types import ASGIApp

from tunesmith.api.keys import Keys
from tunesmith.api.settings import Settings
from tunesmith.control.service import Service
from tunesmith.storage.transfer import Places
from tunesmith.web import addresses, layout, missing, pages
from tunesmith.web.gate import Gate
from tunesmith.web.links import Links
from tunesmith.web.live import Live
from tunesmith.web.sessions import Sessions
from tunesmith.web.views.lessons import Lessons


@dataclass(frozen=True, kw_only=True)
class Site:
    """All that pages work with."""

    service: Service  # creates and stops; `service.store` is for reading
    live: Live
    lessons: Lessons
    now: Callable[[], datetime]
    cpus: int  # of this machine, for training jobs
    gpus: int
    data: Path  # the data folder, where training jobs leave their logs
    places: Places  # where s3:// is
    settings: Settings = field(default_factory=Settings)  # the operator's
    drives: bool = True  # whether tuning jobs that are created here are run


def create(
    service: Service,
    keys: Keys,
    *,
    now: Callable[[], datetime],
    cpus: int,
    gpus: int,
    data: Path,
    places: Places,
    port: int,
    is_open: bool = False,
    settings: Settings | None = None,
    drives: bool = True,
) -> ASGIApp:
    """Make the application that answers everything below `addresses.ROOT`, to be made once in a process.

    Args:
        service: What the page reads from and acts through.
        keys: Who may sign in.
        now: Gives the time, timezone-aware.
        cpus: How many of this machine training jobs may use.
        gpus: Likewise.
        data: The data folder.
        places: Where the data of training jobs is.
        port: The server's.
        is_open: Whether everybody on this machine may see it without signing in.
        settings: The operator's.
        drives: Whether the server runs the tuning jobs that are created here.
    """
    live, lessons = Live(service.store), Lessons(service.store)
    site = Site(
        service=service,
        live=live,
        lessons=lessons,
        now=now,
        cpus=cpus,
        gpus=gpus,
        data=data,
        places=places,
        settings=settings or Settings(),
        drives=drives,
    )
    app.state.drives = drives  # for the header
    layout.add_static_files()
    for module in iter_modules(pages.__path__):
        import_module(f"{pages.__name__}.{module.name}").add(site)
    app.on_page_exception(missing.failed)
    keep_running(live.run)
    app.on_shutdown(lessons.close)
    app.config.quasar_config["loadingBar"] = {
        "skipHijack": True
    }  # pages show by themselves what is on its way
    outer = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    ui.run_with(
        outer,
        root=missing.nothing_here,
        mount_path=addresses.ROOT,
        title="Tunesmith",
        favicon=layout.FAVICON,
        language="en-US",
        dark=None,
        tailwind=False,
        reconnect_timeout=10.0,
        show_welcome_message=False,
    )
    return Gate(outer, keys, Sessions(keys, now), Links(keys, now), port=port, is_open=is_open)


def keep_running(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run something as long as the server does."""
    running: set[asyncio.Task[None]] = set()
    app.on_startup(lambda: running.add(asyncio.get_running_loop().create_task(work())))
    app.on_shutdown(lambda: [task.cancel() for task in running])
