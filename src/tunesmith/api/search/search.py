"""The operation Search: filter, sort, and a page of what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from tunesmith.api import paging
from tunesmith.api.call import Call, Json
from tunesmith.api.errors import ValidationError
from tunesmith.api.responses.place import Place
from tunesmith.api.search import training_jobs, tuning_jobs
from tunesmith.api.search.expression import predicate
from tunesmith.api.search.order import Order
from tunesmith.api.search.properties import Property, resolve
from tunesmith.store.store import Store

_SHAPES = {"TrainingJob": training_jobs.SHAPE, "HyperParameterTuningJob": tuning_jobs.SHAPE}
_SORTED_BY = "LastModifiedTime"


class Searched(Protocol):
    """A resource that can be searched."""

    @property
    def id(self) -> str:
        """What tells it from all others of its kind."""
        ...

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags."""
        ...

    def values(self, prop: Property) -> Iterable[Any]:
        """What a property of it holds: nothing, one value or several."""
        ...

    def answer(self) -> dict[str, Any]:
        """The record that a search gives."""
        ...


_Job = TypeVar("_Job", bound=Searched)


def search(store: Store, call: Call, now: datetime) -> Json:
    """Answer a call of Search; raises ValidationError for what cannot be searched for."""
    shape, place = shape_of(call.request["Resource"]), Place(call.region, call.account)
    if shape == training_jobs.SHAPE:
        jobs = training_jobs.training_jobs(store, place)
        return _answer(call, shape, jobs, partial(training_jobs.together, store, place))
    tuning = tuning_jobs.tuning_jobs(store, place, now)
    return _answer(call, shape, tuning, partial(tuning_jobs.together, store, place, now))


def _answer(
    call: Call, shape: str, jobs: Iterable[_Job], together: Callable[[list[_Job]], Iterable[_Job]]
) -> Json:
    """Make a page of the jobs that are wanted; `together` lets its jobs load at once what they need."""
    request = call.request
    after = paging.cursor(call)
    is_wanted = predicate(request.get("SearchExpression"), shape)
    prop = resolve(shape, request.get("SortBy", _SORTED_BY))
    order: Order[_Job] = Order(
        prop,
        descending=request.get("SortOrder", "Descending") == "Descending",
        after=after,
        size=paging.size(request),
    )
    for found in jobs:
        if is_wanted(found):
            order.add(found, found.id, found.values(prop))
    page, cursor = order.page()
    return {
        "Results": [found.answer() for found in together(page)],
        "NextToken": paging.token(call, cursor),
        "TotalHits": {"Value": order.count, "Relation": "EqualTo"},
    }


def records(store: Store, call: Call, now: datetime) -> Iterator[Searched]:
    """All resources of the kind that a call is about, the newest first."""
    place = Place(call.region, call.account)
    if call.request["Resource"] == "TrainingJob":
        return training_jobs.training_jobs(store, place)
    return tuning_jobs.tuning_jobs(store, place, now)


def shape_of(resource: str) -> str:
    """The service model's name for records of a resource; raises ValidationError for one that is not kept here."""
    if resource not in _SHAPES:
        msg = f"Resources of the kind {resource} cannot be searched here; these can: {', '.join(_SHAPES)}."
        raise ValidationError(msg)
    return _SHAPES[resource]
