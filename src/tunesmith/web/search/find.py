"""Finding the training jobs of a store that an expression fits, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tunesmith.api.search.order import Order
from tunesmith.api.search.properties import Property as Sorted
from tunesmith.api.search.properties import Type
from tunesmith.core.trial import TrialState
from tunesmith.store.errors import NotFound
from tunesmith.store.listing import Listing, Sort
from tunesmith.store.records import TrainingJobRecord
from tunesmith.store.store import Store
from tunesmith.web.search.expression import Comparison, Expression, comparisons, conjunction, parse
from tunesmith.web.search.predicate import LoadMetric, Scalar, known, predicate, value_of

PAGE = 50
"""Training jobs on a page."""

_CHUNK = 1000  # training jobs that are read at a time
_TYPES = {"text": Type.TEXT, "state": Type.TEXT, "moment": Type.TIME}


@dataclass(frozen=True, kw_only=True)
class Query:
    """What somebody looks for; what the address of the page says."""

    text: str = ""
    sort: str = "created"
    descending: bool = True
    after: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Hit:
    """A training job that fits, and what it has of the names in the expression."""

    job: TrainingJobRecord
    values: tuple[Scalar, ...]  # by `Hits.names`


@dataclass(frozen=True)
class Hits:
    """A page of them."""

    hits: tuple[Hit, ...]
    names: tuple[str, ...]  # of hyperparameters and metrics in the expression
    count: int  # on all pages
    seen: int  # training jobs that were looked at
    next: tuple[Any, ...] | None


def find(store: Store, query: Query) -> Hits:
    """Search all training jobs. Raises ExpressionError, and ValueError for a cursor of another search."""
    expression = parse(query.text)
    fits = predicate(expression)
    names = tuple(dict.fromkeys(each.name for each in comparisons(expression) if known(each.name) is None))
    order: Order[TrainingJobRecord] = Order(
        _sorted(query.sort), descending=query.descending, after=query.after, size=PAGE
    )
    seen = 0
    for chunk in _candidates(store, expression):
        metrics = _Metrics(store, [each.trial.name for each in chunk])
        for job in chunk:
            load = partial(metrics.value, job.trial.name)
            seen += 1
            if fits(job, load):
                order.add(job, job.trial.name, _present(value_of(job, query.sort, load)))
    page, cursor = order.page()
    metrics = _Metrics(store, [job.trial.name for job in page])
    hits = tuple(_hit(job, names, partial(metrics.value, job.trial.name)) for job in page)
    return Hits(hits, names, order.count, seen, cursor)


def _hit(job: TrainingJobRecord, names: Sequence[str], load: LoadMetric) -> Hit:
    return Hit(job, tuple(value_of(job, name, load) for name in names))


def _sorted(name: str) -> Sorted:
    prop = known(name)
    kind = Type.FREE if prop is None else _TYPES.get(prop.kind, Type.NUMBER)
    return Sorted(name, (), kind)


def _present(value: Scalar) -> list[Scalar]:
    return [] if value is None else [value]


def _candidates(store: Store, expression: Expression) -> Iterator[list[TrainingJobRecord]]:
    """The training jobs that may fit, as far as the database can tell by itself."""
    needed = conjunction(expression) or ()
    listing = Listing(sort=Sort.CREATED, descending=True, limit=_CHUNK)
    owner: str | None = None
    for each in needed:
        listing, owner = _narrowed(listing, owner, each)
    try:
        page = store.list_training_jobs(listing, owner)
    except NotFound:
        return
    yield page.items
    while page.next is not None:
        page = store.list_training_jobs(replace(listing, after=page.next), owner)
        yield page.items


def _narrowed(listing: Listing, owner: str | None, given: Comparison) -> tuple[Listing, str | None]:
    prop = known(given.name)
    match None if prop is None else prop.name, given.sign:
        case "job", "=" if given.value.lower() not in {"none", "missing"}:
            return listing, given.value
        case "name", "~" if listing.contains is None:
            return replace(listing, contains=given.value), owner
        case "status", "=" if listing.status is None:
            state = next((each for each in TrialState if each.value.lower() == given.value.lower()), None)
            return (listing, owner) if state is None else (replace(listing, status=(state,)), owner)
    return listing, owner


class _Metrics:
    """Reads a metric of many training jobs at once, when the first of them needs it."""

    def __init__(self, store: Store, names: Sequence[str]) -> None:
        self._store, self._names = store, names
        self._known: dict[str, dict[str, float]] = {}

    def value(self, job: str, metric: str) -> float | None:
        if metric not in self._known:
            found = self._store.latest_metrics_of(self._names, metric)
            self._known[metric] = {name: points[-1].value for name, points in found.items()}
        return self._known[metric].get(job.lower())


def names_in(store: Store, most: int = 50) -> list[str]:
    """The hyperparameters and metrics of the latest tuning jobs, to be proposed."""
    page = store.list_tuning_jobs(Listing(sort=Sort.CREATED, descending=True, limit=most))
    records = store.records_of([each.name for each in page.items])
    found: dict[str, None] = {}
    for record in records.values():
        for part in record.job.parts.values():
            found |= dict.fromkeys(part.space.names)
            found |= dict.fromkeys(part.hyperparameters)
            found |= dict.fromkeys(each.name for each in part.metrics)
    return sorted(found, key=str.lower)
