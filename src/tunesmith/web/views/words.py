"""Numbers, times and states as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tunesmith.core.space import Value

NONE = "\N{EN DASH}"
"""What stands where there is no value."""


def number(value: float | None) -> str:
    """A number in at most six digits, with a true minus; a dash for none."""
    return NONE if value is None else f"{value:.6g}".replace("-", "\N{MINUS SIGN}")


def setting(value: Value) -> str:
    """The value of a hyperparameter."""
    if isinstance(value, bool):
        return str(value).lower()
    return number(value) if isinstance(value, float) else str(value)


def count(items: int, noun: str) -> str:
    """A count and what is counted, such as `1 job` or `12,000 jobs`."""
    return f"{items:,} {noun}{'' if items == 1 else 's'}"


def duration(seconds: float) -> str:
    """A span of time in its two largest units, such as `45 s`, `3 min 20 s`, `2 h 5 min` or `3 d 4 h`."""
    left = max(0, int(seconds))
    for size, unit, smaller, smaller_unit in (
        (86_400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if left >= size:
            rest = left % size // smaller
            return f"{left // size} {unit}" + (f" {rest} {smaller_unit}" if rest else "")
    return f"{left} s"


def size(count: int) -> str:
    """A number of bytes, such as `512 B`, `1.5 MB` or `20 GB`."""
    amount, units = float(count), ["B", "kB", "MB", "GB"]
    while amount >= 999.5 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{amount:.3g} {units[0]}"


def moment(at: datetime | None) -> str:
    """A point in time, in UTC, to the minute."""
    return NONE if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def millis(at: datetime) -> int:
    """A point in time as browsers count it."""
    return int(at.timestamp() * 1000)


def state(name: str) -> str:
    """A state's name in words, such as `In progress` for `InProgress`."""
    first, *others = re.findall(r"[A-Z]?[a-z]+", name) or [name]
    return " ".join([first, *(each.lower() for each in others)])


def tone(name: str) -> str:
    """The tone in which a state is shown: `live`, `good`, `bad`, `warn` or `calm`."""
    return _TONES.get(name, "calm")


_TONES = {
    "InProgress": "live",
    "Running": "live",
    "Completed": "good",
    "Failed": "bad",
    "Stopping": "warn",
    "Pausing": "warn",
    "Paused": "warn",
}
