"""A number that is not known exactly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A best guess and the ends between which the truth lies with a probability of 90 %."""

    low: float
    value: float
    high: float
