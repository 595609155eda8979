"""How sentences about a tuning job write numbers, lists and configurations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

from tunesmith.core.space import Config, Value


def figure(value: float, digits: int = 4) -> str:
    """A number in so many digits, never in a longer form than needed: 0.1534, 1.2e-05, 1200000."""
    if value and not 1e-4 <= abs(value) < 1e7:
        return f"{value:.{digits}g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rough(value: float) -> str:
    """A number in two digits: for what is not known better."""
    return figure(value, 2)


def percent(share: float) -> str:
    """A share as a percentage in about two digits, such as `0.3 %` or `42 %`."""
    points = 100.0 * share
    if 0.0 < points < 10.0:
        return f"{max(points, 0.01):.2g} %"
    return f"{points:.0f} %"


def chance(probability: float) -> str:
    """A probability as a percentage that is never quite certain."""
    if probability > 0.99:
        return "more than 99 %"
    return "less than 1 %" if probability < 0.01 else f"{100.0 * probability:.0f} %"


def setting(value: Value) -> str:
    """A value of a hyperparameter: floats in at most six digits, booleans as YAML has them."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def settings(config: Config) -> str:
    """A configuration in one line, such as `lr=0.01, depth=6`."""
    return ", ".join(f"{name}={setting(value)}" for name, value in config.items())


def count(amount: int, noun: str) -> str:
    """An amount of things, such as `1 training job` or `2,000 training jobs`."""
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def listed(items: Sequence[str]) -> str:
    """Items as English lists them: `a`, `a and b`, `a, b and c`."""
    *rest, last = items
    return f"{', '.join(rest)} and {last}" if rest else last


def span(seconds: float) -> str:
    """A length of time as people say it: `12 s`, `3 min`, `2 h 5 min`, `4 days 3 h`."""
    whole = timedelta(seconds=max(0, round(seconds)))
    hours, rest = divmod(whole.seconds, 3600)
    if whole.days:
        return f"{count(whole.days, 'day')} {hours} h"
    if hours:
        return f"{hours} h {rest // 60} min"
    return f"{rest // 60} min" if rest >= 120 else f"{rest} s"
