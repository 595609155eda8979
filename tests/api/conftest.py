from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", lifespan="off", http="h11", loop="asyncio"))
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[ASGIApp], str]]:
    """Serve an application over HTTP until the tests end; gives its URL."""
    with contextlib.ExitStack() as stack:

        def start(app: ASGIApp) -> str:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            server = _Server(app)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
            thread.start()

            def stop() -> None:
                server.should_exit = True
                thread.join()

            stack.callback(stop)
            assert server.is_up.wait(30)
            return f"http://127.0.0.1:{listening.getsockname()[1]}"

        yield start
