"""The gate before a page that is nothing but a word, and a websocket that says it back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from tunesmith.api.keys import AccessKey, Keys
from tunesmith.web.gate import VISITOR, Gate, is_this_machine
from tunesmith.web.links import Links, sign_in_link
from tunesmith.web.sessions import Sessions

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOST = "http://127.0.0.1:8642"
SOCKET = "ws://127.0.0.1:8642/ui/socket"
HTML = {"accept": "text/html"}


async def secret_page(request: Request) -> Response:
    visitor = request.scope[VISITOR]
    return PlainTextResponse(f"seen by {visitor.label if visitor else 'everybody'}")


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


PAGE = Starlette(
    routes=[
        Route("/ui/jobs/{name}", secret_page, methods=["GET", "POST"]),
        Route("/ui/", secret_page),
        WebSocketRoute("/ui/socket", echo),
    ]
)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys.json")


@pytest.fixture
def key(keys: Keys) -> AccessKey:
    return keys.create("laptop")


def client_of(keys: Keys, host: str = HOST, *, is_open: bool = False) -> TestClient:
    clock = lambda: NOW  # noqa: E731
    gate = Gate(PAGE, keys, Sessions(keys, clock), Links(keys, clock), port=8642, is_open=is_open)
    return TestClient(gate, host, follow_redirects=False)


@pytest.fixture
def client(keys: Keys) -> TestClient:
    return client_of(keys)


def sign_in(client: TestClient, key: AccessKey, path: str = "/ui/sign-in", **form: str) -> Any:
    fields = {"access-key": key.id, "secret": key.secret, **form}
    return client.post(path, data=fields, headers={"origin": HOST})


def test_nothing_is_shown_without_a_sign_in(client: TestClient) -> None:
    assert client.get("/ui/jobs/a").status_code == 401
    answer = client.get("/ui/jobs/a?x=1", headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/ui/sign-in?next=%2Fui%2Fjobs%2Fa%3Fx%3D1"
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET, headers={"origin": HOST}):
        pass


def test_an_access_key_signs_in_and_leads_where_one_wanted_to_go(client: TestClient, key: AccessKey) -> None:
    answer = sign_in(client, key, "/ui/sign-in?next=%2Fui%2Fjobs%2Fa%3Fx%3D1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/jobs/a?x=1")
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/ui"))
    assert key.secret.lower() not in cookie
    assert client.get("/ui/jobs/a").text == "seen by laptop"


def test_a_browser_is_known_again_after_another_sign_in(keys: Keys, key: AccessKey) -> None:
    client = client_of(keys)
    sign_in(client, key)
    name = client.cookies["tunesmith-browser"]
    client.post("/ui/sign-out", headers={"origin": HOST})
    assert client.get("/ui/jobs/a").status_code == 401  # the name opens nothing
    sign_in(client, key)
    assert client.cookies["tunesmith-browser"] == name
    after_a_restart = client_of(keys)
    after_a_restart.cookies.set("tunesmith-browser", name, path="/ui")
    cookie = sign_in(after_a_restart, key).headers.get_list("set-cookie")[1]
    assert cookie.startswith(f"tunesmith-browser={name};")
    assert all(part in cookie.lower() for part in ("httponly", "samesite=lax", "path=/ui"))


@pytest.mark.parametrize("name", ["", "short", "x" * 23, "/" * 22])
def test_a_browser_with_no_proper_name_gets_one(keys: Keys, key: AccessKey, name: str) -> None:
    client = client_of(keys)
    client.cookies.set("tunesmith-browser", name, path="/ui")
    cookie = sign_in(client, key).headers.get_list("set-cookie")[1]
    assert re.match(r"tunesmith-browser=[\w-]{22};", cookie)
    assert not cookie.startswith(f"tunesmith-browser={name};")


@pytest.mark.parametrize(
    "wanted", ["//evil.test/ui/", "https://evil.test/ui/", "/other", "/ui/\\evil", "", "/ui"]
)
def test_the_sign_in_leads_nowhere_else(client: TestClient, key: AccessKey, wanted: str) -> None:
    answer = client.post(
        "/ui/sign-in",
        params={"next": wanted},
        data={"access-key": key.id, "secret": key.secret},
        headers={"origin": HOST},
    )
    assert answer.headers["location"] == "/ui/"


def test_a_wrong_secret_does_not_sign_in(
    client: TestClient, key: AccessKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunesmith.web.gate._FAILURE_SECONDS", 0)
    answer = sign_in(client, key, secret="wrong")  # noqa: S106
    assert answer.status_code == 403
    assert "There is no access key" in answer.text
    assert not client.cookies
    assert sign_in(client, key, secret="x" * 5000).status_code == 403


def test_what_was_typed_is_not_repeated_as_code(client: TestClient) -> None:
    answer = client.get("/ui/sign-in", params={"next": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text


def test_a_link_signs_in_once_and_its_token_is_not_in_the_address_then(
    client: TestClient, key: AccessKey
) -> None:
    link = sign_in_link(HOST, key, NOW)
    answer = client.get(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/")
    assert client.get("/ui/").text == "seen by laptop"
    client.cookies.clear()
    again = client.get(link)
    assert again.status_code == 403
    assert "tunesmith ui" in again.text
    assert not client.cookies


def test_signing_out_ends_the_session_itself(client: TestClient, key: AccessKey) -> None:
    sign_in(client, key)
    kept = dict(client.cookies)
    assert client.post("/ui/sign-out", headers={"origin": HOST}).headers["location"] == "/ui/sign-in"
    client.cookies.update(kept)
    assert client.get("/ui/").status_code == 401


@pytest.mark.parametrize("origin", [None, "http://evil.test", "http://127.0.0.1:9", "null"])
def test_another_page_cannot_act(client: TestClient, key: AccessKey, origin: str | None) -> None:
    sign_in(client, key)
    headers = {} if origin is None else {"origin": origin}
    assert client.post("/ui/jobs/a", headers=headers).status_code == 403
    assert client.post("/ui/sign-out", headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET, headers=headers):
        pass
    assert client.get("/ui/").status_code == 200


def test_revoking_the_key_cuts_a_websocket(client: TestClient, keys: Keys, key: AccessKey) -> None:
    sign_in(client, key)
    with client.websocket_connect(SOCKET, headers={"origin": HOST}) as socket:
        socket.send_text("a")
        assert socket.receive_text() == "a"
        keys.revoke(key.id)
        socket.send_text("b")
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
    assert client.get("/ui/").status_code == 401


def test_an_open_page_is_for_this_machines_names_only(keys: Keys) -> None:
    client = client_of(keys, is_open=True)
    assert client.get("/ui/").text == "seen by everybody"
    for host in ("localhost:8642", "[::1]:8642", "127.0.0.2"):
        assert client.get("/ui/", headers={"host": host}).status_code == 200
    for host in ("evil.test", "127.0.0.1.evil.test", "10.0.0.1:8642", ""):
        assert client.get("/ui/", headers={"host": host}).status_code == 403, host
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(SOCKET, headers={"origin": "http://evil"}),
    ):
        pass
    with client.websocket_connect(SOCKET, headers={"origin": HOST}) as socket:
        socket.send_text("a")
        assert socket.receive_text() == "a"


def test_browsers_are_told_to_fetch_nothing_from_elsewhere(client: TestClient) -> None:
    for path in ("/ui/", "/ui/sign-in"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_keys_that_cannot_be_read_let_nobody_in(client: TestClient, key: AccessKey, tmp_path: Path) -> None:
    sign_in(client, key)
    (tmp_path / "keys.json").write_text("{}")
    answer = client.get("/ui/")
    assert answer.status_code == 403
    assert "cannot read its access keys" in answer.text


@pytest.mark.parametrize(
    ("host", "expected"), [("localhost", True), ("127.1.2.3", True), ("::1", True), (None, False)]
)
def test_the_names_of_this_machine(host: str | None, expected: bool) -> None:
    assert is_this_machine(host) is expected
