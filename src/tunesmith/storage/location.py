"""What a user's text for a place means: a path on this machine, or an object of S3."""

from __future__ import annotations

from pathlib import Path

_S3 = "s3://"


def local_path(location: str, field: str) -> Path:
    """Give the absolute path of a local path or `file://` address.

    Raises ValueError, naming `field`, for other addresses and for text that is no path.
    """
    scheme, separator, rest = location.partition("://")
    if separator and scheme != "file":
        msg = f"{field}: {location!r} is not on this machine; give a local path or a file:// address"
        raise ValueError(msg)
    if not location or "\0" in location:
        msg = f"{field}: {location!r} is no path; give a local path or a file:// address"
        raise ValueError(msg)
    return Path(rest if separator else location).expanduser().absolute()


def is_s3(location: str) -> bool:
    """Whether a text is an address of S3."""
    return location.startswith(_S3)


def bucket_and_key(location: str, field: str) -> tuple[str, str]:
    """Split an `s3://bucket/key` address; the key may be empty. Raises ValueError, naming `field`, for others."""
    bucket, _, key = location.removeprefix(_S3).partition("/")
    if not is_s3(location) or not bucket or "\0" in location:
        msg = f"{field}: {location!r} is no address in S3; give s3://BUCKET/KEY"
        raise ValueError(msg)
    return bucket, key


def below(location: str, *names: str) -> str:
    """Give the location of something in the folder that a location names; local ones become absolute paths."""
    if is_s3(location):
        return "/".join((location.rstrip("/"), *names))
    return str(local_path(location, "location").joinpath(*names))


def check_location(location: str, field: str) -> None:
    """Raise ValueError, naming `field`, unless a text is a local path, a `file://` or an `s3://` address."""
    if is_s3(location):
        bucket_and_key(location, field)
    else:
        local_path(location, field)
