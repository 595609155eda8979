"""Values as S3's documents spell them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

from tunesmith.api.s3.documents import Node
from tunesmith.api.s3.errors import invalid_argument
from tunesmith.api.s3.headers import checksum_type
from tunesmith.api.s3.request import S3Request
from tunesmith.storage.records import Checksum

OWNER: list[Node] = [("ID", "tunesmith"), ("DisplayName", "tunesmith")]
"""Whoever owns whatever there is."""


def moment(at: datetime) -> str:
    """Write a moment."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def boolean(value: bool) -> str:
    """Write a truth value."""
    return "true" if value else "false"


def etag(value: str) -> str:
    """Write an etag."""
    return f'"{value}"'


def checksum_nodes(checksum: Checksum | None) -> list[Node]:
    """Write the checksum of an object or a part, if it has one."""
    if checksum is None:
        return []
    kind = checksum_type(composite=checksum.composite)
    return [(f"Checksum{checksum.algorithm}", checksum.value), ("ChecksumType", kind)]


def encoding(request: S3Request) -> Callable[[str], str]:
    """Give the way in which the client wants keys to be written; raises S3Error."""
    said = request.query.get("encoding-type")
    if said not in {None, "url"}:
        raise invalid_argument(name="encoding-type", value=said or "", allowed="url")
    return (lambda text: quote(text, safe="/")) if said else str


def encoding_nodes(request: S3Request) -> list[Node]:
    """Say in which way keys are written."""
    return [("EncodingType", "url")] if "encoding-type" in request.query else []


def write_token(after: str) -> str:
    """Make a continuation token of what a listing goes on behind."""
    return urlsafe_b64encode(after.encode()).decode()


def read_token(token: str) -> str:
    """Give what a listing goes on behind; raises S3Error."""
    try:
        return urlsafe_b64decode(token.encode("ascii")).decode()
    except ValueError:
        allowed = "the NextContinuationToken of the page before"
        raise invalid_argument(name="continuation-token", value=token, allowed=allowed) from None
