"""The S3 protocol as an ASGI edge: the body comes in, an operation runs in a thread, the answer goes out."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Collection
from urllib.parse import quote

from anyio import CancelScope, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from tunesmith.api.errors import ApiError
from tunesmith.api.s3.answer import Answer
from tunesmith.api.s3.content import LARGEST_PUT, Content, ContentReader, Signed, read_content
from tunesmith.api.s3.documents import write
from tunesmith.api.s3.errors import Code, NotModified, S3Error
from tunesmith.api.s3.multipart import digests, part_number
from tunesmith.api.s3.request import S3Request, read_request
from tunesmith.api.s3.routes import LARGEST_DOCUMENT, Ask, Operation, Take, find
from tunesmith.api.signature_errors import SignatureError
from tunesmith.storage.errors import NoSuchBucket, StorageError
from tunesmith.storage.keys import check_key
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.staging import Staged

_log = logging.getLogger(__name__)
_RECEIVED = "tunesmith.received"  # in a request's scope: its client was told to send the body
_REQUEST_ID = "tunesmith.request_id"
_BLOCK = 2**20  # bytes of a body that are handed to a thread at a time
_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # parsers refuse even references to these


class S3App:
    """Answers S3's requests, which somebody else has authenticated.

    `hosts` are the server's own names, without ports: in front of them, a request's host may name the bucket.
    """

    def __init__(
        self, store: ObjectStore, hosts: Collection[str] = ("localhost",), region: str = "us-east-1"
    ) -> None:
        self._store, self._hosts, self._region = store, tuple(hosts), region

    async def __call__(self, request: Request, signed: Signed | None = None) -> Response:
        """Answer a request whose body nobody has read; `signed` is what its signature says of the body.

        Whatever a client does, the answer is one of S3's; only a fault of the server's makes a 500.
        """
        try:
            answer = await self._answer(request, signed)
        except NotModified as known:
            answer = Answer(304, known.headers)
        except (ApiError, SignatureError, StorageError, ClientDisconnect, OSError) as error:
            answer = _refusal(error, request)
        response = answer.response(request.method, _request_id(request))
        if "expect" in request.headers and not request.scope.get(_RECEIVED):
            response.headers["connection"] = "close"  # the body that was announced will not come
        return response

    async def _answer(self, request: Request, signed: Signed | None) -> Answer:
        asked = self._read(request)
        operation = find(asked)
        if isinstance(operation, Ask) and not (operation.document and _has_body(asked)):
            return await to_thread.run_sync(operation.run, self._store, asked, None)
        content = _content(operation, asked, signed)
        staged = await to_thread.run_sync(self._stage, operation, asked, content)
        try:
            await _receive(request, ContentReader(content, staged))
            return await to_thread.run_sync(self._run, operation, asked, content, staged)
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(staged.close)

    def _read(self, request: Request) -> S3Request:
        return read_request(
            request.method,
            request.scope["raw_path"],
            request.scope["query_string"],
            request.headers,
            self._hosts,
            self._region,
        )

    def _stage(self, operation: Operation, asked: S3Request, content: Content) -> Staged:
        """Start the file for a body; first refuse what would be refused after it, if that can be known yet."""
        wanted = list(content.digests)
        if isinstance(operation, Take):
            if not self._store.has_bucket(asked.bucket):
                raise NoSuchBucket(asked.bucket)
            if "uploadId" in asked.query:
                part_number(asked)
                wanted += digests(self._store.upload(asked.bucket, asked.key, asked.query["uploadId"]))
            check_key(asked.key)
        return self._store.stage(wanted)

    def _run(self, operation: Operation, asked: S3Request, content: Content, staged: Staged) -> Answer:
        if isinstance(operation, Take):
            return operation.run(self._store, asked, content, staged)
        return operation.run(self._store, asked, staged.path)


def _content(operation: Operation, asked: S3Request, signed: Signed | None) -> Content:
    if isinstance(operation, Take):
        return read_content(asked.headers, signed, LARGEST_PUT)
    return read_content(asked.headers, signed, LARGEST_DOCUMENT, has_checksum=operation.has_checksum)


def _has_body(asked: S3Request) -> bool:
    return asked.headers.get("content-length", "0") != "0" or "transfer-encoding" in asked.headers


async def _receive(request: Request, reader: ContentReader) -> None:
    request.scope[_RECEIVED] = True
    waiting = bytearray()
    async for data in request.stream():
        waiting += data
        if len(waiting) >= _BLOCK:
            await to_thread.run_sync(reader.feed, bytes(waiting))
            waiting.clear()
    await to_thread.run_sync(_end, reader, bytes(waiting))


def _end(reader: ContentReader, rest: bytes) -> None:
    reader.feed(rest)
    reader.finish()


def _refusal(error: Exception, request: Request) -> Answer:
    """Answer that a request is refused, in XML."""
    known = _in_words(error)
    if known.status >= 500:
        _log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    nodes = [
        ("Code", known.code),
        ("Message", known.message),
        ("Resource", _NOT_XML.sub(lambda found: quote(found[0]), request.scope["path"])),
        ("RequestId", _request_id(request)),
    ]
    headers = known.headers if isinstance(known, S3Error) else {}
    body = write("Error", nodes, namespace=None)
    return Answer(known.status, {"content-type": "application/xml", **headers}, body)


def _in_words(error: Exception) -> ApiError | SignatureError:
    if isinstance(error, ApiError | SignatureError):
        return error
    if isinstance(error, StorageError):
        return S3Error.of(error)
    if isinstance(error, ClientDisconnect):
        return S3Error(Code.INCOMPLETE_BODY, "The body ended early.")
    return S3Error(Code.INTERNAL_ERROR, "The server cannot read or write its files.")


def _request_id(request: Request) -> str:
    """Give the name under which this request can be talked about, the same each time."""
    request_id: str = request.scope.setdefault(_REQUEST_ID, uuid.uuid4().hex[:16].upper())
    return request_id
