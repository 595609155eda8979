"""The algorithms of a tuning job beside each other, also at equal spend: the better ones got more of the budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import TrialRecord


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What one algorithm has made of its part of the budget. Values are in the units of its metric."""

    name: str
    trials: int  # that have ended
    seconds: float  # of run time of these
    best: float | None  # None if no trial has a value
    best_in_equal_trials: float | None  # of its first trials, as many as the algorithm with the fewest has
    best_in_equal_seconds: (
        float | None
    )  # of those that had ended after as much run time as the least that one has


def compare(job: TuningJob, trials: Iterable[TrialRecord]) -> list[Compared]:
    """Compare the definitions of a tuning job, the best first; none if it has no definitions.

    One of which no trial has ended does not count for what equal spend is.
    """
    ended = sorted((trial for trial in trials if trial.rank is not None), key=lambda trial: trial.rank or 0)
    own = {name: [t for t in ended if t.definition == name] for name in job.parts if name is not None}
    started = [each for each in own.values() if each]
    count = min(map(len, started), default=0)
    seconds = min((_spent(each)[-1] for each in started), default=0.0)
    found = [
        Compared(
            name=name,
            trials=len(each),
            seconds=sum(trial.run_seconds for trial in each),
            best=_best(job, each),
            best_in_equal_trials=_best(job, each[:count]),
            best_in_equal_seconds=_best(
                job, [t for t, s in zip(each, _spent(each), strict=True) if s <= seconds]
            ),
        )
        for name, each in own.items()
    ]
    return sorted(
        found, key=lambda each: float("inf") if each.best is None else job.objective.loss(each.best)
    )


def _spent(trials: Sequence[TrialRecord]) -> list[float]:
    """The run time that had been spent when each of the trials had ended."""
    return list(accumulate(trial.run_seconds for trial in trials))


def _best(job: TuningJob, trials: Iterable[TrialRecord]) -> float | None:
    values = (trial.value for trial in trials if trial.value is not None and trial.state.is_usable)
    return min(values, key=job.objective.loss, default=None)
