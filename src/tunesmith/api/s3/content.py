"""The body of a request: how it is framed, how long it is, and whether it is what the client has meant to send."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from tunesmith.api.s3.chunked import ChunkedDecoder, ChunkVerifier
from tunesmith.api.s3.errors import Code, S3Error, invalid_argument
from tunesmith.storage.checksums import ALGORITHMS, DIGESTS
from tunesmith.storage.staging import Staged

PREFIX = "x-amz-checksum-"
"""What the names of headers with checksums begin with."""

LARGEST_PUT = 5 * 2**30
"""Bytes of an object or part that is sent in one request."""

UNSIGNED = "UNSIGNED-PAYLOAD"
_STREAMING = {
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
}
_SHA256 = re.compile("[0-9a-f]{64}")


class Signed(Protocol):
    """What the signature of a request says of its body."""

    @property
    def payload(self) -> str:
        """The body's SHA-256 in hexadecimal, or one of S3's words for something else."""

    @property
    def chunks(self) -> ChunkVerifier | None:
        """What checks the chunks of a body that is signed in chunks."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """What the headers say of a body."""

    size: int  # bytes of the content, without framing
    payload: str  # as in Signed
    verifier: ChunkVerifier | None
    checksums: Mapping[str, bytes]  # that the content must have, by algorithm
    trailer: str | None  # the algorithm of a checksum that comes after the content

    @property
    def is_chunked(self) -> bool:
        """Whether the body is framed as aws-chunked."""
        return self.payload in _STREAMING

    @property
    def algorithm(self) -> str | None:
        """The one of the checksum that the object shall keep."""
        return self.trailer or next((name for name in self.checksums if name in ALGORITHMS), None)

    @property
    def digests(self) -> Collection[str]:
        """What must be made of the content to check it."""
        signed = {"SHA256"} if _SHA256.fullmatch(self.payload) else set()
        return {*self.checksums, *signed, *([self.trailer] if self.trailer else [])}


def read_content(
    headers: Mapping[str, str], signed: Signed | None, most: int, *, has_checksum: bool = True
) -> Content:
    """Say what to expect of a body of at most `most` bytes; raises S3Error.

    `has_checksum` is False where the headers' checksum is one of something else.
    """
    payload = signed.payload if signed else headers.get("x-amz-content-sha256", UNSIGNED)
    if not (payload in _STREAMING or payload == UNSIGNED or _SHA256.fullmatch(payload)):
        raise invalid_argument(
            name="x-amz-content-sha256",
            value=payload,
            allowed="a SHA-256 in hexadecimal or one of S3's words",
        )
    content = Content(
        size=_size(headers, "x-amz-decoded-content-length" if payload in _STREAMING else "content-length"),
        payload=payload,
        verifier=signed.chunks if signed else None,
        checksums=_checksums(headers, has_checksum=has_checksum),
        trailer=_trailer(headers) if payload.endswith("-TRAILER") else None,
    )
    if content.size > most:
        msg = f"The body has {content.size} bytes; at most {most} are allowed here."
        raise S3Error(Code.ENTITY_TOO_LARGE, msg)
    return content


class ContentReader:
    """Writes a body to a file and checks that it is what it should be."""

    def __init__(self, content: Content, staged: Staged) -> None:
        self._content, self._staged = content, staged
        self._decoder = (
            ChunkedDecoder(self._take, content.verifier, has_trailer=content.payload.endswith("-TRAILER"))
            if content.is_chunked
            else None
        )

    def feed(self, data: bytes) -> None:
        """Take in the next bytes of the body; raises S3Error, or what the verifier of chunks raises."""
        (self._decoder.feed if self._decoder else self._take)(data)

    def finish(self) -> None:
        """Check the whole; raises S3Error."""
        if self._decoder:
            self._decoder.finish()
        if self._staged.size != self._content.size:
            raise S3Error(
                Code.INCOMPLETE_BODY, f"The content has {self._staged.size} of {self._content.size} bytes."
            )
        if _SHA256.fullmatch(self._content.payload):
            self._check_payload()
        for name, expected in {**self._content.checksums, **self._trailing()}.items():
            if self._staged.digest(name) != expected:
                msg = f"The {name} you specified did not match the calculated checksum."
                raise S3Error(Code.BAD_DIGEST, msg)

    def _take(self, data: bytes) -> None:
        if self._staged.size + len(data) > self._content.size:
            raise S3Error(
                Code.INCOMPLETE_BODY, f"The content has more than the {self._content.size} bytes announced."
            )
        self._staged.write(data)

    def _check_payload(self) -> None:
        if self._staged.digest("SHA256").hex() != self._content.payload:
            msg = "The provided 'x-amz-content-sha256' header does not match what was computed."
            raise S3Error(Code.CONTENT_SHA256_MISMATCH, msg)

    def _trailing(self) -> Mapping[str, bytes]:
        name = self._content.trailer
        if name is None or self._decoder is None:
            return {}
        header = f"{PREFIX}{name.lower()}"
        if header not in self._decoder.trailers:
            raise S3Error(
                Code.MALFORMED_TRAILER_ERROR, f"The body lacks the trailer {header}, which was announced."
            )
        return {name: _decoded(name, header, self._decoder.trailers[header])}


def _size(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name)
    if text is None:
        raise S3Error(Code.MISSING_CONTENT_LENGTH, f"You must provide the {name} HTTP header.")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise invalid_argument(name=name, value=text, allowed="a number of bytes")
    return int(text)


def _checksums(headers: Mapping[str, str], *, has_checksum: bool) -> Mapping[str, bytes]:
    said = {name: headers[PREFIX + name.lower()] for name in ALGORITHMS if PREFIX + name.lower() in headers}
    if len(said) > 1:
        msg = "Expecting a single x-amz-checksum- header. Multiple checksum types are not allowed."
        raise S3Error(Code.INVALID_REQUEST, msg)
    found = {name: _decoded(name, PREFIX + name.lower(), text) for name, text in said.items()}
    md5 = headers.get("content-md5")
    return {
        **(found if has_checksum else {}),
        **({} if md5 is None else {"MD5": _decoded("MD5", "Content-MD5", md5)}),
    }


def _trailer(headers: Mapping[str, str]) -> str | None:
    """Give the algorithm of the checksum that was announced as a trailer."""
    names = [name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",")]
    for name in ALGORITHMS:
        if PREFIX + name.lower() in names:
            return name
    return None


def _decoded(algorithm: str, header: str, text: str) -> bytes:
    try:
        value = b64decode(text, validate=True)
    except ValueError:
        value = b""
    if len(value) != len(DIGESTS[algorithm]().digest()):
        code = Code.INVALID_DIGEST if algorithm == "MD5" else Code.INVALID_REQUEST
        raise S3Error(code, f"Value for {header} header is invalid: {text!r} is no {algorithm} in base64.")
    return value
