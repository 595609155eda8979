"""Serving: the composition root. Which store, which backend, which services, and for how long."""

from __future__ import annotations

import importlib.util
import ipaddress
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp

from tunesmith.api import iam, sts
from tunesmith.api.keys import Keys
from tunesmith.api.logs import logs_service
from tunesmith.api.operations.context import Context
from tunesmith.api.operations.operations import Operations
from tunesmith.api.query import QueryReply
from tunesmith.api.s3.app import S3App
from tunesmith.api.settings import Settings
from tunesmith.api.signing import Verifier
from tunesmith.api.wire import JsonService
from tunesmith.backends.slots import usable_cpus, usable_gpus
from tunesmith.control.service import Service
from tunesmith.server import refusals, settings_file
from tunesmith.server.app import PAGE, App, S3Service
from tunesmith.server.driver import Driver
from tunesmith.server.folder import DEFAULT_BUCKET
from tunesmith.server.job_logs import RunFolderLogs
from tunesmith.server.options import ServerOptions
from tunesmith.storage.objects import ObjectStore
from tunesmith.store.errors import StoreError
from tunesmith.store.store import Store
from tunesmith.web.addresses import tuning_job
from tunesmith.web.links import PAGE_LABEL, sign_in_link

_LARGEST_HEADERS = 64 * 1024
_KEEP_ALIVE_SECONDS = 60
_NO_PAGE = "For the page in the browser: pip install 'tunesmith[ui]'"


class ServeError(Exception):
    """The server cannot start; the message says why."""


def serve(options: ServerOptions, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; training jobs go on then. Raises ServeError if it cannot start.

    Args:
        options: What to serve, and where.
        say: Tells the user how it goes.
    """
    folder = options.folder
    folder.create()
    keys = Keys(folder.keys)
    _check_address(options.host, keys)
    _check_open(options)
    with _listen(options.host, options.port) as listener:
        try:
            settings = settings_file.read(options.settings or folder.settings)
            store = folder.store()
        except (settings_file.SettingsError, StoreError) as error:
            raise ServeError(str(error)) from error
        driver = Driver(options) if options.shows is None else None
        try:
            host, port = listener.getsockname()[:2]
            app = _build(options, settings, store, keys, driver.wake if driver else _wake_nobody, port)
            address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            if options.shows is not None:
                say(_link(address, keys, tuning_job(options.shows)))
            else:
                say(f"Serving {folder.path} at {address}; Ctrl-C ends it, and training jobs go on.")
                say(_NO_PAGE if app.page is None else f"The page: {_way_in(address, options, keys)}")
            _run(app, listener)
        finally:
            if driver is not None:
                driver.stop()
            store.close()


def _build(
    options: ServerOptions, settings: Settings, store: Store, keys: Keys, wake: Callable[[], None], port: int
) -> App:
    folder = options.folder
    context = Context(
        service=Service(store, wake, _now, freeze=folder.freeze, discard=folder.discard),
        settings=settings,
        now=_now,
        cpus=options.cpus or usable_cpus(),
        gpus=len(usable_gpus() if options.gpus is None else options.gpus),
        inputs=folder.places.exists,
    )
    account = settings.account
    return App(
        verifier=Verifier(keys.secret, _now),
        json={
            "sagemaker": JsonService("sagemaker", "SageMaker", Operations(context).table()),
            "logs": logs_service(RunFolderLogs(store, folder.path)),
        },
        query={
            name: partial(_query, module.respond, account) for name, module in (("iam", iam), ("sts", sts))
        },
        s3=_s3(options, settings),
        account=account,
        page=_page(options, context, keys, port),
    )


def _page(options: ServerOptions, context: Context, keys: Keys, port: int) -> ASGIApp | None:
    """Make the page in the browser; None if its packages are not there."""
    if importlib.util.find_spec("nicegui") is None:
        return None
    from tunesmith.web import site  # noqa: PLC0415 - an extra

    return site.create(
        context.service,
        keys,
        now=_now,
        cpus=context.cpus,
        gpus=context.gpus,
        data=options.folder.path,
        places=options.folder.places,
        port=port,
        is_open=options.ui_open,
        settings=context.settings,
        drives=not options.shows,
    )


def _way_in(address: str, options: ServerOptions, keys: Keys) -> str:
    """Where the page is, with a link that signs in once unless nobody needs to."""
    if options.ui_open:
        return f"{address}{PAGE}/"
    return f"{_link(address, keys)}  (signs you in once, within 15 minutes)"


def _link(address: str, keys: Keys, wanted: str | None = None) -> str:
    return sign_in_link(address, keys.labelled(PAGE_LABEL), _now(), wanted)


def _wake_nobody() -> None:
    """Whoever drives the jobs looks by himself."""


def _s3(options: ServerOptions, settings: Settings) -> S3Service:
    """Serve the embedded S3, unless there is another: two would only be confused."""
    if options.s3_endpoint is not None:
        return partial(_refuse_s3, options.s3_endpoint)
    objects = ObjectStore(options.folder.objects)
    if not objects.has_bucket(DEFAULT_BUCKET):
        objects.create_bucket(DEFAULT_BUCKET)
    return S3App(objects, hosts={"localhost", options.host}, region=settings.region)


async def _refuse_s3(endpoint: str, *_request: object) -> Response:
    return refusals.s3_elsewhere(endpoint)


def _query(respond: Callable[..., QueryReply], account: str, body: bytes, access_key: str) -> QueryReply:
    return respond(body, account=account, access_key=access_key)


def _check_address(host: str, keys: Keys) -> None:
    """Let nobody but this machine reach a server without access keys."""
    if not _is_loopback(host) and not keys.list():
        msg = (
            f"at the address {host} others can reach the server, and there is no access key yet: create one with "
            "`tunesmith keys create LABEL`, or listen at 127.0.0.1"
        )
        raise ServeError(msg)


def _check_open(options: ServerOptions) -> None:
    """Show the page without a sign-in to nobody but this machine."""
    if options.ui_open and not _is_loopback(options.host):
        msg = f"--ui-open: everybody who reaches {options.host} could use the page; it goes with a loopback address"
        raise ServeError(msg)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    """Open the port before anything is started, so that a second server of the same port does no harm."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        msg = f"cannot listen at {host}:{port}: {error.strerror or error}; --port chooses another"
        raise ServeError(msg) from error
    # Connections inherit it. Without, an answer's body waits 40 ms for the client to acknowledge its head: asyncio
    # switches it on only for sockets whose protocol is spelled out, which this one's is not.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _run(app: App, listener: socket.socket) -> None:
    config = uvicorn.Config(
        app,
        lifespan="off" if app.page is None else "on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=_LARGEST_HEADERS,
        http="h11",  # not what other packages have brought with them: these are tested
        loop="asyncio",
        ws="none" if app.page is None else "websockets-sansio",
    )
    uvicorn.Server(config).run(sockets=[listener])


def _now() -> datetime:
    return datetime.now(UTC)
