"""The ASGI application: everything that comes to the server's one port, told apart by what it was signed for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tunesmith.api.keys import KeysError
from tunesmith.api.query import QueryReply
from tunesmith.api.signing import Identity, SignatureError, SignedRequest, Verifier, service_of
from tunesmith.api.wire import LARGEST_BODY, JsonService
from tunesmith.server import refusals

QueryService: TypeAlias = Callable[[bytes, str], QueryReply]
"""Answers the body of a request by the holder of an access key."""

S3Service: TypeAlias = Callable[[Request, Identity], Awaitable[Response]]
"""Answers a request whose body nobody has read."""

PAGE = "/ui"
"""Where the page is. Requests for a bucket of this name are signed, so that they are told apart."""

_log = logging.getLogger(__name__)

_GREETING = """\
This is Tunesmith: SageMaker's automatic model tuning on your own machines.
Point boto3, the aws CLI or the SageMaker SDK here: eval "$(tunesmith env)"
"""


class _TooLargeError(Exception):
    """The body of a request is larger than any that makes sense."""


@dataclass(frozen=True, kw_only=True)
class App:
    """Answers requests; none gets past the verification of its signature."""

    verifier: Verifier
    json: Mapping[str, JsonService]  # by the name that requests are signed for
    query: Mapping[str, QueryService]  # likewise
    s3: S3Service
    account: str
    page: ASGIApp | None = None  # the page in the browser: what is below PAGE and not signed goes there

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if self.page is not None and _is_for_page(scope):
            await self.page(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if _is_greeting(request):
            return self._greet(request)
        service = service_of(request.headers.raw, request.scope["query_string"])
        try:
            if service in {None, "s3"}:
                return await self._answer_s3(request)
            return await self._answer_small(request)
        except SignatureError as error:
            return refusals.signature(service, error)
        except KeysError as error:
            _log.error("%s", error)
            return refusals.no_keys(service)
        except _TooLargeError:
            return refusals.too_large(service, LARGEST_BODY)

    def _greet(self, request: Request) -> Response:
        wants_page = request.url.path == "/" and "text/html" in request.headers.get("accept", "")
        if self.page is not None and wants_page:
            return RedirectResponse(f"{PAGE}/")
        return PlainTextResponse(_GREETING)

    async def _answer_small(self, request: Request) -> Response:
        """Answer a request whose body fits into memory."""
        body = await _read(request)
        identity = self.verifier.verify(_signed(request, body))
        service = identity.service
        if service in self.json:
            return await self.json[service].respond(
                request, body, region=identity.region, account=self.account
            )
        if service not in self.query:
            return refusals.no_such_service(service, request.headers.get("content-type", ""))
        reply = await to_thread.run_sync(self.query[service], body, identity.access_key)
        return Response(reply.body, reply.status, reply.headers)

    async def _answer_s3(self, request: Request) -> Response:
        return await self.s3(request, self.verifier.verify(_signed(request, None)))


def _is_for_page(scope: Scope) -> bool:
    if scope["type"] != "http":
        return True  # its start, its end and its websockets
    path = scope["path"]
    if path != PAGE and not path.startswith(f"{PAGE}/"):
        return False
    return service_of(scope["headers"], scope["query_string"]) is None


def _is_greeting(request: Request) -> bool:
    """Whether a person has come by with a browser."""
    return (
        request.method == "GET"
        and request.url.path in {"/", "/health"}
        and not ("authorization" in request.headers or request.url.query)
    )


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise _TooLargeError
    return bytes(body)


def _signed(request: Request, body: bytes | None) -> SignedRequest:
    return SignedRequest(
        request.method, request.scope["raw_path"], request.scope["query_string"], request.headers.raw, body
    )
