"""A request as the operations see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_to_bytes

from tunesmith.api.s3.errors import Code, S3Error, invalid_argument


@dataclass(frozen=True, kw_only=True)
class S3Request:
    """What is asked, of what."""

    method: str
    bucket: str = ""  # empty: of the service
    key: str = ""  # empty: of the bucket
    query: Mapping[str, str]
    headers: Mapping[str, str]  # found by names in lower case
    region: str = "us-east-1"  # where the server pretends to be

    def number(self, name: str, default: int, least: int = 0, most: int = 2**31 - 1) -> int:
        """Give a number of the query; raises S3Error if it is none or not in the range."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):
            raise invalid_argument(name=name, value=text, allowed=f"a whole number from {least} to {most}")
        return int(text)


def read_request(
    method: str,
    raw_path: bytes,
    raw_query: bytes,
    headers: Mapping[str, str],
    hosts: Collection[str],
    region: str,
) -> S3Request:
    """Make sense of a request: which bucket and key it is about, by its path or by its host; raises S3Error."""
    path = raw_path.removeprefix(b"/")
    bucket = bucket_of_host(headers.get("host", ""), hosts)
    if not bucket:
        name, _, path = path.partition(b"/")
        bucket = _text(name)
    return S3Request(
        method=method,
        bucket=bucket,
        key=_text(path),
        query=_query(raw_query),
        headers=headers,
        region=region,
    )


def bucket_of_host(host: str, hosts: Collection[str]) -> str:
    """Give the bucket in front of one of the server's own names, empty if there is none."""
    name = host.lower().rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host.lower()
    own = max(
        (known.lower() for known in hosts if f".{name}".endswith(f".{known.lower()}")), key=len, default=""
    )
    return name.removesuffix(own).removesuffix(".") if own else ""


def _text(escaped: bytes) -> str:
    try:
        return unquote_to_bytes(escaped).decode()
    except UnicodeDecodeError:
        raise S3Error(Code.INVALID_URI, "The path is not the percent-encoded form of UTF-8 text.") from None


def _query(raw: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError:  # UnicodeDecodeError is one
        raise S3Error(Code.INVALID_URI, "The query is not the percent-encoded form of UTF-8 text.") from None


def source_of(request: S3Request) -> tuple[str, str]:
    """Give the bucket and key of what is to be copied; raises S3Error."""
    said = request.headers["x-amz-copy-source"]
    path, _, version = said.partition("?versionId=")
    if version not in {"", "null"}:
        raise S3Error(Code.NO_SUCH_VERSION, f"There is no version {version!r}: nothing here has versions.")
    bucket, _, key = _text(path.removeprefix("/").encode("latin-1")).partition("/")
    if not bucket or not key:
        raise invalid_argument(name="x-amz-copy-source", value=said, allowed="BUCKET/KEY, percent-encoded")
    return bucket, key
