"""What is said of an object in headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import format_datetime

from tunesmith.api.s3.errors import Code, S3Error, invalid_argument
from tunesmith.storage.records import Checksum, ObjectInfo, Properties

_KEPT = ("cache-control", "content-disposition", "content-encoding", "content-language", "expires")
_METADATA = "x-amz-meta-"
_MOST_METADATA = 2048  # bytes, of names and values
_OVERRIDES = ("content-type", *_KEPT)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_REFUSED = (
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-write-offset-bytes",
)


def read_properties(headers: Mapping[str, str]) -> Properties:
    """Say what an object shall be given, by the headers of the request that makes it; raises S3Error."""
    for name in _REFUSED:
        if name in headers:
            raise S3Error(
                Code.INVALID_REQUEST, f"The header {name} asks for something that is not offered here."
            )
    metadata = {
        name.removeprefix(_METADATA): value for name, value in headers.items() if name.startswith(_METADATA)
    }
    if sum(len(name) + len(value) for name, value in metadata.items()) > _MOST_METADATA:
        msg = f"Your metadata headers exceed the maximum allowed metadata size of {_MOST_METADATA} bytes."
        raise S3Error(Code.METADATA_TOO_LARGE, msg)
    kept = {name: headers[name] for name in _KEPT if headers.get(name)}
    encodings = [name.strip() for name in kept.get("content-encoding", "").split(",")]
    if "aws-chunked" in encodings:  # the framing of the request, not of the object
        kept["content-encoding"] = ",".join(name for name in encodings if name != "aws-chunked")
    return Properties(
        content_type=headers.get("content-type") or Properties().content_type,
        metadata=metadata,
        headers={name: value for name, value in kept.items() if value},
    )


def object_headers(info: ObjectInfo, query: Mapping[str, str]) -> dict[str, str]:
    """Describe an object to those who get it; the query may ask for other headers. Raises S3Error."""
    return {
        **identity_headers(info),
        "accept-ranges": "bytes",
        "content-type": info.properties.content_type,
        **info.properties.headers,
        **{_METADATA + name: value for name, value in info.properties.metadata.items()},
        **_overrides(query),
    }


def identity_headers(info: ObjectInfo) -> dict[str, str]:
    """Say which version of an object this is."""
    return {
        "etag": f'"{info.etag}"',
        "last-modified": format_datetime(info.modified_at, usegmt=True),
    }


def checksum_headers(checksum: Checksum | None) -> dict[str, str]:
    """Give the checksum of an object or a part, if it has one."""
    if checksum is None:
        return {}
    return {
        f"x-amz-checksum-{checksum.algorithm.lower()}": checksum.value,
        "x-amz-checksum-type": checksum_type(composite=checksum.composite),
    }


def checksum_type(*, composite: bool) -> str:
    """Give S3's word for what a checksum is made of."""
    return "COMPOSITE" if composite else "FULL_OBJECT"


def _overrides(query: Mapping[str, str]) -> dict[str, str]:
    found = {name: query[f"response-{name}"] for name in _OVERRIDES if f"response-{name}" in query}
    for name, value in found.items():
        if not _HEADER_VALUE.fullmatch(value):
            raise invalid_argument(
                name=f"response-{name}", value=value, allowed="something that a header can hold"
            )
    return found
