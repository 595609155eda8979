"""From a training job's output to the values of its metrics.

A metric is read by the user's regular expression: line by line, and its first group is the value. The expression
is somebody else's and may take for ever on an unlucky line, so every search has a time limit.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from time import thread_time
from typing import Any

import regex

from tunesmith.core.tuning_job import MetricPattern

EPOCH = "epoch"
"""The metric by which a report says how far training is: a number that grows."""

LONGEST_LINE = 1 << 16
"""Characters of a line that are searched at a time; a longer line is searched in pieces."""

_LINE_SECONDS = 0.1  # for one search in one line
_TEXT_SECONDS = 0.5  # for one search in the whole text; what takes longer is slower there than by line
_SCAN_SECONDS = 3.0  # for all searches for one metric in one piece of output, which is a few MB at most
_STRIKES = 3  # times that a metric's search in one training job may run out of time, before it is given up

# A brace that is no repetition. For `re` it is literal, for `regex` "a{e}" is fuzzy matching.
# Group 1 is what looks like one, but belongs to an escape.
_LITERAL_BRACE = re.compile(r"(\\N\{[^}]*\}|\\.)|\{(?!\d*,?\d*\})", re.DOTALL)

# Constructs with which a match in a line need not be a match in the whole text: looking around, atomic groups,
# possessive quantifiers, the ends of the text.
_NEEDS_LONE_LINES = re.compile(r"\(\?(?!:|P<|P=)|\(\*|\\[AZzGK]|[*+?}]\+")


@dataclass(frozen=True, slots=True)
class Emission:
    """One value of a metric."""

    metric: str
    value: float  # finite
    at: datetime
    epoch: float | None = None  # which it is of, if `tunesmith.report` was told


@dataclass(frozen=True, slots=True)
class Scan:
    """What a piece of output has told."""

    emissions: list[Emission]
    warnings: list[str]  # what the user should know of


class LogMetrics:
    """Reads the metrics of one training job from its output."""

    def __init__(self, patterns: Sequence[MetricPattern]) -> None:
        """Prepare to read these metrics.

        Raises:
            ValueError: A regular expression is none or has no group, or two metrics have one name.
        """
        names = [pattern.name for pattern in patterns]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            msg = f"metrics: each needs a name of its own, repeated: {', '.join(repeated)}"
            raise ValueError(msg)
        self._patterns = {pattern.name: _compile(pattern) for pattern in patterns}
        self._strikes: Counter[str] = Counter()
        self._line_by_line: set[str] = set()  # metrics for which searching the whole text takes too long
        self._warned: set[str] = set()

    def scan(self, log: bytes, at: datetime) -> Scan:
        """Search whole lines of output, written up to the time `at`; a carriage return ends a line, too."""
        text = log.decode("utf-8", errors="replace").replace("\r", "\n")
        found: list[tuple[int, Emission]] = []
        warnings: list[str] = []
        for metric, pattern in self._patterns.items():
            for start, match in self._matches(metric, pattern, text, warnings):
                value = _number(match.group(1))
                if value is not None and self._is_finite(metric, value, warnings):
                    found.append((start, Emission(metric, value, at)))
        found.sort(key=lambda item: item[0])
        return Scan([emission for _, emission in found], warnings)

    def read_reports(self, lines: bytes) -> Scan:
        """Read lines of `tunesmith.report`: {"time": epoch seconds, "metrics": {name: number}}."""
        emissions: list[Emission] = []
        warnings: list[str] = []
        for line in lines.splitlines():
            try:
                reported = json.loads(line)
                at = datetime.fromtimestamp(reported["time"], UTC)
                values = {str(name): float(value) for name, value in reported["metrics"].items()}
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError, RecursionError):
                self._warn_once("report", f"a line of its reports is not one: {line[:200]!r}", warnings)
                continue
            finite = [name for name, value in values.items() if self._is_finite(name, value, warnings)]
            epoch = values[EPOCH] if EPOCH in finite else None
            emissions += [Emission(name, values[name], at, epoch) for name in finite]
        return Scan(emissions, warnings)

    def _matches(
        self, metric: str, pattern: _Pattern, text: str, warnings: list[str]
    ) -> Iterator[tuple[int, regex.Match[str]]]:
        """The matches in lines of the text, each with the place where its line begins."""
        end = thread_time() + _SCAN_SECONDS
        for start, line, match in self._lines_worth_searching(metric, pattern, text):
            if self._strikes[metric] >= _STRIKES:
                return
            if thread_time() > end:
                self._strike(metric, pattern, f"{_SCAN_SECONDS} s on {start} characters of output", warnings)
                return
            try:
                found = match or pattern.in_line.search(line, timeout=_LINE_SECONDS)
            except TimeoutError:
                self._strike(metric, pattern, f"{_LINE_SECONDS} s on a line", warnings)
                continue
            if found is not None:
                yield start, found

    def _lines_worth_searching(
        self, metric: str, pattern: _Pattern, text: str
    ) -> Iterator[tuple[int, str, regex.Match[str] | None]]:
        """The lines in which there may be a match: where each begins, its text, and its match if that is known.

        Every match in a line on its own is also a match in the whole text, where ^ and $ match at line ends.
        So no line before the one in which the text's leftmost match begins has one, and if that match ends in
        the same line, it is the line's own. That makes it cheap to pass over the many lines of a long log that
        say nothing of a metric.
        """
        position = 0
        while pattern.in_text and metric not in self._line_by_line and position < len(text):
            try:
                match = pattern.in_text.search(text, position, timeout=_TEXT_SECONDS)
            except TimeoutError:
                self._line_by_line.add(metric)
                break
            if match is None:
                return
            start = text.rfind("\n", position, match.start()) + 1 or position
            end = _line_end(text, match.start())
            known = match if match.end() <= end <= start + LONGEST_LINE else None
            for place, piece in _pieces(text, start, end):
                yield place, piece, known
            position = end + 1
        while position < len(text):
            end = _line_end(text, position)
            for place, piece in _pieces(text, position, end):
                yield place, piece, None
            position = end + 1

    def _strike(self, metric: str, pattern: _Pattern, too_long: str, warnings: list[str]) -> None:
        self._strikes[metric] += 1
        what = f"the regular expression of metric {metric!r}, {pattern.source!r},"
        if self._strikes[metric] < _STRIKES:
            warnings.append(f"{what} took more than {too_long}; what is left of it was skipped")
        else:
            warnings.append(
                f"{what} ran out of time {_STRIKES} times and is not searched for in this training job any "
                "more; nested repetitions such as (a+)+ are the usual cause"
            )

    def _is_finite(self, metric: str, value: float, warnings: list[str]) -> bool:
        if not math.isfinite(value):
            self._warn_once(metric, f"metric {metric!r} was {value}; such values are ignored", warnings)
        return math.isfinite(value)

    def _warn_once(self, kind: str, warning: str, warnings: list[str]) -> None:
        if kind not in self._warned:
            self._warned.add(kind)
            warnings.append(warning)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A compiled pattern."""

    source: str
    in_line: regex.Pattern[str]
    in_text: regex.Pattern[str] | None  # None if a match in a line need not be a match in the text


@lru_cache(maxsize=256)
def _compile(metric: MetricPattern) -> _Pattern:
    source = metric.regex
    try:
        # `re` says what is allowed: `regex` would take more, and differently.
        groups = re.compile(source).groups
        engine = _LITERAL_BRACE.sub(lambda found: found[1] or r"\{", source)
        in_line = regex.compile(engine)
    except (re.error, regex.error, RecursionError, OverflowError, MemoryError) as error:
        msg = f"metrics: the regular expression of {metric.name!r}, {source!r}, is wrong: {error}"
        raise ValueError(msg) from error
    if not groups:
        msg = (
            f"metrics: {source!r} of {metric.name!r} needs a group that captures the value, such as ([0-9.]+)"
        )
        raise ValueError(msg)
    alone = _NEEDS_LONE_LINES.search(source)
    return _Pattern(source, in_line, None if alone else regex.compile(engine, regex.MULTILINE))


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    for piece in range(start, max(end, start + 1), LONGEST_LINE):
        yield piece, text[piece : min(piece + LONGEST_LINE, end)]


def _number(text: Any) -> float | None:
    """The number that a group has captured; None if it has not taken part, or has caught something else."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
