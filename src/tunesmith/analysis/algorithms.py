"""Several algorithms that a tuning job compares: which leads, and whether it leads at equal spend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.words import count, figure, listed
from tunesmith.core.objective import Objective

_FEWEST = 5  # training jobs that an algorithm should have had before it is judged


class Share(Protocol):
    """What one algorithm has made of its part of the budget; values are in the units of the metric."""

    @property
    def name(self) -> str:
        """The algorithm's."""

    @property
    def trials(self) -> int:
        """Training jobs that have ended."""

    @property
    def best(self) -> float | None:
        """The best value, None if there is none."""

    @property
    def best_in_equal_trials(self) -> float | None:
        """The best value of its first training jobs, as many as the algorithm with the fewest has."""

    @property
    def best_in_equal_seconds(self) -> float | None:
        """The best value after as much run time as the algorithm with the least has had."""


@dataclass(frozen=True, kw_only=True)
class Algorithms:
    """The algorithms, the best first."""

    shares: tuple[Share, ...]
    leads_in_equal_trials: str | None
    leads_in_equal_seconds: str | None
    equal_trials: int


def algorithms(objective: Objective, shares: Sequence[Share]) -> list[Finding]:
    """Compare the algorithms of a tuning job, given the best first; nothing to say unless two have a value."""
    valued = [share for share in shares if share.best is not None]
    if len(valued) < 2:
        return []
    facts = Algorithms(
        shares=tuple(shares),
        leads_in_equal_trials=_leader(objective, [(s.name, s.best_in_equal_trials) for s in valued]),
        leads_in_equal_seconds=_leader(objective, [(s.name, s.best_in_equal_seconds) for s in valued]),
        equal_trials=min(share.trials for share in valued),
    )
    leader, second = valued[:2]
    first = f"{leader.name} is ahead: its best {objective.metric} is {figure(leader.best or 0.0)}"
    sentence = (
        f"{first}, that of {second.name} {figure(second.best or 0.0)}; {_at_equal_spend(facts, leader)}."
    )
    few = [share.name for share in valued if share.trials < _FEWEST]
    advice = f"Give {listed(few)} some more training jobs before you judge." if few else None
    return [
        Finding(kind=Kind.ALGORITHMS, severity=Severity.NOTE, sentence=sentence, facts=facts, advice=advice)
    ]


def _leader(objective: Objective, values: list[tuple[str, float | None]]) -> str | None:
    known = [(objective.loss(value), name) for name, value in values if value is not None]
    return min(known)[1] if known else None


def _at_equal_spend(facts: Algorithms, leader: Share) -> str:
    in_trials, in_time = facts.leads_in_equal_trials, facts.leads_in_equal_seconds
    trials = f"with the same number of training jobs ({count(facts.equal_trials, 'job')} each)"
    if in_trials == in_time == leader.name:
        return f"it also leads {trials}, and after the same run time"
    if in_trials == in_time:
        return f"but {in_trials} leads {trials}, and after the same run time, so part of the lead is a larger budget"
    return f"{in_trials} leads {trials}, {in_time} after the same run time"
