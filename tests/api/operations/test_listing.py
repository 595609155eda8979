from __future__ import annotations

from datetime import UTC, datetime

from tunesmith.api.call import Call
from tunesmith.api.operations.listing import answer, listing
from tunesmith.store.listing import Listing, Page, Sort

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def call(**request: object) -> Call:
    return Call(operation="ListTrainingJobs", request=request)


def test_filters_are_handed_on() -> None:
    asked = call(
        NameContains="x",
        MaxResults=3,
        CreationTimeAfter=NOON,
        CreationTimeBefore=NOON,
        LastModifiedTimeAfter=NOON,
        LastModifiedTimeBefore=NOON,
    )
    assert listing(asked, sort=Sort.NAME, descending=True, status=None) == Listing(
        sort=Sort.NAME,
        descending=True,
        contains="x",
        limit=3,
        created_after=NOON,
        created_before=NOON,
        modified_after=NOON,
        modified_before=NOON,
    )


def test_an_answer_leads_to_the_next_page() -> None:
    first = answer(call(), "Items", Page(["a", "b"], ("b", 2)), lambda item: {"Name": item})
    assert first["Items"] == [{"Name": "a"}, {"Name": "b"}]
    following = listing(call(NextToken=first["NextToken"]), sort=Sort.NAME, descending=False, status=None)
    assert following.after == ("b", 2)
    assert answer(call(), "Items", Page([], None), dict)["NextToken"] is None
