"""What users may leave out or write in short, in full."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from tunesmith.core.space import Parameter, Space


def space_of(space: Space | Sequence[Parameter]) -> Space:
    """The space, also if the user has given its parameters."""
    return space if isinstance(space, Space) else Space(space)


def draw_seed() -> int:
    """A seed for a user who has given none."""
    return secrets.randbelow(2**31)


def fresh_name(stem: str, now: datetime) -> str:
    """A name for a tuning job that was given none: the stem, the time, and four random digits."""
    letters = "".join(c if c.isascii() and c.isalnum() else " " for c in stem)
    start = "-".join(letters[:11].split()) or "tuning"
    return f"{start}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
