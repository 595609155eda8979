"""What users may leave out or write in short, in full."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from tunesmith.core.space import Config, Parameter, Space
from tunesmith.core.tuning_job import Completion, ReportRange, Transfer


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


def completion_of(target: float | None, not_improving: int | None, converged: bool) -> Completion:
    """What ends a tuning job before its limits do."""
    return Completion(plain(target), plain(not_improving), plain(converged))


def resource_of(resource: Sequence[int] | None, *, pause: bool = False) -> ReportRange | None:
    """How many reports a trial may make, from the least and the most. Raises TypeError for anything but two.

    `pause` is as in `ReportRange`; raises ValueError if there is nothing that it goes with.
    """
    if resource is None:
        if pause:
            msg = "pause: goes with resource, which says after how many reports trials are paused; give that, too"
            raise ValueError(msg)
        return None
    try:
        least, most = resource
    except (TypeError, ValueError):
        msg = (
            f"resource: must be the least and the most reports of a trial, such as (1, 81), got {resource!r}"
        )
        raise TypeError(msg) from None
    return ReportRange(least=plain(least), most=plain(most), pause=pause)


def checkpoints_of(checkpoints: str | os.PathLike[str] | None) -> str | None:
    """Where checkpoints are kept: an address, or a folder as an absolute path."""
    if checkpoints is None:
        return None
    place = os.fspath(checkpoints)
    return place if "://" in place else str(Path(place).absolute())


def plain(value: Any) -> Any:
    """The value in Python's own type, also if it is one of numpy's, which cannot be stored."""
    return value.item() if isinstance(value, np.generic) else value


def warm_start_of(parents: Sequence[str], transfer: str) -> dict[str, Any]:
    """The fields of a tuning job that learns from earlier ones. Raises ValueError for another kind of transfer."""
    if isinstance(parents, str):
        msg = f"parents: must be a list of names, got the text {parents!r}"
        raise TypeError(msg)
    if transfer not in set(Transfer):
        msg = f"transfer: must be {' or '.join(Transfer)}, got {transfer!r}"
        raise ValueError(msg)
    return {"parents": tuple(parents), "transfer": Transfer(transfer)} if parents else {}


def draw_seed() -> int:
    """A seed for a user who has given none."""
    return secrets.randbelow(2**31)


def fresh_name(stem: str, now: datetime) -> str:
    """A name for a tuning job that was given none: the stem, the time, and four random digits."""
    return f"{slug(stem, 11) or 'tuning'}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def slug(text: str, longest: int) -> str:
    """The beginning of a text with hyphens for all but letters and digits, as names of tuning jobs allow; or nothing."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", text).strip("-")[:longest].rstrip("-")
