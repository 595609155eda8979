from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import pytest
import uvicorn
from botocore.config import Config
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from tunesmith.api.s3.app import S3App
from tunesmith.storage.objects import ObjectStore

S3Client: TypeAlias = Any  # its types are of no use to tests that pass what no type allows


@dataclass(frozen=True)
class Server:
    port: int
    store: ObjectStore
    hook: dict[str, Any]  # "signed": what the signature of every request says

    def client(self, **config: Any) -> S3Client:
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="not checked here",  # noqa: S106 - none
            config=Config(retries={"total_max_attempts": 1}, **config),
        )


@contextmanager
def serve(root: Path) -> Iterator[Server]:
    store = ObjectStore(root)
    s3 = S3App(store, hosts=("localhost", "example.org", "s3.example.org"))
    hook: dict[str, Any] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await s3(Request(scope, receive), hook.get("signed"))
        await response(scope, receive, send)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", ws="none", http="h11", loop="asyncio", log_level="error")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Server(listener.getsockname()[1], store, hook)
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def start() -> Callable[[Path], Any]:
    return serve


@pytest.fixture(scope="session")
def s3(server: Server) -> S3Client:
    return server.client()


_numbers = itertools.count(1)


@pytest.fixture
def bucket(s3: S3Client) -> str:
    name = f"bucket-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name
