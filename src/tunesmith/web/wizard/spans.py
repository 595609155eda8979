"""Spans of time as people type them, in seconds."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_PART = re.compile(r"([0-9]*\.?[0-9]+)\s*(d|h|m|s)[a-z]*\s*", re.IGNORECASE)


def seconds_text(text: str) -> str:
    """The seconds of a text such as `90 min`, `1 h 30 min` or `3600`; one that is no such text stays as it is."""
    given = text.strip()
    parts = _PART.findall(given)
    if not parts or _PART.sub("", given):
        return given
    total = sum(float(number) * _UNITS[unit.lower()] for number, unit in parts)
    return f"{total:.15g}"


def span_text(seconds: str) -> str:
    """Seconds as a person would type them: in the largest unit in which the number is whole."""
    try:
        number = float(seconds)
    except ValueError:
        return seconds
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if number >= size and number % size == 0:
            return f"{number / size:.15g} {unit}"
    return f"{number:.15g} s" if number >= 0 else seconds
