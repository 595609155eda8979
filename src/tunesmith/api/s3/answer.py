"""An answer as the operations give it, and how it becomes a response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from anyio import CancelScope, to_thread
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from tunesmith.api.s3.documents import Node, write

_BLOCK = 2**18  # bytes that are read and sent at a time


@dataclass(frozen=True)
class Slice:
    """A part of an open file."""

    file: BinaryIO
    start: int
    length: int


@dataclass(frozen=True)
class Answer:
    """What a request gets."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Slice = b""

    @classmethod
    def document(
        cls, name: str, content: str | Sequence[Node], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Answer with an XML document."""
        return cls(200, {"content-type": "application/xml", **(headers or {})}, write(name, content))

    def response(self, method: str, request_id: str) -> Response:
        """Make it the response to a request of that method."""
        headers = {**self.headers, "x-amz-request-id": request_id, "x-amz-id-2": request_id}
        if isinstance(self.body, Slice):
            return _FileResponse(self.body, self.status, headers)
        response = Response(b"" if method == "HEAD" else self.body, self.status)
        response.headers.update(headers)
        return response


class _FileResponse(StreamingResponse):
    """Sends a part of a file, and closes it however that ends."""

    def __init__(self, part: Slice, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(_blocks(part), status, headers)
        self._file = part.file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._file.close)


async def _blocks(part: Slice) -> AsyncIterator[bytes]:
    left = part.length
    await to_thread.run_sync(part.file.seek, part.start)
    while left and (block := await to_thread.run_sync(part.file.read, min(_BLOCK, left))):
        left -= len(block)
        yield block
