"""Which earlier tuning jobs a new one could learn from, and why not from the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from tunesmith.control.warm_start import Parent, check
from tunesmith.core.tuning_job import Transfer, TuningJob, TuningStatus
from tunesmith.store.store import Store


@dataclass(frozen=True)
class Candidate:
    """An earlier tuning job, as a parent of the new one."""

    name: str
    status: TuningStatus
    created_at: datetime
    obstacle: str | None  # why it does not fit, and how to mend it; None if it does

    @property
    def fits(self) -> bool:
        """Whether the new tuning job can learn from it."""
        return self.obstacle is None


def candidates(store: Store, job: TuningJob, transfer: Transfer, most: int = 200) -> list[Candidate]:
    """Judge the newest tuning jobs one by one, those that fit first.

    Args:
        store: Where they are.
        job: The new one, whatever parents it has already.
        transfer: What it has in common with its parents.
        most: How many are looked at.
    """
    found = list(_judged(store, job, transfer, most))
    return sorted(found, key=lambda each: not each.fits)


def obstacle(job: TuningJob) -> str | None:
    """Why a tuning job cannot have the parents that it has, whatever these are."""
    try:
        check(job, ())
    except ValueError as error:
        return _plain(error)
    return None


def _judged(store: Store, job: TuningJob, transfer: Transfer, most: int) -> Iterator[Candidate]:
    for record in store.tuning_jobs()[:most]:
        earlier = record.job
        why = None
        try:
            check(replace(job, parents=(earlier.name,), transfer=transfer), [Parent(record, ())])
        except ValueError as error:
            why = _plain(error)
        yield Candidate(earlier.name, record.status, earlier.created_at, why)


def _plain(error: ValueError) -> str:
    return str(error).removeprefix("parents: ")
