"""The list of tuning jobs, as it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tunesmith.core.objective import Objective
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.errors import NotFound
from tunesmith.store.listing import Listing, Sort
from tunesmith.store.live import Course
from tunesmith.store.records import TuningJobSummary
from tunesmith.store.store import Store
from tunesmith.web.views import words

PAGE = 50
"""Jobs on a page."""

_FEW_FAILURES = 2  # fewer than these are no alarm
_WARN, _BAD = 0.2, 0.5  # shares of failed training jobs
_LONG = 20  # training jobs without an improvement


@dataclass(frozen=True)
class Alarm:
    """Something that a person should look at."""

    tone: str  # as of `words.tone`
    text: str


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which part of the list somebody looks at; what the address of the page says."""

    contains: str = ""
    status: TuningStatus | None = None
    sort: Sort = Sort.CREATED
    descending: bool = True
    after: tuple[Any, ...] | None = None

    def listing(self) -> Listing:
        """The same for the store."""
        return Listing(
            sort=self.sort,
            descending=self.descending,
            contains=self.contains or None,
            status=self.status,
            limit=PAGE,
            after=self.after,
        )


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """A tuning job in the list."""

    summary: TuningJobSummary
    course: Course
    alarms: tuple[Alarm, ...]

    @property
    def name(self) -> str:
        """The job's."""
        return self.summary.name

    @property
    def best(self) -> float | None:
        """The best value so far, in the objective's units."""
        return self.course.improvements[-1][1] if self.course.improvements else None

    @property
    def objective(self) -> Objective:
        """What the best value is of."""
        return self.course.objective

    @property
    def status(self) -> str:
        """Its status, or `Paused` if it starts nothing new for now."""
        rests = self.summary.paused_at is not None and self.summary.status is TuningStatus.IN_PROGRESS
        return "Paused" if rests else self.summary.status.value

    @property
    def ended(self) -> int:
        """Training jobs that have ended."""
        return sum(count for state, count in self.summary.counts.items() if state.is_final)

    @property
    def running(self) -> int:
        """Training jobs that have begun and not ended."""
        counts = self.summary.counts
        return counts[TrialState.RUNNING] + counts[TrialState.PAUSING] + counts[TrialState.STOPPING]

    def elapsed(self, now: datetime) -> float:
        """Seconds since its creation, until its end."""
        return ((self.summary.ended_at or now) - self.summary.created_at).total_seconds()

    def progress(self, now: datetime) -> float:
        """The share of the limit that will end it first that is used up, 0 to 1."""
        limits = self.summary.limits
        shares = [self.ended / limits.trials] if limits.trials else []
        shares += [self.elapsed(now) / limits.seconds] if limits.seconds else []
        shares += [self.summary.spent / limits.budget] if limits.budget else []
        return min(1.0, max(shares, default=0.0))


@dataclass(frozen=True)
class JobsPage:
    """A page of the list."""

    rows: tuple[JobRow, ...]
    next: tuple[Any, ...] | None  # where the next page begins


def page(store: Store, query: Query, now: datetime) -> JobsPage:
    """Read a page of the list. Raises ValueError if `query.after` is from another list."""
    found = store.list_tuning_jobs(query.listing())
    return JobsPage(_rows(store, found.items, now), found.next)


def named(store: Store, names: Iterable[str], now: datetime) -> tuple[JobRow, ...]:
    """Read some jobs of the list; those that are gone are left out."""
    found = []
    for name in names:
        try:
            found.append(store.summary(name))
        except NotFound:
            continue
    return _rows(store, found, now)


def _rows(store: Store, summaries: Sequence[TuningJobSummary], now: datetime) -> tuple[JobRow, ...]:
    courses = store.courses([each.name for each in summaries], now)
    both = [(each, courses.get(each.name.lower())) for each in summaries]
    return tuple(
        JobRow(summary=each, course=course, alarms=alarms(each))
        for each, course in both
        if course is not None
    )


def alarms(job: TuningJobSummary) -> tuple[Alarm, ...]:
    """What a person should know of a job before opening it."""
    found = []
    failed = job.counts[TrialState.FAILED]
    ended = sum(count for state, count in job.counts.items() if state.is_final)
    if failed >= _FEW_FAILURES and failed >= _WARN * ended:
        found.append(Alarm("bad" if failed >= _BAD * ended else "warn", f"{failed} of {ended} failed"))
    if not job.status.is_final:
        if job.converged_at is not None:
            found.append(Alarm("calm", "a better value is unlikely"))
        elif job.not_improving >= _LONG:
            found.append(Alarm("calm", f"no better value in the last {job.not_improving}"))
    return tuple(found)


def facts(row: JobRow, now: datetime) -> dict[str, str]:
    """What the columns of numbers say, in words."""
    limits = row.summary.limits
    return {
        "trials": f"{row.ended:,} of {limits.trials:,}" if limits.trials else f"{row.ended:,}",
        "limit": "" if limits.seconds is None else f"at most {words.duration(limits.seconds)}",
        "elapsed": words.duration(row.elapsed(now)),
        "spent": words.duration(row.course.seconds),
        "money": _money(row.summary),
    }


def _money(job: TuningJobSummary) -> str:
    """What the training jobs that have ended cost; nothing if their price is not known."""
    if job.price is None:
        return ""
    spent = job.price.show(job.spent)
    return spent if job.limits.budget is None else f"{spent} of {job.price.show(job.limits.budget)}"
