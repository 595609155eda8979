"""The signatures inside of a body that is sent to S3 in signed chunks (STREAMING-AWS4-HMAC-SHA256-PAYLOAD)."""

from __future__ import annotations

import hashlib

from tunesmith.api.signature_canonical import Pairs, merge_headers, same, sign
from tunesmith.api.signature_errors import Fault, refusal

SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_CHUNKS_AND_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"

_EMPTY = hashlib.sha256().hexdigest()


class ChunkVerifier:
    """Checks the chunks of one body in their order: each signature covers the one before, the first the request's.

    A body is whole only when its last chunk, which is empty, has passed, and then its trailer if it has one.
    """

    def __init__(self, key: bytes, timestamp: str, scope: str, seed: str) -> None:
        self._key = key
        self._place = f"{timestamp}\n{scope}"
        self._previous = seed

    def check(self, signature: str, sha256: str) -> None:
        """Check the next chunk by its SHA-256 in hexadecimal; raises SignatureError if another was signed."""
        self._advance("AWS4-HMAC-SHA256-PAYLOAD", f"{_EMPTY}\n{sha256}", signature)

    def trailer(self, signature: str, headers: Pairs) -> None:
        """Check the headers after the last chunk, x-amz-trailer-signature left out; raises SignatureError."""
        lines = b"".join(
            name + b":" + value + b"\n" for name, value in sorted(merge_headers(headers).items())
        )
        self._advance("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(lines).hexdigest(), signature)

    def _advance(self, kind: str, content: str, signature: str) -> None:
        expected = sign(self._key, f"{kind}\n{self._place}\n{self._previous}\n{content}")
        if not same(expected, signature):
            msg = "The signature of a chunk of the body does not match the chunk."
            raise refusal(Fault.MISMATCH, "s3", msg)
        self._previous = expected
