"""The clock of whoever is not given another one."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time now, timezone-aware."""
    return datetime.now(UTC)
