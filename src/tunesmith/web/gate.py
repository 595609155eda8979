"""The gate before the page: who comes in, from where, and what browsers may do with what they get."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tunesmith.api.keys import Keys, KeysError
from tunesmith.web import addresses, sign_in
from tunesmith.web.links import Links
from tunesmith.web.sessions import LONGEST, Session, Sessions

VISITOR = "tunesmith.visitor"
"""The key of an ASGI scope under which pages find the visitor's `Session`; None if the page is open to all."""

_LARGEST_FORM = 4096
_BROWSER = "tunesmith-browser"
_BROWSER_AGE = timedelta(days=365)
_BROWSER_NAME = re.compile(r"[\w-]{22}", re.ASCII)
_FAILURE_SECONDS = 0.5
_GONE = {"type": "websocket.disconnect", "code": 1008}
_POLICY = "; ".join(  # noqa: FLY002 - one a line, each with its reason
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # NiceGUI starts by an inline script and compiles templates
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": _POLICY,  # nothing is ever fetched from elsewhere
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

_Answer: TypeAlias = Callable[[Request], Awaitable[Response]]


class Gate:
    """Lets those who have signed in through to the page; sessions and links are its own."""

    def __init__(
        self, page: ASGIApp, keys: Keys, sessions: Sessions, links: Links, *, port: int, is_open: bool = False
    ) -> None:
        """Guard a page.

        Args:
            page: What is shown to those who may see it.
            keys: The access keys that sign in.
            sessions: Who is signed in.
            links: What one-time links are good for.
            port: The server's; cookies do not tell ports apart, so the cookie's name does.
            is_open: Whether nobody needs to sign in; then only this machine's own names for itself are answered.
        """
        self._page = page
        self._keys = keys
        self._sessions = sessions
        self._links = links
        self._cookie = f"tunesmith-{port}"
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self._page(scope, receive, send)
            return
        visit = HTTPConnection(scope)
        try:
            refusal = self._refusal(visit)
            session = None if self._is_open or refusal else self._sessions.find(self._token(visit))
        except KeysError:
            refusal, session = "The server cannot read its access keys; its log says why.", None
        if scope["type"] == "websocket":
            if refusal or not (self._is_open or session):
                await send({"type": "websocket.close", "code": 1008})
            else:
                await self._watched(scope, receive, send, session)
            return
        secured = partial(_send_secured, send)
        if refusal:
            await PlainTextResponse(refusal, 403)(scope, receive, secured)
        elif answer := self._own(visit):
            await (await answer(Request(scope, receive)))(scope, receive, secured)
        elif self._is_open or session:
            await self._page({**scope, VISITOR: session}, receive, secured)
        else:
            await self._ask_in(visit)(scope, receive, secured)

    def _refusal(self, visit: HTTPConnection) -> str | None:
        """Why nobody is answered who comes this way, signed in or not."""
        host = visit.headers.get("host", "")
        if self._is_open and not is_this_machine(urlsplit(f"//{host}").hostname):
            return "This page is open to this machine only: use http://127.0.0.1 or http://localhost."
        changes = visit.scope["type"] == "websocket" or visit.scope["method"] not in {"GET", "HEAD"}
        if changes and urlsplit(visit.headers.get("origin", "")).netloc != (host or None):
            return "Another page cannot act for this one (the Origin of the request is not this server)."
        return None

    def _own(self, visit: HTTPConnection) -> _Answer | None:
        """What the gate answers by itself."""
        method = visit.scope["method"]
        return {
            ("GET", addresses.SIGN_IN): self._show_sign_in,
            ("POST", addresses.SIGN_IN): self._sign_in,
            ("POST", addresses.SIGN_OUT): self._sign_out,
        }.get((method, visit.scope["path"]))

    async def _show_sign_in(self, request: Request) -> Response:
        token = request.query_params.get("link")
        if token is not None:
            access_key = self._links.redeem(token)
            if access_key is None:
                return _form(sign_in.LINK_FAILED, request, HTTPStatus.FORBIDDEN)
            return self._welcome(request, access_key, _inside(request.query_params.get("next")))
        if self._is_open or self._sessions.find(self._token(request)):
            return RedirectResponse(_inside(request.query_params.get("next")), HTTPStatus.SEE_OTHER)
        return _form(None, request)

    async def _sign_in(self, request: Request) -> Response:
        form = await _fields(request)
        access_key, secret = form.get("access-key", "").strip(), form.get("secret", "").strip()
        known = self._keys.secret(access_key)
        if known is None or not hmac.compare_digest(known.encode(), secret.encode()):
            await asyncio.sleep(_FAILURE_SECONDS)
            return _form(sign_in.KEY_FAILED, request, HTTPStatus.FORBIDDEN)
        return self._welcome(request, access_key, _inside(request.query_params.get("next")))

    def _welcome(self, request: Request, access_key: str, address: str) -> Response:
        browser = _browser(request)
        # The link's token does not stay in the history.
        response = RedirectResponse(address, HTTPStatus.SEE_OTHER)
        for name, value, age in (
            (self._cookie, self._sessions.start(access_key, browser), LONGEST),
            (_BROWSER, browser, _BROWSER_AGE),
        ):
            response.set_cookie(
                name,
                value,
                max_age=int(age.total_seconds()),
                path=addresses.ROOT,
                secure=request.url.scheme == "https",
                httponly=True,
                samesite="lax",  # a link to a job works from a mail or a chat; what changes something checks the Origin
            )
        return response

    async def _sign_out(self, request: Request) -> Response:
        self._sessions.end(self._token(request))
        response = RedirectResponse(addresses.SIGN_IN, HTTPStatus.SEE_OTHER)
        response.delete_cookie(self._cookie, path=addresses.ROOT, httponly=True, samesite="lax")
        return response

    def _ask_in(self, visit: HTTPConnection) -> Response:
        """Send a person to the sign-in, and tell a program that there is one."""
        if visit.scope["method"] == "GET" and "text/html" in visit.headers.get("accept", ""):
            query = f"?{visit.url.query}" if visit.url.query else ""
            wanted = addresses.with_query(addresses.SIGN_IN, next=visit.scope["path"] + query)
            return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
        return PlainTextResponse("Sign in first.", HTTPStatus.UNAUTHORIZED)

    def _token(self, visit: HTTPConnection) -> str | None:
        return visit.cookies.get(self._cookie)

    async def _watched(self, scope: Scope, receive: Receive, send: Send, session: Session | None) -> None:
        """Serve a websocket while its session lasts: once that is over, nothing goes in or out."""
        token = self._token(HTTPConnection(scope))

        def is_over() -> bool:
            try:
                return not self._is_open and self._sessions.find(token) is None
            except KeysError:
                return True

        async def receive_watched() -> MutableMapping[str, Any]:
            message = await receive()
            if message["type"] == "websocket.receive" and is_over():
                await send({"type": "websocket.close", "code": 1008})
                return dict(_GONE)
            return message

        async def send_watched(message: Message) -> None:
            if message["type"] != "websocket.send" or not is_over():
                await send(message)

        await self._page({**scope, VISITOR: session}, receive_watched, send_watched)


def is_this_machine(host: str | None) -> bool:
    """Whether a host's name or address is one by which only this machine reaches itself."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def _form(problem: str | None, request: Request, status: int = HTTPStatus.OK) -> Response:
    return HTMLResponse(
        sign_in.form(problem, request.query_params.get("next")), status, {"cache-control": "no-store"}
    )


def _inside(address: str | None) -> str:
    """An address of this page that somebody wanted to see before the sign-in; the first one for any other."""
    parts = urlsplit(address or "")
    if parts.scheme or parts.netloc or "\\" in parts.path or not parts.path.startswith(f"{addresses.ROOT}/"):
        return addresses.home()
    return parts.geturl()


def _browser(request: Request) -> str:
    """The name that a browser was given at its first sign-in, or a new one. It opens nothing by itself."""
    given = request.cookies.get(_BROWSER, "")
    return given if _BROWSER_NAME.fullmatch(given) else secrets.token_urlsafe(16)


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a small form."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_FORM:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


async def _send_secured(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        for name, value in _HEADERS.items():
            headers[name] = value
    await send(message)
