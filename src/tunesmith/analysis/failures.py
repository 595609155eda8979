"""Failed training jobs: how many, for which reason, and whether they lie together in a region of the space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.words import count, percent, setting
from tunesmith.core.space import Categorical, Integer, Parameter, Value
from tunesmith.core.trial import TrialState

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Space

_ALARMING = 0.2  # share of failures from which on they waste the budget
_FEWEST = 3  # failures that can lie together
_CUTS = 32  # places at which each range is cut in two, at the most
_BY_ACCIDENT = (
    0.01  # how probable a region may be if failures fell anywhere, all regions that were tried counted
)
_DENSE = 0.5  # share of a region's training jobs that must have failed
_LONGEST = 160  # characters of a reason


@dataclass(frozen=True)
class Region:
    """A part of a hyperparameter's values, where failures lie together."""

    parameter: str
    values: tuple[Value, Value] | Value  # from the first to the second, or a choice
    rest: tuple[Value, Value] | None  # the range without it; None for a choice
    failed: int
    trials: int

    def __str__(self) -> str:
        if isinstance(self.values, tuple):
            return f"{self.parameter} from {setting(self.values[0])} to {setting(self.values[1])}"
        return f"{self.parameter} = {setting(self.values)}"


@dataclass(frozen=True, kw_only=True)
class Failures:
    """The failed training jobs of a tuning job."""

    failed: int
    ended: int
    reason: str | None  # the most frequent one
    reason_count: int
    region: Region | None


def failures(space: Space, history: History, reasons: Sequence[str]) -> Finding:
    """Say how many training jobs failed, where and why; `reasons` are those of the failed ones, as far as known."""
    failed = np.array([trial.state is TrialState.FAILED for trial in history.finished], dtype=bool)
    region = _region(space, history, failed)
    reason, number = Counter(reasons).most_common(1)[0] if reasons else (None, 0)
    facts = Failures(
        failed=int(failed.sum()), ended=len(failed), reason=reason, reason_count=number, region=region
    )
    alarming = facts.failed >= _FEWEST and (
        region is not None or facts.failed >= _ALARMING * max(facts.ended, 1)
    )
    severity = Severity.ALARM if alarming else Severity.NOTE if facts.failed else Severity.FINE
    return Finding(
        kind=Kind.FAILURES,
        severity=severity,
        sentence=_sentence(facts),
        facts=facts,
        advice=_advice(facts),
        parameter=None if region is None else region.parameter,
    )


def _sentence(facts: Failures) -> str:
    if not facts.failed:
        if facts.ended == 1:
            return "The only training job that has ended did not fail."
        return f"None of the {count(facts.ended, 'training job')} that have ended failed."
    share = percent(facts.failed / facts.ended)
    parts = [f"{facts.failed:,} of the {count(facts.ended, 'training job')} that have ended failed ({share})"]
    if facts.region is not None:
        region = facts.region
        parts.append(
            f"{region.failed:,} of them with {region}, where {percent(region.failed / region.trials)} failed"
        )
    if facts.reason is not None:
        reason = facts.reason if len(facts.reason) <= _LONGEST else f"{facts.reason[:_LONGEST].rstrip()} ..."
        often = (
            "the reason" if facts.failed == 1 else f"the most frequent reason ({facts.reason_count:,} times)"
        )
        parts.append(f"{often}: {reason}")
    told = "; ".join(parts)
    return told if told.endswith(".") else f"{told}."


def _advice(facts: Failures) -> str | None:
    if not facts.failed:
        return None
    region = facts.region
    if region is None:
        return "Read the log of a failed training job; what failed costs trials and tells the search little."
    if region.rest is None:
        return f"Leave {region} out, or repair what fails there."
    low, high = map(setting, region.rest)
    return f"Narrow {region.parameter} to {low} ... {high}, or repair what fails beyond."


def _region(space: Space, history: History, failed: NDArray[np.bool_]) -> Region | None:
    """The region in which so many failures are the least likely by accident; None if no region stands out."""
    total, ended = int(failed.sum()), len(failed)
    if not _FEWEST <= total < ended:
        return None
    regions = [
        (inside, values, rest, parameter.name)
        for j, parameter in enumerate(space.parameters)
        for values, rest, inside in _parts(parameter, history.points[:, j])
    ]
    if not regions:
        return None
    sizes = np.array([inside.sum() for inside, *_ in regions])
    hits = np.array([(inside & failed).sum() for inside, *_ in regions])
    accidents = np.array(
        [
            _at_least(hit, size, total, ended) if hit >= _DENSE * size else 1.0
            for hit, size in zip(hits.tolist(), sizes.tolist(), strict=True)
        ]
    )
    best = int(np.argmin(accidents))
    if accidents[best] * len(regions) > _BY_ACCIDENT:
        return None
    _, values, rest, name = regions[best]
    return Region(name, values, rest, int(hits[best]), int(sizes[best]))


def _at_least(hits: int, size: int, total: int, ended: int) -> float:
    """How probable it is that, of `total` failures among `ended`, so many or more are among `size` drawn at random.

    The hypergeometric law: Fisher's exact test, one-sided.
    """
    k = np.arange(hits, min(size, total) + 1)
    logs = _log_choices(total, k) + _log_choices(ended - total, size - k) - _log_choices(ended, size)
    return float(np.exp(logs).sum())


def _log_choices(n: int, k: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """The logarithm of the number of ways to choose k of n; minus infinity where there is none."""
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _parts(
    parameter: Parameter, units: NDArray[np.float64]
) -> Iterator[tuple[tuple[Value, Value] | Value, tuple[Value, Value] | None, NDArray[np.bool_]]]:
    """Parts of a parameter's values that failures may lie in, what is left of the range, and which trials lie there."""
    if isinstance(parameter, Categorical):
        mine = np.array(parameter.from_unit(units), dtype=object)
        yield from ((choice, None, np.asarray(mine == choice, dtype=bool)) for choice in parameter.choices)
        return
    values = np.unique(units)
    if len(values) < 2:
        return
    chosen = np.unique(np.linspace(0, len(values) - 2, _CUTS).round().astype(int))
    for i in chosen:
        cut = 0.5 * (values[i] + values[i + 1])
        below, above = _ends(parameter, float(values[i]), float(values[i + 1]), float(cut))
        lower, upper = (parameter.low, below), (above, parameter.high)
        yield lower, upper, units < cut
        yield upper, lower, units > cut


def _ends(parameter: Parameter, left: float, right: float, cut: float) -> tuple[Value, Value]:
    """The value at which the lower part ends, and that at which the upper begins."""
    if isinstance(parameter, Integer):
        below, above = parameter.from_unit([left, right])
        return below, above
    (middle,) = parameter.from_unit([cut])
    return middle, middle
