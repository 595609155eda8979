"""One call of an operation, as the operation sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]
"""A structure of the service model: members by name, moments as timezone-aware datetimes."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A valid request, and where it came from."""

    operation: str
    request: Json  # only members that the model knows, checked against it
    region: str = "us-east-1"  # of the credential scope
    account: str = "000000000000"
    invocation: str | None = None  # the client's id of this call, the same over its retries


Operation: TypeAlias = Callable[[Call], Json | None]
"""Answers a call with a structure of the service model, or None for an empty body; raises ApiError."""
