"""Where on this machine a user's text points to."""

from __future__ import annotations

from pathlib import Path


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
