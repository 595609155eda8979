"""Who is signed in. The browser holds a random token; everything else is kept here, so that it can be taken back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tunesmith.api.keys import Keys

IDLE = timedelta(hours=12)
"""A session ends when it was not used for so long."""

LONGEST = timedelta(days=7)
"""A session ends then, however much it is used."""


@dataclass(frozen=True)
class Session:
    """The right of one browser to use the page, as long as an access key is good."""

    access_key: str  # its id
    label: str  # of the access key, in its user's words
    started_at: datetime
    used_at: datetime
    browser: str = ""  # what tells it from others with the same access key, also after another sign-in

    def is_over(self, now: datetime) -> bool:
        """Whether its time is up."""
        return now - self.used_at > IDLE or now - self.started_at > LONGEST


class Sessions:
    """The sessions of a server, in memory: a restart signs everybody out."""

    def __init__(self, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock
        self._sessions: dict[str, Session] = {}  # by a digest: a dump of the memory is no way in

    def start(self, access_key: str, browser: str = "") -> str:
        """Sign somebody in who has proved to hold an access key; the token for the browser's cookie."""
        now = self._clock()
        self._sessions = {digest: each for digest, each in self._sessions.items() if not each.is_over(now)}
        token = secrets.token_urlsafe(32)
        label = next((key.label for key in self._keys.list() if key.id == access_key), access_key)
        self._sessions[_digest(token)] = Session(access_key, label, now, now, browser)
        return token

    def find(self, token: str | None) -> Session | None:
        """The session of a token, which counts as used now; None if it is over or its access key was revoked."""
        if not token:
            return None
        digest = _digest(token)
        session, now = self._sessions.get(digest), self._clock()
        if session is None:
            return None
        if session.is_over(now) or self._keys.secret(session.access_key) is None:
            del self._sessions[digest]
            return None
        self._sessions[digest] = used = replace(session, used_at=now)
        return used

    def end(self, token: str | None) -> None:
        """Sign out; a token that is not known does no harm."""
        self._sessions.pop(_digest(token or ""), None)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
