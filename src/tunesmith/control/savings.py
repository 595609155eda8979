"""What early stopping has saved: an estimate, from how long the training jobs ran that completed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tunesmith.control.early_stop import EARLY
from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrialRecord


@dataclass(frozen=True, kw_only=True)
class Savings:
    """What the training jobs that were given up would have needed more, had each become one of median length."""

    stopped: int  # training jobs that were given up
    reports: float
    seconds: float


def is_early(trial: TrialRecord) -> bool:
    """Whether a rule has given up this training job."""
    return trial.state is TrialState.STOPPED and (trial.reason or "").startswith(EARLY)


def savings(trials: Iterable[TrialRecord], reports: Mapping[int, int]) -> Savings | None:
    """Estimate what was saved; None if nothing was stopped early, or nothing completed to compare with.

    Args:
        trials: All trials of a tuning job. Those of each definition are compared with each other.
        reports: How many reports of the objective each has made, by number.
    """
    of_definition: dict[str | None, list[TrialRecord]] = defaultdict(list)
    for trial in trials:
        of_definition[trial.definition].append(trial)
    found = [saved for own in of_definition.values() if (saved := _of_one(own, reports)) is not None]
    if not found:
        return None
    return Savings(
        stopped=sum(saved.stopped for saved in found),
        reports=sum(saved.reports for saved in found),
        seconds=sum(saved.seconds for saved in found),
    )


def _of_one(trials: Sequence[TrialRecord], reports: Mapping[int, int]) -> Savings | None:
    stopped = [trial for trial in trials if is_early(trial)]
    completed = [trial for trial in trials if trial.state is TrialState.COMPLETED]
    if not stopped or not completed:
        return None
    usual_reports = median(reports.get(trial.number, 0) for trial in completed)
    usual_seconds = median(trial.run_seconds for trial in completed)
    return Savings(
        stopped=len(stopped),
        reports=sum(max(0.0, usual_reports - reports.get(trial.number, 0)) for trial in stopped),
        seconds=sum(max(0.0, usual_seconds - trial.run_seconds) for trial in stopped),
    )
