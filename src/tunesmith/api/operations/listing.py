"""What the requests of all lists have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from tunesmith.api import paging
from tunesmith.api.call import Call, Json
from tunesmith.api.responses.status import states
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.listing import Listing, Page, Sort

_Item = TypeVar("_Item")

SORTS = {
    "Name": Sort.NAME,
    "CreationTime": Sort.CREATED,
    "Status": Sort.STATUS,
    "FinalObjectiveMetricValue": Sort.VALUE,
}
"""What a list may be sorted by, as SortBy has it."""


def listing(
    call: Call,
    *,
    sort: Sort,
    descending: bool,
    status: TuningStatus | Collection[TrialState] | None,
) -> Listing:
    """The listing that a call asks for; raises ValidationError for a bad NextToken."""
    request = call.request
    return Listing(
        sort=sort,
        descending=descending,
        contains=request.get("NameContains"),
        status=status,
        created_after=request.get("CreationTimeAfter"),
        created_before=request.get("CreationTimeBefore"),
        modified_after=request.get("LastModifiedTimeAfter"),
        modified_before=request.get("LastModifiedTimeBefore"),
        limit=paging.size(request),
        after=paging.cursor(call),
    )


def wanted_states(request: Json) -> frozenset[TrialState] | None:
    """The states that StatusEquals stands for, of which there may be none; None if it is not given."""
    return states(request["StatusEquals"]) if "StatusEquals" in request else None


def answer(call: Call, member: str, page: Page[_Item], summary: Callable[[_Item], Json]) -> Json:
    """The answer of a list operation: the page's items and where the next one begins."""
    return {member: [summary(item) for item in page.items], "NextToken": paging.token(call, page.next)}


def load(query: Callable[[Listing], Page[_Item]], asked: Listing) -> Page[_Item]:
    """Load a page; a place that the list cannot have comes from a token that somebody has made up."""
    try:
        return query(asked)
    except ValueError:
        raise paging.invalid_token() from None


def nothing() -> Page[Any]:
    """The page of a list of what never occurs here."""
    return Page([], None)
