"""How far a tuning job is, in words that all views share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from tunesmith.cli import wording
from tunesmith.core.trial import TrialState

if TYPE_CHECKING:
    from tunesmith.control.progress import Progress
    from tunesmith.core.tuning_job import ReportRange, TuningJob

Counts: TypeAlias = Mapping[TrialState, int]

_SPECIAL = (TrialState.FAILED, TrialState.STOPPED, TrialState.PAUSED)  # what is worth a word


def finished(counts: Counts) -> int:
    """How many training jobs have ended."""
    return sum(count for state, count in counts.items() if state.is_final)


def total(job: TuningJob) -> int | None:
    """How many training jobs there will be at the most: the limit, or all that the space has to offer."""
    bounds = [job.limits.trials, _combinations(job) if job.strategy == "Grid" else None]
    known = [bound for bound in bounds if bound is not None]
    return min(known) if known else None


def _combinations(job: TuningJob) -> int | None:
    counts = [part.space.cardinality for part in job.parts.values()]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def headline(job: TuningJob) -> str:
    """What a tuning job is about, in one line."""
    limits = job.limits
    known = total(job)
    parts = [
        f"{job.objective.goal.value.lower()} {job.objective.metric}",
        *([wording.count(len(job.definitions), "algorithm")] if job.definitions else []),
        f"{job.strategy}, seed {job.seed}",
        *([] if known is None else [wording.count(known, "training job")]),
        *(
            []
            if limits.seconds is None
            else [f"at most {wording.duration(timedelta(seconds=limits.seconds))}"]
        ),
        *([] if limits.budget is None or job.price is None else [f"at most {job.price.show(limits.budget)}"]),
        f"{limits.parallel} at a time",
    ]
    return f"{job.name}: {', '.join(parts)}"


def money(job: TuningJob, spent: float | None) -> str | None:
    """What was spent, and of how much, such as `3.20 EUR of 25.00 EUR`; None if nothing has a price."""
    if job.price is None or spent is None:
        return None
    of = "" if job.limits.budget is None else f" of {job.price.show(job.limits.budget)}"
    return f"{job.price.show(spent)}{of}"


def early_end(job: TuningJob) -> list[tuple[str, str]]:
    """What may end the tuning job, or a training job of it, before its limits: names and values."""
    wanted, resource = job.completion, job.resource
    ends = [
        *([] if wanted.target is None else [f"at the target {wanted.target:.6g}"]),
        *(
            []
            if wanted.not_improving is None
            else [f"after {wanted.not_improving} training jobs without improvement"]
        ),
        *(["when it has converged"] if wanted.converged else []),
    ]
    return [
        *([] if job.stopping is None else [("Stopping rule", job.stopping)]),
        *([] if resource is None else [("Reports each", _reports(resource))]),
        *([("Ends early", ", ".join(ends))] if ends else []),
    ]


def _reports(resource: ReportRange) -> str:
    pauses = ", those that fall behind are paused" if resource.pause else ""
    return f"{resource.least} to {resource.most}{pauses}"


def fraction(job: TuningJob, counts: Counts) -> str:
    """How many training jobs have ended, of how many if that is known, such as `8/10`."""
    known = total(job)
    return f"{finished(counts)}{'' if known is None else f'/{known}'}"


def outcome(job: TuningJob, counts: Counts) -> str:
    """How many training jobs have ended, and how, such as `8/10 finished, 1 failed`."""
    special = [(state, counts.get(state, 0)) for state in _SPECIAL]
    parts = [f"{count} {state.value.lower()}" for state, count in special if count]
    return ", ".join([f"{fraction(job, counts)} finished", *parts])


@dataclass
class Pace:
    """How fast training jobs have ended since the watching began, and so when all will have."""

    began: datetime
    _before: int | None = None  # finished when the watching began

    def left(self, progress: Progress, now: datetime) -> timedelta | None:
        """The time that is left, by what was seen so far; None while nothing can be said."""
        job, done = progress.record.job, finished(progress.counts)
        if self._before is None:
            self._before = done - len(progress.finished)
        estimates = []
        if job.limits.seconds is not None:
            estimates.append(job.created_at + timedelta(seconds=job.limits.seconds) - now)
        known, seen = total(job), done - self._before
        if known is not None and seen > 0:
            estimates.append((now - self.began) / seen * (known - done))
        return min(estimates) if estimates else None
