"""What the application itself decides; what goes over the wire is tested with real clients in tests/compat."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import anyio
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from starlette.requests import Request
from starlette.responses import Response

from tunesmith.api import sts
from tunesmith.api.keys import KeysError
from tunesmith.api.signing import Identity, Verifier
from tunesmith.api.wire import LARGEST_BODY, JsonService
from tunesmith.server.app import App

NONE: Mapping[str, str] = MappingProxyType({})
SECRET = "secret"  # noqa: S105 - of a test


def application(secret: Callable[[str], str | None] = lambda _: SECRET) -> App:
    async def s3(_request: Request, identity: Identity) -> Response:
        return Response(identity.payload)

    return App(
        verifier=Verifier(secret, lambda: datetime.now(UTC)),
        json={"sagemaker": JsonService("sagemaker", "SageMaker", {"ListTags": lambda _: {"Tags": []}})},
        query={"sts": lambda body, key: sts.respond(body, account="123456789012", access_key=key)},
        s3=s3,
        account="123456789012",
    )


def signed(service: str, body: bytes, **headers: str) -> dict[str, str]:
    request = AWSRequest(method="POST", url="http://host/", headers=headers, data=body)
    SigV4Auth(Credentials("key", SECRET), service, "us-east-1").add_auth(request)
    return {**dict(request.headers.items()), "Host": "host"}


class Client:
    """Asks an application one thing, as a server would."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        self.pieces = list(pieces)
        self.ends = ends
        self.sent: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        if not self.pieces and not self.ends:
            return {"type": "http.disconnect"}
        piece = self.pieces.pop(0) if self.pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces) or not self.ends}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    def ask(
        self,
        app: App,
        method: str = "POST",
        path: str = "/",
        query: str = "",
        headers: Mapping[str, str] = NONE,
    ) -> int:
        """Give the status of the answer, 0 if there is none."""
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        anyio.run(app, scope, self.receive, self.send)
        return int(self.sent[0]["status"]) if self.sent else 0

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


@pytest.mark.parametrize("path", ["/", "/health"])
def test_a_person_with_a_browser_is_greeted(path: str) -> None:
    client = Client()
    assert client.ask(application(), "GET", path) == 200
    assert b"tunesmith env" in client.body


@pytest.mark.parametrize(
    ("method", "path", "query"), [("POST", "/", ""), ("GET", "/x", ""), ("GET", "/", "a")]
)
def test_anything_else_must_be_signed(method: str, path: str, query: str) -> None:
    client = Client()
    assert client.ask(application(), method, path, query) == 403
    assert b"<Code>AccessDenied</Code>" in client.body


def test_a_signed_request_reaches_its_service() -> None:
    body = json.dumps({"ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/x"}).encode()
    client = Client(body[:10], body[10:])
    headers = signed("sagemaker", body, **{"X-Amz-Target": "SageMaker.ListTags"})
    assert client.ask(application(), headers=headers) == 200
    assert json.loads(client.body) == {"Tags": []}
    form = b"Action=GetCallerIdentity"
    client = Client(form)
    assert client.ask(application(), headers=signed("sts", form)) == 200
    assert b"<UserId>key</UserId>" in client.body


def test_a_service_that_nobody_offers() -> None:
    client = Client(b"{}")
    assert client.ask(application(), headers=signed("dynamodb", b"{}")) == 400
    assert json.loads(client.body)["__type"] == "UnknownOperationException"


def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    client = Client(*[b"x" * 2**20] * 64)
    headers = signed("sagemaker", b"", **{"X-Amz-Target": "SageMaker.ListTags"})
    assert client.ask(application(), headers=headers) == 413
    assert len(client.pieces) == 64 - LARGEST_BODY // 2**20 - 1


def test_a_client_that_hangs_up_gets_nothing() -> None:
    client = Client(b"{", ends=False)
    headers = signed("sagemaker", b"{}", **{"X-Amz-Target": "SageMaker.ListTags"})
    assert client.ask(application(), headers=headers) == 0


def test_keys_that_cannot_be_read_are_logged_and_no_secret_of_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_: str) -> str:
        msg = "/data/keys.json does not hold access keys"
        raise KeysError(msg)

    client = Client(b"{}")
    headers = signed("sagemaker", b"{}", **{"X-Amz-Target": "SageMaker.ListTags"})
    assert client.ask(application(broken), headers=headers) == 500
    assert b"/data" not in client.body
    assert "/data/keys.json" in caplog.text


def test_what_is_not_http_is_left_alone() -> None:
    client = Client()
    anyio.run(application(), {"type": "websocket"}, client.receive, client.send)
    assert client.sent == []


def with_page() -> App:
    async def page(scope: Any, _receive: Any, send: Any) -> None:
        await Response(f"the page at {scope['path']}")(scope, _receive, send)

    return replace(application(), page=page)


@pytest.mark.parametrize("path", ["/ui", "/ui/", "/ui/jobs/a"])
def test_the_page_is_below_its_address(path: str) -> None:
    client = Client()
    assert client.ask(with_page(), "GET", path) == 200
    assert client.body == f"the page at {path}".encode()


@pytest.mark.parametrize("path", ["/uiae", "/other", "/UI/"])
def test_other_addresses_are_not_the_pages(path: str) -> None:
    assert Client().ask(with_page(), "GET", path) == 403


def test_without_a_page_its_address_is_a_buckets() -> None:
    assert Client().ask(application(), "GET", "/ui/") == 403


def test_a_bucket_of_the_pages_name_is_reached_by_who_signs() -> None:
    request = AWSRequest(method="GET", url="http://host/ui/key")
    S3SigV4Auth(Credentials("key", SECRET), "s3", "us-east-1").add_auth(request)
    client = Client()
    headers = {**dict(request.headers.items()), "Host": "host"}
    assert client.ask(with_page(), "GET", "/ui/key", headers=headers) == 200
    assert b"the page" not in client.body
    link = AWSRequest(method="GET", url="http://host/ui/key")
    S3SigV4QueryAuth(Credentials("key", SECRET), "s3", "us-east-1", expires=60).add_auth(link)
    client = Client()
    query = str(link.url).partition("?")[2]
    assert client.ask(with_page(), "GET", "/ui/key", query, {"Host": "host"}) == 200
    assert b"the page" not in client.body


def test_a_person_is_led_to_the_page() -> None:
    client = Client()
    assert client.ask(with_page(), "GET", "/", headers={"Accept": "text/html"}) == 307
    assert dict(client.sent[0]["headers"])[b"location"] == b"/ui/"
    assert Client().ask(with_page(), "GET", "/", headers={"Accept": "*/*"}) == 200
