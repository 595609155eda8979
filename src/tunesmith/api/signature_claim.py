"""What a request says of its signature, in its Authorization header or in the query of a presigned URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tunesmith.api.signature_canonical import ALGORITHM, Pairs, merge_headers, query_pairs
from tunesmith.api.signature_errors import SERVICES_OF_TARGETS, Fault, SignatureError, refusal

TIMESTAMP = "%Y%m%dT%H%M%SZ"
LONGEST_VALIDITY = 7 * 24 * 3600  # seconds, of a presigned URL

_CREDENTIAL = re.compile(r"([^/\s]+)/([0-9]{8})/([\w-]+)/([\w-]+)/aws4_request", re.ASCII)
_SCOPED_SERVICE = re.compile(rb"[,\s]Credential=(?:[^/,\s]*/){3}([^/,\s]+)")
_TIMESTAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_QUERY_NAMES = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature")
_OLD_QUERY = {b"AWSAccessKeyId", b"Signature"}  # of signature version 2, which S3 clients still have


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A signature, and the claims about who made it, when and of what; nothing of it is verified yet."""

    access_key: str
    scope: str  # date/region/service/aws4_request
    date: str  # of the scope, as 20251231
    region: str
    service: str
    signed_headers: tuple[bytes, ...]
    signature: str
    signed_at: datetime
    expires: int | None = None  # seconds that a presigned URL is good for; None: signed in the header

    @property
    def timestamp(self) -> str:
        """The time of signing as it is signed."""
        return self.signed_at.strftime(TIMESTAMP)


def service_of(headers: Pairs, raw_query: bytes) -> str | None:
    """The service that a request says it is for, None if it does not say.

    That is the service of the credential's scope, or else the one that X-Amz-Target belongs to. The words are the
    client's: `Verifier.verify` sees to it that they are signed, and that the two agree.
    """
    return _service(merge_headers(headers), query_pairs(raw_query))


def _service(headers: Mapping[bytes, bytes], query: Pairs) -> str | None:
    authorization = headers.get(b"authorization", b"")
    if found := _SCOPED_SERVICE.search(b" " + authorization):
        return found[1].decode("latin-1")
    names = dict(query)
    if (credential := names.get(b"X-Amz-Credential", b"").split(b"/"))[3:]:
        return credential[3].decode("latin-1")
    if authorization.startswith(b"AWS ") or names.keys() >= _OLD_QUERY:
        return "s3"
    return service_of_target(headers)


def service_of_target(headers: Mapping[bytes, bytes]) -> str | None:
    """The service that the operation in X-Amz-Target belongs to, None if there is none such."""
    prefix = headers.get(b"x-amz-target", b"").partition(b".")[0]
    return SERVICES_OF_TARGETS.get(prefix.decode("latin-1"))


def read_claim(headers: Mapping[bytes, bytes], query: Pairs) -> Claim:
    """Read what a request says of its signature; raises SignatureError if it has none that can be read."""
    service, names = _service(headers, query), {name for name, _ in query}
    is_presigned = bool(names & {b"X-Amz-Algorithm", b"X-Amz-Signature"})
    if b"authorization" in headers:
        if is_presigned:
            msg = "A request is signed in its Authorization header or in its query, not in both."
            raise refusal(Fault.MALFORMED_HEADER, service, msg)
        return _of_header(headers, service)
    if is_presigned:
        return _of_query(query, service)
    if names >= _OLD_QUERY:
        raise _unsupported(service)
    raise refusal(
        Fault.MISSING, service, "Access denied: the request is not signed (no Authorization header)."
    )


def _unsupported(service: str | None) -> SignatureError:
    hint = "for presigned URLs of boto3: Config(signature_version='s3v4')"
    msg = f"The authorization mechanism you have provided is not supported. Please use {ALGORITHM} ({hint})."
    return refusal(Fault.UNSUPPORTED, service, msg)


def _of_header(headers: Mapping[bytes, bytes], service: str | None) -> Claim:
    algorithm, _, rest = headers[b"authorization"].decode("latin-1").partition(" ")
    if algorithm != ALGORITHM:
        raise _unsupported(service)
    pairs = [(name.strip(), value.strip()) for name, _, value in (p.partition("=") for p in rest.split(","))]
    wanted = "Credential", "Signature", "SignedHeaders"
    names, values = zip(*sorted(pairs), strict=True)
    if names != wanted or not all(values):
        msg = f"The Authorization header must give {', '.join(wanted)}, each once and nothing else."
        raise refusal(Fault.MALFORMED_HEADER, service, msg)
    credential, signature, signed_headers = values
    date = _date_header(headers)
    return _claim(Fault.MALFORMED_HEADER, service, credential, signed_headers, signature, date)


def _date_header(headers: Mapping[bytes, bytes]) -> str:
    """The time of signing: X-Amz-Date, or else Date; empty if there is none.

    It is part of the string to sign, so Date need not be among the signed headers.
    """
    if b"x-amz-date" in headers:
        return headers[b"x-amz-date"].decode("latin-1")
    try:
        moment = parsedate_to_datetime(headers.get(b"date", b"").decode("latin-1"))
        # Without a zone it was written with -0000, which is UTC, too.
        return (moment.astimezone(UTC) if moment.tzinfo else moment).strftime(TIMESTAMP)
    except (ValueError, OverflowError):
        return ""


def _of_query(query: Pairs, service: str | None) -> Claim:
    fault, found = Fault.MALFORMED_QUERY, _once(query, service)
    if found["X-Amz-Algorithm"] != ALGORITHM:
        raise _unsupported(service)
    credential, date, expires, signed_headers, signature = map(found.__getitem__, _QUERY_NAMES)
    if not re.fullmatch("[0-9]{1,6}", expires) or not 1 <= int(expires) <= LONGEST_VALIDITY:
        msg = f"X-Amz-Expires is {expires!r}; it must be a number of seconds from 1 to {LONGEST_VALIDITY}."
        raise refusal(fault, service, msg)
    return _claim(fault, service, credential, signed_headers, signature, date, int(expires))


def _once(query: Pairs, service: str | None) -> dict[str, str]:
    """The parameters of a presigned URL, of which each must be there once."""
    names = [name.decode("latin-1") for name, _ in query]
    for name in ("X-Amz-Algorithm", *_QUERY_NAMES):
        if names.count(name) != 1:
            msg = f"A presigned URL must have the query parameter {name} once, not {names.count(name)} times."
            raise refusal(Fault.MALFORMED_QUERY, service, msg)
    return {name: value.decode("latin-1") for name, (_, value) in zip(names, query, strict=True)}


def _claim(
    fault: Fault,
    service: str | None,
    credential: str,
    signed_headers: str,
    signature: str,
    timestamp: str,
    expires: int | None = None,
) -> Claim:
    parts = _CREDENTIAL.fullmatch(credential)
    if parts is None or parts[4] != service:  # they differ only in a header that is made to mislead
        msg = f"The credential {credential!r} must be KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request."
        raise refusal(fault, service, msg)
    return Claim(
        access_key=parts[1],
        scope=credential.removeprefix(f"{parts[1]}/"),
        date=parts[2],
        region=parts[3],
        service=parts[4],
        signed_headers=tuple(signed_headers.encode("latin-1").split(b";")),
        signature=signature,
        signed_at=_moment(fault, service, timestamp),
        expires=expires,
    )


def _moment(fault: Fault, service: str | None, timestamp: str) -> datetime:
    try:
        if _TIMESTAMP.fullmatch(timestamp):
            return datetime.strptime(timestamp, TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:  # such as the 31st of February
        pass
    msg = f"The time of signing, X-Amz-Date, is {timestamp!r}; it must be like 20251231T235959Z."
    raise refusal(fault, service, msg)
