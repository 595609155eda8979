"""What regular expressions find in a piece of a log that a person has pasted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import regex

from tunesmith.control.log_metrics import LogMetrics
from tunesmith.core.tuning_job import MetricPattern

LONGEST = 20_000
"""Characters of a pasted text that are looked at."""

NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"
"""An expression whose first group is a number."""

_NAMED = re.compile(
    rf"([A-Za-z][\w/.@-]*)([\"']?(?:\s*[=:]\s*|\s+(?:is\s+|of\s+)?))(?={NUMBER}(?![A-Za-z_.]))"
)
_COUNTERS = re.compile(
    r"(?i)epochs?|steps?|iter(?:ation)?s?|batch(?:es)?|rounds?|folds?|time|seconds|eta|lr|seed|of|at|in|line"
)
_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)  # when a line was written does not matter here
_MOST = 20  # proposals
_SECONDS = 0.2


@dataclass(frozen=True)
class Captured:
    """What an expression has found."""

    values: tuple[float, ...] = ()  # in order; the last one counts
    fault: str | None = None  # why there is none


@dataclass(frozen=True)
class Proposed:
    """A number behind a word, and the expression that finds it."""

    name: str
    regex: str
    value: float  # the last one in the text


def captured(expression: str, log: str) -> Captured:
    """Say what an expression captures, as when the output of training jobs is read. Takes a few seconds at the most."""
    try:
        reader = LogMetrics((MetricPattern("metric", expression),))
    except ValueError as error:
        return Captured(fault=str(error).removeprefix("metrics: ").replace(" of 'metric'", ""))
    scan = reader.scan(log[:LONGEST].encode(), _MOMENT)
    values = tuple(emission.value for emission in scan.emissions)
    if values:
        return Captured(values)
    return Captured(fault="; ".join(scan.warnings) or _nothing(expression, log))


def proposed(log: str) -> list[Proposed]:
    """Propose an expression for each number behind a word, those that do not just count coming first."""
    found: dict[str, str] = {}
    for line in log[:LONGEST].splitlines():
        found |= {name: expression for name, expression in _in_line(line) if name not in found}
    proposals = []
    for name, expression in list(found.items())[:_MOST]:
        values = captured(expression, log).values
        if values:
            proposals.append(Proposed(name, expression, values[-1]))
    return sorted(proposals, key=lambda each: bool(_COUNTERS.fullmatch(each.name)))


def _in_line(line: str) -> Iterator[tuple[str, str]]:
    for match in _NAMED.finditer(line):
        name, between = match[1], match[2]
        separator = re.sub(r"(?:\\ |\\\t|\s)+", r"\\s+", re.escape(between.strip() or " "))
        if between.strip():
            separator = rf"\s*{separator}\s*"
        yield name, rf"(?:^|#011|[^\w]){re.escape(name)}{separator}{NUMBER}"


def _nothing(expression: str, log: str) -> str:
    """Why there is no value although the expression is one."""
    try:
        is_there = regex.search(expression, log[:LONGEST], regex.MULTILINE, timeout=_SECONDS)
    except (TimeoutError, regex.error):
        is_there = None
    if is_there:
        return "it matches, but its first group captures no number"
    return "it matches no line; a line is looked at by itself"
