"""What is known of the objects of a store, and how it is written to disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import msgspec


@dataclass(frozen=True)
class Bucket:
    """A bucket."""

    name: str
    created_at: datetime


@dataclass(frozen=True)
class Checksum:
    """A checksum that a client has asked for, beside the etag."""

    algorithm: str  # CRC32, CRC32C, CRC64NVME, SHA1 or SHA256
    value: str  # in base64; of a composite, with "-" and the number of parts at its end
    composite: bool = False  # of the parts' checksums rather than of the content


@dataclass(frozen=True, kw_only=True)
class Properties:
    """What a client says of an object, kept for those who read it."""

    content_type: str = "binary/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)  # by names in lower case
    headers: Mapping[str, str] = field(
        default_factory=dict
    )  # as Content-Encoding, given back with the content


PLAIN = Properties()
"""Nothing in particular."""


@dataclass(frozen=True, kw_only=True)
class ObjectInfo:
    """All that is known of an object, or of a part of a multipart upload."""

    key: str
    size: int  # bytes
    etag: str  # without quotes: the MD5 of the content, or of the MD5s of N parts with "-N" at its end
    modified_at: datetime
    properties: Properties = PLAIN
    checksum: Checksum | None = None
    parts: tuple[int, ...] = ()  # sizes of the parts that a multipart upload had
    upload: str | None = None  # the multipart upload that it was
    file: str = ""  # name of the file with the content

    @property
    def content_type(self) -> str:
        """The media type of the content."""
        return self.properties.content_type

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the user has noted of the object."""
        return self.properties.metadata


Check: TypeAlias = Callable[[ObjectInfo | None], None]
"""Looks at what is there before it is replaced, and raises to forbid it."""


def anything(_there: ObjectInfo | None) -> None:
    """Allow every replacement: the `Check` of those who do not care."""


_DECODER = msgspec.json.Decoder(ObjectInfo)


def read(path: Path) -> ObjectInfo | None:
    """Read a record; None if there is none, or none that is whole, as after a power failure."""
    try:
        return _DECODER.decode(path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return None
