"""The aws-chunked framing, in which S3's clients send bodies whose checksum or signatures come along or after.

SIZE[;chunk-signature=HEX]CRLF  BYTES CRLF  ...  0[;chunk-signature=HEX]CRLF  [NAME:VALUE CRLF ...]  CRLF
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator
from typing import Protocol

from tunesmith.api.s3.errors import Code, S3Error

_LONGEST_LINE = 4096  # bytes
_MOST_TRAILERS = 16
_HEAD = re.compile(rb"([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?")
_TRAILER_SIGNATURE = b"x-amz-trailer-signature"
_END = object()


class ChunkVerifier(Protocol):
    """Checks the signatures of a body in signed chunks, in their order; raises an ApiError."""

    def check(self, signature: str, sha256: str) -> None:
        """Check a chunk, the empty one at the end too, by its SHA-256 in hexadecimal."""

    def trailer(self, signature: str, headers: list[tuple[bytes, bytes]]) -> None:
        """Check what follows the chunks."""


class ChunkedDecoder:
    """Takes a body apart as it arrives, in pieces of any size, and hands its content to `write`."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        verifier: ChunkVerifier | None = None,
        *,
        has_trailer: bool = False,
    ) -> None:
        self._write, self._verifier, self._has_trailer = write, verifier, has_trailer
        self._waiting = bytearray()
        self._steps = self._body()
        self._is_whole = False
        self.trailers: dict[str, str] = {}  # names in lower case
        next(self._steps)

    def feed(self, data: bytes) -> None:
        """Take in the next bytes; raises S3Error, or what the verifier raises."""
        if self._is_whole and data:
            raise _malformed(why="bytes follow its end")
        self._waiting += data
        self._is_whole = next(self._steps, _END) is _END
        if self._is_whole and self._waiting:
            raise _malformed(why="bytes follow its end")

    def finish(self) -> None:
        """Say that nothing follows; raises S3Error if something must."""
        if not self._is_whole:
            raise S3Error(Code.INCOMPLETE_BODY, "The body ended before its last chunk.")

    def _body(self) -> Generator[None, None, None]:
        """Take steps as far as the bytes that wait allow."""
        yield
        while (yield from self._chunk()):
            pass
        signature = ""
        trailers = []
        while line := (yield from self._line()):
            name, value = _trailer(line)
            if name == _TRAILER_SIGNATURE:
                signature = value.decode("latin-1")
            else:
                trailers.append((name, value))
            if not self._has_trailer or len(trailers) > _MOST_TRAILERS:
                raise S3Error(Code.MALFORMED_TRAILER_ERROR, "The body has trailers that were not announced.")
        if self._verifier and self._has_trailer:
            self._verifier.trailer(signature, trailers)
        self.trailers = {name.decode("latin-1"): value.decode("latin-1") for name, value in trailers}

    def _chunk(self) -> Generator[None, None, bool]:
        """Take a chunk; False: it was the empty one at the end."""
        head = _HEAD.fullmatch((yield from self._line()))
        if head is None:
            raise _malformed(
                why="a chunk must begin with its size in hexadecimal, and its signature if it has one"
            )
        size, signature = int(head[1], 16), (head[2] or b"").decode()
        digest, left = hashlib.sha256(), size
        while left:
            piece = bytes(self._waiting[:left])
            del self._waiting[:left]
            left -= len(piece)
            if self._verifier:
                digest.update(piece)
            self._write(piece)
            if left:
                yield
        if self._verifier:
            self._verifier.check(signature, digest.hexdigest())
        if size and (yield from self._line()):
            raise _malformed(why="a chunk is longer than its size says")
        return size > 0

    def _line(self) -> Generator[None, None, bytes]:
        while (end := self._waiting.find(b"\r\n", 0, _LONGEST_LINE)) < 0:
            if len(self._waiting) >= _LONGEST_LINE:
                raise _malformed(why=f"a line has more than {_LONGEST_LINE} bytes")
            yield
        line = bytes(self._waiting[:end])
        del self._waiting[: end + 2]
        return line


def _trailer(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon:
        raise S3Error(Code.MALFORMED_TRAILER_ERROR, "A trailer of the body is not of the form NAME:VALUE.")
    return name.strip().lower(), value.strip()


def _malformed(why: str) -> S3Error:
    return S3Error(Code.INVALID_CHUNK_SIZE_ERROR, f"The body is not in the aws-chunked framing: {why}.")
