"""Links that sign in once. Any process that may read the access keys can make one for the server that runs."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tunesmith.api.keys import AccessKey, Keys
from tunesmith.web import addresses

LIFETIME = timedelta(minutes=15)
"""A link is good for so long."""

PAGE_LABEL = "ui"
"""Of the access key that links are made with; it is made when there is none."""

_PURPOSE = b"tunesmith sign-in link"


def sign_in_link(server: str, key: AccessKey, now: datetime, wanted: str | None = None) -> str:
    """Make the address that signs its first visitor in as the holder of a key, at a server such as http://host:8642.

    `wanted` is the address of the page that is shown then, home if it is None.
    """
    issued, nonce = str(_millis(now)), secrets.token_urlsafe(12)
    token = f"{key.id}.{issued}.{nonce}.{_signature(key.secret, issued, nonce)}"
    return server + addresses.with_query(addresses.SIGN_IN, link=token, next=wanted)


class Links:
    """Redeems links, each at most once.

    Which ones were used is known in memory only, so those made before the server started are not accepted.
    """

    def __init__(self, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock
        self._started = _millis(clock())
        self._used: dict[str, int] = {}  # nonces, and when they were made

    def redeem(self, token: str) -> str | None:
        """The id of the access key that a link stands for; None if it is forged, used, too old or its key is gone."""
        parts = token.split(".")
        if len(parts) != 4 or not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 16):
            return None
        access_key, issued, nonce, signature = parts
        secret = self._keys.secret(access_key)
        if secret is None or not hmac.compare_digest(
            signature.encode(), _signature(secret, issued, nonce).encode()
        ):
            return None
        now, made, longest = _millis(self._clock()), int(issued), LIFETIME // timedelta(milliseconds=1)
        self._used = {each: at for each, at in self._used.items() if now - at <= longest}
        if nonce in self._used or made < self._started or not 0 <= now - made <= longest:
            return None
        self._used[nonce] = made
        return access_key


def _signature(secret: str, issued: str, nonce: str) -> str:
    signed = b"\n".join([_PURPOSE, issued.encode(), nonce.encode()])
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _millis(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
