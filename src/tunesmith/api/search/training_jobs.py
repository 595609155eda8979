"""Training jobs as they are searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from tunesmith.api import tags
from tunesmith.api.responses import training_job
from tunesmith.api.responses.definition import OBJECTIVE_METRIC
from tunesmith.api.responses.place import Place
from tunesmith.api.responses.stored import Stored
from tunesmith.api.responses.training_job import TrainingJobFacts
from tunesmith.api.search.properties import Property, read
from tunesmith.store.listing import Listing, Sort
from tunesmith.store.records import MetricPoint, TrainingJobRecord
from tunesmith.store.store import Store
from tunesmith.training.script_mode import encode

SHAPE = "TrainingJob"
"""The record in the service model."""

_PAGE = 1000


@dataclass(frozen=True)
class SearchedTrainingJob:
    """A training job of which no more is worked out or loaded than a search asks for."""

    facts: TrainingJobFacts
    load_tags: Callable[[], dict[str, str]]
    load_metric: Callable[[str], float | None]  # its last value

    @property
    def id(self) -> str:
        """What tells it from all others."""
        return self.facts.trial.name

    @cached_property
    def tags(self) -> dict[str, str]:
        """Its tags."""
        return self.load_tags()

    def values(self, prop: Property) -> Iterable[Any]:
        """What a property of it holds: nothing, one value or several."""
        if prop.head == "Tags":
            return read(self.tags or None, prop.rest)
        if prop.head == "Metrics":
            return self._metric(prop.rest)
        if prop.head == "HyperParameters" and prop.rest:
            return self._hyperparameter(*prop.rest)
        reader = training_job.MEMBERS.get(prop.head)
        return () if reader is None else read(reader(self.facts), prop.rest)

    def answer(self) -> dict[str, Any]:
        """The record that a search gives."""
        return {SHAPE: {**training_job.describe(self.facts), "Tags": tags.listed(self.tags)}}

    def _hyperparameter(self, name: str) -> Iterator[str]:
        """One hyperparameter as text, without making texts of all."""
        config, fixed = self.facts.trial.config, self.facts.stored.hyperparameters
        if name in config:
            yield encode(config[name])
        elif name in fixed:
            yield fixed[name]

    def _metric(self, name: tuple[str, ...]) -> Iterator[float]:
        """The final value of a metric; of no name, of the objective."""
        objective = self.facts.stored.objective.metric
        known = {(), (OBJECTIVE_METRIC,), (objective,)}
        value = self.facts.trial.value if name in known else self.load_metric(name[0])
        if value is not None:
            yield value


def training_jobs(store: Store, place: Place) -> Iterator[SearchedTrainingJob]:
    """All training jobs, the newest first."""
    listing, more = Listing(sort=Sort.CREATED, descending=True, limit=_PAGE), True
    while more:
        page = store.list_training_jobs(listing)
        yield from _searched(store, place, page.items)
        listing, more = replace(listing, after=page.next), bool(page.next)


def together(
    store: Store, place: Place, found: Sequence[SearchedTrainingJob]
) -> Iterator[SearchedTrainingJob]:
    """The same training jobs; what one of them needs from the store is loaded for all of them, and no others."""
    records = [TrainingJobRecord(each.facts.stored.record, each.facts.trial) for each in found]
    return _searched(store, place, records)


def _searched(
    store: Store, place: Place, records: Sequence[TrainingJobRecord]
) -> Iterator[SearchedTrainingJob]:
    loader = _Loader(store, [record.trial.name for record in records])
    stored: dict[tuple[str, str | None], Stored] = {}
    for record in records:
        job, name = (record.tuning.job.name, record.trial.definition), record.trial.name
        if job not in stored:
            stored[job] = Stored(record.tuning, record.trial.definition)
        facts = TrainingJobFacts(
            stored=stored[job],
            trial=record.trial,
            place=place,
            load_points=partial(loader.points, name),
        )
        yield SearchedTrainingJob(facts, partial(loader.tags, name), partial(loader.value, name))


class _Loader:
    """Reads at once what many training jobs need, when the first of them needs it."""

    def __init__(self, store: Store, names: Sequence[str]) -> None:
        self._store = store
        self._names = names
        self._values: dict[str, dict[str, float]] = {}

    @cached_property
    def _tags(self) -> dict[str, dict[str, str]]:
        return self._store.tags_of("training", self._names)

    @cached_property
    def _points(self) -> dict[str, list[MetricPoint]]:
        return self._store.latest_metrics_of(self._names)

    def tags(self, name: str) -> dict[str, str]:
        return self._tags.get(name.lower(), {})

    def points(self, name: str) -> list[MetricPoint]:
        return self._points.get(name.lower(), [])

    def value(self, name: str, metric: str) -> float | None:
        """The last value of a metric."""
        if metric not in self._values:
            found = self._store.latest_metrics_of(self._names, metric)
            self._values[metric] = {key: points[-1].value for key, points in found.items()}
        return self._values[metric].get(name.lower())
