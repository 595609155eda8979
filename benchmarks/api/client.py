"""A lean client: requests that are signed beforehand, over connections that stay open."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Server:
    """Where the server is, and the key that it knows."""

    port: int
    access_key: str
    secret: str

    def signed(self, operation: str, request: Mapping[str, Any]) -> bytes:
        """A request as it goes over the wire."""
        body = json.dumps(request).encode()
        host = f"127.0.0.1:{self.port}"
        headers = {
            "Host": host,
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"SageMaker.{operation}",
        }
        prepared = AWSRequest("POST", f"http://{host}/", headers=headers, data=body)
        SigV4Auth(Credentials(self.access_key, self.secret), "sagemaker", "us-east-1").add_auth(prepared)
        head = [
            "POST / HTTP/1.1",
            *(f"{name}: {value}" for name, value in prepared.headers.items()),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(head).encode() + _END_OF_HEAD + body


class Connection:
    """A connection that stays open; it carries one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Connect to this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> Any:
        """Send a request and give the answer; raises RuntimeError for one that is no success."""
        self._writer.write(request)
        head = await self._reader.readuntil(_END_OF_HEAD)
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
        body = await self._reader.readexactly(length)
        if b" 200 " not in head[:13]:
            msg = f"{lines[0]}: {body[:500].decode()}"
            raise RuntimeError(msg)
        return body

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def one_by_one(port: int, requests: Sequence[bytes]) -> tuple[list[float], bytes]:
    """Ask one request after the other; give the seconds of each, and the last answer."""
    connection = await Connection.open(port)
    seconds, answer = [], b""
    for request in requests:
        started = time.perf_counter()
        answer = await connection.ask(request)
        seconds.append(time.perf_counter() - started)
    connection.close()
    return seconds, answer


async def at_a_rate(port: int, requests: Sequence[bytes], rate: float, connections: int) -> list[float]:
    """Ask so many requests a second, however slow the answers are; give the seconds from each one's due time.

    A request whose time has come while all connections are busy waits, and its waiting counts.
    """
    idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    for _ in range(connections):
        idle.put_nowait(await Connection.open(port))
    start = time.perf_counter() + 0.1

    async def one(number: int, request: bytes) -> float:
        due = start + number / rate
        await asyncio.sleep(due - time.perf_counter())
        connection = await idle.get()
        await connection.ask(request)
        idle.put_nowait(connection)
        return time.perf_counter() - due

    seconds = await asyncio.gather(*(one(number, request) for number, request in enumerate(requests)))
    while not idle.empty():
        idle.get_nowait().close()
    return seconds
