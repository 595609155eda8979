"""Checksums of contents, by the names that S3 gives them."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from tunesmith.storage.records import Checksum


class Digest(Protocol):
    """A checksum that grows with the content, as those of hashlib do."""

    def update(self, data: bytes, /) -> None:
        """Take in the next bytes."""

    def digest(self) -> bytes:
        """Give the checksum of all bytes so far."""


class Crc32:
    """The CRC of zlib, in the form of a Digest."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        """Take in the next bytes."""
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        """Give the checksum of all bytes so far."""
        return self._value.to_bytes(4, "big")


def _md5() -> Digest:
    return hashlib.md5(usedforsecurity=False)


def _sha1() -> Digest:
    return hashlib.sha1(usedforsecurity=False)


def _crc32c() -> Digest:
    from tunesmith.storage.wide_crc import CRC32C, WideCrc  # noqa: PLC0415 - loads numpy

    return WideCrc(CRC32C)


def _crc64nvme() -> Digest:
    from tunesmith.storage.wide_crc import CRC64NVME, WideCrc  # noqa: PLC0415 - loads numpy

    return WideCrc(CRC64NVME)


ALGORITHMS: Mapping[str, Callable[[], Digest]] = MappingProxyType(
    {"CRC32": Crc32, "CRC32C": _crc32c, "CRC64NVME": _crc64nvme, "SHA1": _sha1, "SHA256": hashlib.sha256}
)
"""What a client may choose for the checksum of an object."""

DIGESTS: Mapping[str, Callable[[], Digest]] = MappingProxyType({"MD5": _md5, **ALGORITHMS})
"""All that can be made of a content."""


def composite(algorithm: str, parts: list[bytes]) -> Checksum:
    """Make the checksum of an object from those of its parts."""
    digest = ALGORITHMS[algorithm]()
    digest.update(b"".join(parts))
    return Checksum(algorithm, f"{b64encode(digest.digest()).decode()}-{len(parts)}", composite=True)


def multipart_etag(parts: list[str]) -> str:
    """Make the etag of an object from those of its parts."""
    digest = _md5()
    digest.update(b"".join(bytes.fromhex(etag) for etag in parts))
    return f"{digest.digest().hex()}-{len(parts)}"
