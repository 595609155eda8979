"""The canonical form of a request, which is what AWS's Signature Version 4 signs.

Whatever this maps to one form must mean one thing to those who serve the request: a plus sign in a query is a space,
and repeated headers are one with commas.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote_to_bytes

ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = "-_.~"

Pairs = Sequence[tuple[bytes, bytes]]


def merge_headers(headers: Pairs) -> dict[bytes, bytes]:
    """Headers by their names in lower case: repeated ones joined by commas, runs of white space as one space."""
    merged: dict[bytes, bytes] = {}
    for name, value in headers:
        key, trimmed = name.lower(), b" ".join(value.split())
        merged[key] = b",".join((merged[key], trimmed)) if key in merged else trimmed
    return merged


def query_pairs(raw_query: bytes) -> list[tuple[bytes, bytes]]:
    """The decoded names and values of a query, in their order."""
    parts = (part.replace(b"+", b" ").partition(b"=") for part in raw_query.split(b"&") if part)
    return [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in parts]


def canonical_query(pairs: Pairs) -> str:
    """A query with everything encoded that can be, sorted."""
    encoded = sorted((quote(name, safe=_UNRESERVED), quote(value, safe=_UNRESERVED)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def canonical_path(raw_path: bytes, service: str) -> bytes:
    """A path as S3 signs it, which is as it is; or as others do: tidied and encoded a second time."""
    if service == "s3":
        return raw_path
    parts: list[bytes] = []
    for part in raw_path.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in {b"", b"."}:
            parts.append(part)
    slash = b"/" if parts and raw_path.endswith(b"/") else b""
    return b"/" + quote(b"/".join(parts), safe="/" + _UNRESERVED).encode() + slash


def canonical_request(
    method: str,
    path: bytes,
    query: str,
    headers: Mapping[bytes, bytes],
    signed: Sequence[bytes],
    payload: str,
) -> bytes:
    """All that is signed of a request; raises KeyError for a signed header that it does not have."""
    lines = [method.encode(), path, query.encode()]
    lines += [name + b":" + headers[name] for name in signed]
    return b"\n".join([*lines, b"", b";".join(signed), payload.encode()])


def string_to_sign(timestamp: str, scope: str, request: bytes) -> str:
    """What the signature of a canonical request is made of."""
    return "\n".join((ALGORITHM, timestamp, scope, hashlib.sha256(request).hexdigest()))


def signing_key(secret: str, scope: str) -> bytes:
    """The key for one day, region and service, derived from a secret access key."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def sign(key: bytes, text: str) -> str:
    """A signature, in hexadecimal."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def same(expected: str, given: str) -> bool:
    """Whether two signatures are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(expected.encode(), given.encode())
