"""The protocol of AWS's JSON services, version 1.1: from an HTTP request to an operation and back."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import msgspec

from tunesmith.api.call import Call, Operation
from tunesmith.api.errors import ApiError, ServiceUnavailable, UnknownOperation
from tunesmith.api.model import service_model
from tunesmith.api.shapes import read_request, shape_answer
from tunesmith.store.errors import StoreError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

LARGEST_BODY = 8 * 1024 * 1024
"""Bytes of a request's body; larger ones need not be read. The largest tuning job has about half of that."""

_CONTENT_TYPE = "application/x-amz-json-1.1"
_THREADS = 16  # more would only queue for the store
_FAILURE = "The request failed; the server's log says why, under the id of this request."

_log = logging.getLogger(__name__)


class MethodNotAllowed(UnknownOperation):
    """The request is not a POST."""

    status = 405


class InternalFailure(ApiError):
    """The server is at fault."""

    code = "InternalFailure"
    status = 500


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a request's envelope says of it."""

    target: str  # of the header X-Amz-Target
    region: str
    account: str
    invocation: str | None


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class JsonService:
    """One of AWS's services: its operations behind `POST /`."""

    def __init__(
        self,
        service_name: str,
        target_prefix: str,
        operations: Mapping[str, Operation],
        *,
        threads: int = _THREADS,
    ) -> None:
        """Offer some of a service's operations, which have the names of the model.

        Raises botocore's OperationNotFoundError if there is no such operation.
        """
        from anyio import CapacityLimiter  # noqa: PLC0415 - an extra, as the server

        self._prefix = f"{target_prefix}."
        self._operations = operations
        model = service_model(service_name)
        self._models = {name: model.operation_model(name) for name in operations}
        self._limiter = CapacityLimiter(threads)

    async def respond(self, request: Request, body: bytes, *, region: str, account: str) -> Response:
        """Answer a request, whatever is in it; its operation runs in a thread of its own."""
        from anyio import to_thread  # noqa: PLC0415 - an extra, as the server
        from starlette.responses import Response  # noqa: PLC0415 - as above

        origin = Origin(
            target=request.headers.get("x-amz-target", ""),
            region=region,
            account=account,
            invocation=request.headers.get("amz-sdk-invocation-id"),
        )
        work = partial(self.answer, request.method, origin, body)
        reply = await to_thread.run_sync(work, limiter=self._limiter)
        return Response(reply.body, reply.status, reply.headers)

    def answer(self, method: str, origin: Origin, body: bytes) -> Reply:
        """Do what a request asks for."""
        request_id = str(uuid.uuid4())
        try:
            return _reply(request_id, 200, self._perform(method, origin, body))
        except ApiError as error:
            return _refusal(request_id, error)
        except StoreError as error:
            _log.warning("request %s (%s): %s", request_id, origin.target, error)
            return _refusal(request_id, ServiceUnavailable(str(error)))
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and no more
            _log.exception("request %s (%s) failed", request_id, origin.target)
            return _refusal(request_id, InternalFailure(_FAILURE))

    def _perform(self, method: str, origin: Origin, body: bytes) -> bytes:
        if method != "POST":
            msg = f"The method {method} is not allowed: operations are called with POST."
            raise MethodNotAllowed(msg)
        name = self._operation(origin.target)
        model = self._models[name]
        call = Call(
            operation=name,
            request=read_request(model, body),
            region=origin.region,
            account=origin.account,
            invocation=origin.invocation,
        )
        answer = shape_answer(model, self._operations[name](call))
        return b"" if answer is None else msgspec.json.encode(answer)

    def _operation(self, target: str) -> str:
        """The operation that the header X-Amz-Target names, such as SageMaker.ListTags."""
        name = target.removeprefix(self._prefix)
        if not target.startswith(self._prefix) or name not in self._operations:
            _refuse_target(target)
        return name


def _refuse_target(target: str) -> NoReturn:
    absent = "The header X-Amz-Target is missing: it names the operation."
    raise UnknownOperation(f"The operation {target[:128]} is not offered here." if target else absent)


def _refusal(request_id: str, error: ApiError) -> Reply:
    # Errors that the model declares have a Message, all others a message: clients look for either.
    content = {"__type": error.code, "message": error.message, "Message": error.message}
    reply = _reply(request_id, error.status, msgspec.json.encode(content))
    allow = {"Allow": "POST"} if error.status == MethodNotAllowed.status else {}
    return Reply(reply.status, {**reply.headers, "x-amzn-ErrorType": error.code, **allow}, reply.body)


def _reply(request_id: str, status: int, body: bytes) -> Reply:
    return Reply(status, {"x-amzn-RequestId": request_id, "Content-Type": _CONTENT_TYPE}, body)
