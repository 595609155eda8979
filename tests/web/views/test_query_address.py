from __future__ import annotations

import math
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from tunesmith.core.trial import TrialState
from tunesmith.web import addresses
from tunesmith.web.views.query_address import asked, parts, rounded
from tunesmith.web.views.training_jobs import VALUE, Query

ENDS = st.floats(allow_nan=False, allow_infinity=False)
BRUSHES = st.dictionaries(
    st.text(min_size=1),
    st.lists(st.tuples(ENDS, ENDS), min_size=1, max_size=3).map(rounded),
    max_size=3,
).filter(lambda brush: all(math.isfinite(end) for all_ in brush.values() for each in all_ for end in each))


@given(
    st.builds(
        Query,
        text=st.text(),
        state=st.none() | st.sampled_from(TrialState),
        brush=BRUSHES,
        sort=st.sampled_from(["number", VALUE, "config depth"]),
        descending=st.booleans(),
    )
)
def test_an_address_asks_for_what_it_was_made_of(query: Query) -> None:
    address = addresses.tuning_job("job", "explore", **parts(query))
    assert asked(QueryParams(urlsplit(address).query), query.brush) == query


def test_an_address_reads_well() -> None:
    query = Query(
        definition="trees", brush={"depth": ((0.5, 3.5), (5.0, 6.0)), VALUE: ((0.25, 1.0),)}, sort=VALUE
    )
    assert addresses.tuning_job("job", "explore", **parts(query)) == (
        "/ui/jobs/job/explore?algorithm=trees&range=depth%3A0.5..3.5%2C5.0..6.0&range=value%3A0.25..1.0&sort=value"
    )
    assert addresses.tuning_job("job", "explore", **parts(Query())) == "/ui/jobs/job/explore"


@pytest.mark.parametrize(
    "query",
    [
        "range=width:1..2",  # there is no such hyperparameter
        "range=depth",
        "range=depth:",
        "range=depth:1..x",
        "range=depth:1..nan",
        "range=depth:1..inf",
        "range=depth:1,2",
        "range=",
        "state=Nowhere",
        "order=sideways",
    ],
)
def test_what_makes_no_sense_is_passed_over(query: str) -> None:
    assert asked(QueryParams(query), ["depth"]) == Query()


def test_what_is_drawn_by_hand_is_rounded_and_put_in_order() -> None:
    assert rounded([[3.4999999999, 0.123456789]]) == ((0.123457, 3.5),)
    assert rounded([]) == ()
