"""What users may leave out or write in short, in full."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from tunesmith.core.space import Config, Parameter, Space


def space_of(space: Space | Sequence[Parameter]) -> Space:
    """The space, also if the user has given its parameters. Raises TypeError for anything else."""
    if isinstance(space, Space):
        return space
    if isinstance(space, Mapping) or not isinstance(space, Iterable):
        msg = f"space: must be a Space, or a list of Continuous, Integer and Categorical, got {space!r}"
        raise TypeError(msg)
    return Space(space)


def configs_of(initial: Sequence[Config]) -> tuple[Config, ...]:
    """The configurations to try first. Raises TypeError for one that is not in a list."""
    if isinstance(initial, Mapping):
        msg = f"initial: must be a list of configurations, got a single one: {initial!r}"
        raise TypeError(msg)
    return tuple(initial)


def plain(value: Any) -> Any:
    """The value in Python's own type, also if it is one of numpy's, which cannot be stored."""
    return value.item() if isinstance(value, np.generic) else value


def draw_seed() -> int:
    """A seed for a user who has given none."""
    return secrets.randbelow(2**31)


def fresh_name(stem: str, now: datetime) -> str:
    """A name for a tuning job that was given none: the stem, the time, and four random digits."""
    return f"{slug(stem, 11) or 'tuning'}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def slug(text: str, longest: int) -> str:
    """The beginning of a text with hyphens for all but letters and digits, as names of tuning jobs allow; or nothing."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", text).strip("-")[:longest].rstrip("-")
