"""The access keys that clients sign their requests with, in a file that only its owner may read.

A signature is verified with the secret itself, so the file has to hold the secrets as they are.
"""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from tunesmith.storage.exclusive import exclusive
from tunesmith.storage.private_file import write_private

FILE_NAME = "keys.json"

_PREFIX = "TSAK"
_ID_LETTERS = string.ascii_uppercase + "234567"
_SECRET_LETTERS = string.ascii_letters + string.digits  # nothing that a shell or a URL would change

_Stamp: TypeAlias = tuple[int, int, int] | None


class KeysError(Exception):
    """The access keys cannot be read, or there is no such key; the message is meant for the user."""


@dataclass(frozen=True, kw_only=True)
class AccessKey:
    """The right to use a server."""

    id: str
    secret: str = field(repr=False)
    label: str  # what it is for, in the user's words
    created_at: datetime


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class Keys:
    """The access keys in a file, which may be changed by several processes at a time.

    Threads may share an object. What another process does to the keys holds at once.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime] = _now) -> None:
        self._path = path
        self._clock = clock
        self._known: tuple[_Stamp, dict[str, AccessKey]] = (None, {})

    def list(self) -> tuple[AccessKey, ...]:
        """All access keys, the oldest first."""
        return tuple(self._read().values())

    def secret(self, access_key: str) -> str | None:
        """The secret of an access key by its id, None if there is no such key."""
        key = self._read().get(access_key)
        return None if key is None else key.secret

    def create(self, label: str) -> AccessKey:
        """Make a new access key."""
        with self._writing():
            return self._add(label)

    def labelled(self, label: str) -> AccessKey:
        """The newest access key with a label, which is made if there is none."""
        with self._writing():
            found = [key for key in self._read().values() if key.label == label]
            return found[-1] if found else self._add(label)

    def revoke(self, access_key: str) -> AccessKey:
        """Remove an access key; requests that are signed with it are refused from now on. Raises KeysError."""
        self._find(access_key)  # before anything is created
        with self._writing():
            revoked = self._find(access_key)
            self._write({id_: key for id_, key in self._read().items() if id_ != access_key})
        return revoked

    def _find(self, access_key: str) -> AccessKey:
        try:
            return self._read()[access_key]
        except KeyError:
            msg = f"there is no access key {access_key!r} in {self._path}"
            raise KeysError(msg) from None

    def _writing(self) -> AbstractContextManager[int]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return exclusive(self._path.with_name(f"{self._path.name}.lock"))

    def _add(self, label: str) -> AccessKey:
        key = AccessKey(
            id=_PREFIX + _random(_ID_LETTERS, 16),
            secret=_random(_SECRET_LETTERS, 40),
            label=label,
            created_at=self._clock(),
        )
        self._write({**self._read(), key.id: key})
        return key

    def _read(self) -> dict[str, AccessKey]:
        stamp = self._stamp()
        if self._known[0] != stamp:
            self._known = (stamp, {} if stamp is None else self._load())
        return self._known[1]

    def _stamp(self) -> _Stamp:
        """What tells one version of the file from another: each is a new file."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _load(self) -> dict[str, AccessKey]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))["keys"]
            return {entry["id"]: _key(entry) for entry in entries}
        except (KeyError, TypeError, ValueError) as error:
            msg = f"{self._path} does not hold access keys: {type(error).__name__}: {error}"
            raise KeysError(msg) from error

    def _write(self, keys: dict[str, AccessKey]) -> None:
        entries = [{**asdict(key), "created_at": key.created_at.isoformat()} for key in keys.values()]
        write_private(self._path, json.dumps({"keys": entries}, indent=2))


def _random(letters: str, length: int) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))


def _key(entry: dict[str, str]) -> AccessKey:
    return AccessKey(
        id=entry["id"],
        secret=entry["secret"],
        label=entry["label"],
        created_at=datetime.fromisoformat(entry["created_at"]),
    )
