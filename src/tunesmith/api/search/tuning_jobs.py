"""Tuning jobs as they are searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from tunesmith.api import tags
from tunesmith.api.responses import tuning_job
from tunesmith.api.responses.place import Place
from tunesmith.api.responses.tuning_job import TuningJobFacts
from tunesmith.api.search.properties import Property, read
from tunesmith.store.listing import Listing, Sort
from tunesmith.store.records import TrialRecord, TuningJobRecord, TuningJobSummary
from tunesmith.store.store import Store

SHAPE = "HyperParameterTuningJobSearchEntity"
"""The record in the service model."""

_PAGE = 100


@dataclass(frozen=True)
class SearchedTuningJob:
    """A tuning job of which no more is worked out or loaded than a search asks for."""

    facts: TuningJobFacts
    load_tags: Callable[[], dict[str, str]]

    @property
    def id(self) -> str:
        """What tells it from all others."""
        return self.facts.summary.name

    @cached_property
    def tags(self) -> dict[str, str]:
        """Its tags."""
        return self.load_tags()

    def values(self, prop: Property) -> Iterable[Any]:
        """What a property of it holds: nothing, one value or several."""
        if prop.head == "Tags":
            return read(self.tags or None, prop.rest)
        reader = tuning_job.MEMBERS.get(prop.head)
        return () if reader is None else read(reader(self.facts), prop.rest)

    def answer(self) -> dict[str, Any]:
        """The record that a search gives."""
        described = tuning_job.describe(self.facts)
        return {"HyperParameterTuningJob": {**described, "Tags": tags.listed(self.tags)}}


def tuning_jobs(store: Store, place: Place, now: datetime) -> Iterator[SearchedTuningJob]:
    """All tuning jobs, the newest first."""
    listing, more = Listing(sort=Sort.CREATED, descending=True, limit=_PAGE), True
    while more:
        page = store.list_tuning_jobs(listing)
        yield from _searched(store, place, now, page.items)
        listing, more = replace(listing, after=page.next), bool(page.next)


def together(
    store: Store, place: Place, now: datetime, found: Sequence[SearchedTuningJob]
) -> Iterator[SearchedTuningJob]:
    """The same tuning jobs; what one of them needs from the store is loaded for all of them, and no others."""
    return _searched(store, place, now, [each.facts.summary for each in found])


def _searched(
    store: Store, place: Place, now: datetime, summaries: Sequence[TuningJobSummary]
) -> Iterator[SearchedTuningJob]:
    loader = _Loader(store, [summary.name for summary in summaries])
    for summary in summaries:
        facts = TuningJobFacts(
            summary=summary,
            load_record=partial(loader.record, summary.name),
            load_best=partial(loader.best, summary.name),
            place=place,
            now=now,
        )
        yield SearchedTuningJob(facts, partial(loader.tags, summary.name))


class _Loader:
    """Reads at once what many tuning jobs need, when the first of them needs it."""

    def __init__(self, store: Store, names: Sequence[str]) -> None:
        self._store = store
        self._names = names

    @cached_property
    def _records(self) -> dict[str, TuningJobRecord]:
        return self._store.records_of(self._names)

    @cached_property
    def _best(self) -> dict[str, TrialRecord]:
        return self._store.best_of(self._names)

    @cached_property
    def _tags(self) -> dict[str, dict[str, str]]:
        return self._store.tags_of("tuning", self._names)

    def record(self, name: str) -> TuningJobRecord:
        """Its record; raises NotFound if it was deleted meanwhile."""
        found = self._records.get(name.lower())
        return self._store.tuning_job(name) if found is None else found

    def best(self, name: str) -> TrialRecord | None:
        return self._best.get(name.lower())

    def tags(self, name: str) -> dict[str, str]:
        return self._tags.get(name.lower(), {})
