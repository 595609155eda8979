"""A course in the size of a word: how the best value went down or up, as an SVG path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 112, 28
_MARGIN = 3.0


@dataclass(frozen=True)
class Sparkline:
    """A path in a box of WIDTH x HEIGHT, and where it ends."""

    path: str
    x: float
    y: float


def sparkline(improvements: Sequence[tuple[int, float]], ended: int) -> Sparkline | None:
    """Draw the steps of a best value over the trials that have ended; None while there is no value.

    Args:
        improvements: At which ended trial, 1, 2, ..., the best became which value.
        ended: How many have ended.
    """
    if not improvements:
        return None
    values = [value for _, value in improvements]
    low, high = min(values), max(values)
    last = max(ended, improvements[-1][0])

    def x(rank: int) -> float:
        return _MARGIN + (WIDTH - 2 * _MARGIN) * ((rank - 1) / (last - 1) if last > 1 else 0.5)

    def y(value: float) -> float:
        share = 0.5 if high == low else (value / 2 - low / 2) / (high / 2 - low / 2)  # halves: no overflow
        return HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * share

    first, value = improvements[0]
    steps = [f"M{x(first):.1f} {y(value):.1f}"]
    steps += [f"H{x(rank):.1f}V{y(value):.1f}" for rank, value in improvements[1:]]
    return Sparkline("".join(steps) + f"H{x(last):.1f}", round(x(last), 1), round(y(values[-1]), 1))
