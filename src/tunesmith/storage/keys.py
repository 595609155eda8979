"""The names of objects as names of files."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote_to_bytes

from tunesmith.storage.errors import InvalidBucketName, InvalidKey

LONGEST = 1024
"""Bytes of the longest key."""

_SUFFIX = ".json"  # also keeps a file from being called "." or ".."
_LONGEST_READABLE = 200  # file systems take names of 255 bytes, some encrypted ones less
_READABLE_START = 60
# Upper-case letters are escaped, too: not every file system tells them from lower-case ones.
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-")
_ESCAPES = tuple(
    chr(byte) if byte in _PLAIN else "+" if byte == 0x2F else f"%{byte:02x}" for byte in range(256)
)
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")


def check_bucket(name: str) -> str:
    """Return the name if a bucket can have it; raises InvalidBucketName."""
    if not _BUCKET.fullmatch(name):
        msg = (
            f"bucket: {name!r} is no name for a bucket: 3 to 63 lower-case letters, digits, dots and hyphens, "
            "with a letter or digit at either end, and no two dots together"
        )
        raise InvalidBucketName(msg)
    return name


def file_name(key: str) -> str:
    """Give the file of a key in the folder of its bucket: one for each key, without a folder in it.

    Raises InvalidKey for a key that is empty, longer than 1024 bytes, or not Unicode text.
    """
    escaped = escape(check_key(key))
    if len(escaped) <= _LONGEST_READABLE:
        return escaped + _SUFFIX
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{escaped[:_READABLE_START]}~{digest}{_SUFFIX}"


def escape(text: str) -> str:
    """Spell text with characters that are safe in the names of files; what starts the text starts its spelling."""
    return "".join([_ESCAPES[byte] for byte in text.encode()])


def key_of(name: str) -> str | None:
    """Give the key whose file has this name, None if the name does not tell: the key is long."""
    if "~" in name:
        return None
    spelled = name.removesuffix(_SUFFIX).replace("+", "/")
    return unquote_to_bytes(spelled).decode() if "%" in spelled else spelled


def check_key(key: str) -> str:
    """Return the key if an object can have it; raises InvalidKey."""
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        msg = f"key: {key!r} is not Unicode text"
        raise InvalidKey(msg) from None
    if not 1 <= length <= LONGEST:
        msg = f"key: {key[:50]!r}... has {length} bytes; keys have 1 to {LONGEST}"
        raise InvalidKey(msg)
    return key
