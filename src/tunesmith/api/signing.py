"""Verification of AWS's Signature Version 4: that the holder of a secret access key sent just this request, just now.

The canonical form is built from the headers that the client says it has signed, so that any client's choice will do,
as long as it has signed all that decides what the request does.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tunesmith.api import signature_canonical as canonical
from tunesmith.api.signature_canonical import Pairs
from tunesmith.api.signature_chunks import SIGNED_CHUNKS, SIGNED_CHUNKS_AND_TRAILER, ChunkVerifier
from tunesmith.api.signature_claim import TIMESTAMP, Claim, read_claim, service_of, service_of_target
from tunesmith.api.signature_errors import Fault, SignatureError, refusal

__all__ = [
    "SIGNED_CHUNKS",
    "SIGNED_CHUNKS_AND_TRAILER",
    "UNSIGNED_CHUNKS",
    "UNSIGNED_PAYLOAD",
    "ChunkVerifier",
    "Identity",
    "SignatureError",
    "SignedRequest",
    "Verifier",
    "service_of",
]

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_WORDS_FOR_PAYLOADS = {UNSIGNED_PAYLOAD, UNSIGNED_CHUNKS, SIGNED_CHUNKS, SIGNED_CHUNKS_AND_TRAILER}
_SHA256 = re.compile("[0-9a-f]{64}")
_SKEW = timedelta(minutes=15)  # between the client's clock and ours


@dataclass(frozen=True)
class SignedRequest:
    """A request as it came over the wire, nothing decoded."""

    method: str
    raw_path: bytes  # without the query
    raw_query: bytes
    headers: Pairs
    body: bytes | None = None  # None: not read yet, which only S3 can do with


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who has signed a request, and for what."""

    access_key: str
    service: str
    region: str
    payload: str  # the body's SHA-256 in hexadecimal, which for S3 its reader must check; or one of S3's words for more
    is_presigned: bool = False
    chunks: ChunkVerifier | None = field(default=None, repr=False)  # of a body in signed chunks


class Verifier:
    """Verifies requests against the secrets of access keys."""

    def __init__(self, keys: Callable[[str], str | None], clock: Callable[[], datetime]) -> None:
        self._secret = keys  # of an access key's id; None if there is no such key
        self._clock = clock

    def verify(self, request: SignedRequest) -> Identity:
        """Say who has signed a request; raises SignatureError with the code of the service that it is for."""
        headers, query = canonical.merge_headers(request.headers), canonical.query_pairs(request.raw_query)
        claim = read_claim(headers, query)
        _check_scope(claim, headers)
        self._check_time(claim)
        _check_signed(claim, headers)
        payload = _payload(claim, request, headers, query)
        key = canonical.signing_key(self._known_secret(claim), claim.scope)
        form = _canonical_request(claim, request, headers, query, payload)
        expected = canonical.sign(key, canonical.string_to_sign(claim.timestamp, claim.scope, form))
        if not canonical.same(expected, claim.signature):
            raise _mismatch(claim)
        is_chunked = payload in {SIGNED_CHUNKS, SIGNED_CHUNKS_AND_TRAILER}
        return Identity(
            access_key=claim.access_key,
            service=claim.service,
            region=claim.region,
            payload=payload,
            is_presigned=claim.expires is not None,
            chunks=ChunkVerifier(key, claim.timestamp, claim.scope, expected) if is_chunked else None,
        )

    def _known_secret(self, claim: Claim) -> str:
        secret = self._secret(claim.access_key)
        if secret is None:
            msg = (
                "The security token included in the request is invalid: "
                f"the access key {claim.access_key!r} does not exist; `tunesmith keys list` shows those that do."
            )
            raise refusal(Fault.UNKNOWN_KEY, claim.service, msg)
        return secret

    def _check_time(self, claim: Claim) -> None:
        now = self._clock()
        is_presigned = claim.expires is not None
        fault = Fault.EXPIRED if is_presigned else Fault.SKEWED
        validity = timedelta(seconds=claim.expires) if claim.expires is not None else _SKEW
        if claim.signed_at < now - validity:
            msg = f"Signature expired: {claim.timestamp} is now earlier than {_span(now, -validity)}."
            raise refusal(fault, claim.service, msg)
        if claim.signed_at > now + _SKEW:
            msg = f"Signature not yet current: {claim.timestamp} is still later than {_span(now, _SKEW)}."
            raise refusal(fault, claim.service, msg)


def _span(now: datetime, shift: timedelta) -> str:
    """A time away from now, with what it was made of, as AWS writes it."""
    sign, minutes = "-+"[shift > timedelta()], abs(shift).total_seconds() / 60
    return f"{now + shift:{TIMESTAMP}} ({now:{TIMESTAMP}} {sign} {minutes:g} min.)"


def _check_scope(claim: Claim, headers: Mapping[bytes, bytes]) -> None:
    signed_on = claim.timestamp[:8]
    if claim.date != signed_on:
        msg = f"The credential's date {claim.date} must be the date of signing, {signed_on}."
        raise refusal(Fault.WRONG_SCOPE, claim.service, msg)
    target = service_of_target(headers)
    if target not in {None, claim.service}:
        msg = f"Credential should be scoped to correct service: {target!r}, not {claim.service!r}."
        raise refusal(Fault.WRONG_SCOPE, claim.service, msg)


def _check_signed(claim: Claim, headers: Mapping[bytes, bytes]) -> None:
    """See to it that nothing that decides what the request does could be changed: x-amz-target, to name one."""
    needed = {b"host"} | {name for name in headers if name.startswith(b"x-amz-")}
    unsigned = sorted(needed - set(claim.signed_headers))
    if unsigned:
        names = b", ".join(unsigned).decode("latin-1")
        msg = f"There were headers present in the request which were not signed: {names} must be in SignedHeaders."
        raise refusal(Fault.UNSIGNED_HEADER, claim.service, msg)


def _payload(claim: Claim, request: SignedRequest, headers: Mapping[bytes, bytes], query: Pairs) -> str:
    """What is signed of the body: its hash, or for S3 what the client says of it."""
    if claim.service != "s3":
        return hashlib.sha256(request.body or b"").hexdigest()
    said = headers.get(b"x-amz-content-sha256") or dict(query).get(b"X-Amz-Content-Sha256", b"")
    payload = said.decode("latin-1")
    if not said and claim.expires is not None:
        return UNSIGNED_PAYLOAD
    if payload in _WORDS_FOR_PAYLOADS or _SHA256.fullmatch(payload):
        return payload
    choices = ", ".join(sorted(_WORDS_FOR_PAYLOADS))
    msg = f"x-amz-content-sha256 is {payload!r}; it must be a SHA-256 in hexadecimal, {choices}."
    raise refusal(Fault.BAD_PAYLOAD, claim.service, msg)


def _canonical_request(
    claim: Claim, request: SignedRequest, headers: Mapping[bytes, bytes], query: Pairs, payload: str
) -> bytes:
    is_presigned = claim.expires is not None
    signed_query = [pair for pair in query if not (is_presigned and pair[0] == b"X-Amz-Signature")]
    path = canonical.canonical_path(request.raw_path, claim.service)
    try:
        return canonical.canonical_request(
            request.method,
            path,
            canonical.canonical_query(signed_query),
            headers,
            claim.signed_headers,
            payload,
        )
    except KeyError as absent:
        raise _mismatch(claim, f" The request has no header {absent.args[0].decode('latin-1')!r}.") from None


def _mismatch(claim: Claim, more: str = "") -> SignatureError:
    msg = (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
        f"Access Key, and that no proxy changes the request on its way, the Host header above all.{more}"
    )
    return refusal(Fault.MISMATCH, claim.service, msg)
