"""Scales, axes and shapes of SVG pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from tunesmith.analysis.words import figure

Point = tuple[float, float]

LEFT = 64.0
"""Where the vertical axis stands."""

_TICKS = 5  # about so many on an axis
_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """Maps values from `low` to `high` to pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value; values beyond the ends stay at the ends."""
        low, high, x = (self._bent(v) for v in (self.low, self.high, min(max(value, self.low), self.high)))
        share = (x - low) / (high - low) if high > low else 0.5
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[tuple[float, str]]:
        """Round values on the scale, and how they are written."""
        values = self._decades() if self.log else self._steps()
        return [(value, figure(value, 6)) for value in values]

    def _bent(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def _steps(self) -> list[float]:
        width = self.high - self.low
        if not width > 0.0 or not math.isfinite(width):
            return [self.low]
        rough = width / _TICKS
        unit = 10.0 ** math.floor(math.log10(rough))
        step = unit * next(s for s in _STEPS if s * unit >= rough * (1.0 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [i * step for i in range(first, last + 1)]

    def _decades(self) -> list[float]:
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        if last - first < 1:
            return [self.low, self.high]
        every = max(1, math.ceil((last - first) / _TICKS))
        return [10.0**e for e in range(first, last + 1, every)]


def padded(values: Sequence[float], share: float = 0.06) -> tuple[float, float]:
    """The least and the greatest of the values, with some room at both ends."""
    low, high = min(values), max(values)
    room = share * (high - low) or 0.05 * abs(high) or 0.05
    return low - room, high + room


def picture(width: int, height: int, alt: str, parts: Iterable[str]) -> str:
    """A whole SVG picture; `alt` says what it shows to those who cannot see it."""
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(alt)}">{"".join(parts)}</svg>'


def line(points: Iterable[Point], style: str) -> str:
    """A line through points."""
    return f'<polyline class="{style}" points="{_written(points)}"/>'


def area(points: Iterable[Point], style: str) -> str:
    """A filled area between points."""
    return f'<polygon class="{style}" points="{_written(points)}"/>'


def dots(points: Iterable[Point], style: str, radius: float = 2.5) -> str:
    """Dots, as one path of round caps: a tenth of the size that circles have."""
    path = "".join(f"M{x:g} {y:g}h0" for x, y in points)
    return f'<path class="{style}" stroke-width="{2 * radius:g}" d="{path}"/>'


def box(x: float, y: float, width: float, height: float, style: str) -> str:
    """A rectangle."""
    return f'<rect class="{style}" x="{x:g}" y="{y:g}" width="{max(width, 0):g}" height="{height:g}"/>'


def text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    """Words at a point."""
    return f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def left_axis(scale: Scale, right: float, title: str) -> str:
    """A vertical axis with lines across the picture, and its title above it."""
    parts = [
        f"{line([(LEFT, scale.at(v)), (right, scale.at(v))], 'grid')}"
        f"{text(LEFT - 6, scale.at(v) + 4, label, 'tick', 'end')}"
        for v, label in scale.ticks()
    ]
    return "".join([*parts, text(4, 12, title, "axis-title")])


def bottom_axis(scale: Scale, y: float, title: str) -> str:
    """A horizontal axis with its title below it."""
    parts = [
        f"{line([(scale.at(v), y), (scale.at(v), y + 4)], 'axis')}"
        f"{text(scale.at(v), y + 16, label, 'tick', 'middle')}"
        for v, label in scale.ticks()
    ]
    base = line([(scale.start, y), (scale.end, y)], "axis")
    return "".join([base, *parts, text(scale.end, y + 32, title, "axis-title", "end")])


def _written(points: Iterable[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
