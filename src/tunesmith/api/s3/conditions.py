"""Requests that hold only if an object is, or is not, the one that the client knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tunesmith.api.s3.errors import Code, NotModified, S3Error, invalid_argument
from tunesmith.api.s3.headers import identity_headers
from tunesmith.storage.records import Check, ObjectInfo, anything


def check_read(info: ObjectInfo, headers: Mapping[str, str], prefix: str = "") -> None:
    """Check the conditions of a request that reads; raises S3Error, or NotModified if the client has it already.

    The names of the headers begin with `prefix`.
    """
    match, none_match = headers.get(f"{prefix}if-match"), headers.get(f"{prefix}if-none-match")
    unmodified = _moment(headers.get(f"{prefix}if-unmodified-since"))
    modified = _moment(headers.get(f"{prefix}if-modified-since"))
    changed_at = info.modified_at.replace(microsecond=0)  # headers have whole seconds
    if match is not None and not _matches(match, info):
        raise _failed(condition="If-Match")
    if match is None and unmodified is not None and changed_at > unmodified:
        raise _failed(condition="If-Unmodified-Since")
    if none_match is not None and _matches(none_match, info):
        raise NotModified(identity_headers(info))
    if none_match is None and modified is not None and changed_at <= modified:
        raise NotModified(identity_headers(info))


def check_source(headers: Mapping[str, str]) -> Check:
    """Give the check of what is copied, by the headers of the request."""

    def check(info: ObjectInfo | None) -> None:
        try:
            if info is not None:
                check_read(info, headers, "x-amz-copy-source-")
        except NotModified:
            raise _failed(condition="x-amz-copy-source") from None

    return check


def check_write(headers: Mapping[str, str]) -> Check:
    """Give the check of what is there before a request replaces or deletes it; raises S3Error."""
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if none_match not in {None, "*"}:
        raise invalid_argument(
            name="If-None-Match", value=none_match or "", allowed="* for a request that writes"
        )
    if match is None and none_match is None:
        return anything

    def check(there: ObjectInfo | None) -> None:
        if none_match is not None and there is not None:
            raise _failed(condition="If-None-Match")
        if match is not None and there is None:
            raise S3Error(Code.NO_SUCH_KEY, "There is no object that If-Match could be compared with.")
        if match is not None and there is not None and not _matches(match, there):
            raise _failed(condition="If-Match")

    return check


def _matches(etags: str, info: ObjectInfo) -> bool:
    known = {etag.strip().removeprefix("W/").strip('"') for etag in etags.split(",")}
    return "*" in known or info.etag in known


def _moment(text: str | None) -> datetime | None:
    """Read a date; one that is none is ignored, as HTTP has it."""
    try:
        moment = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _failed(condition: str) -> S3Error:
    return S3Error(Code.PRECONDITION_FAILED, f"The precondition you specified did not hold: {condition}.")
