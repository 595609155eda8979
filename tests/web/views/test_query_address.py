from __future__ import annotations

import math
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from tunesmith.core.trial import TrialState
from tunesmith.web import addresses
from tunesmith.web.views.query_address import (
    TYPICAL,
    asked,
    pair_asked,
    pair_parts,
    parts,
    rounded,
    scale_asked,
)
from tunesmith.web.views.training_jobs import PAGE, VALUE, Query

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
        first=st.integers(0, 10**12).map(lambda page: page * PAGE),
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
    assert addresses.tuning_job("job", **parts(Query(first=2 * PAGE))) == "/ui/jobs/job?page=3"
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
        "page=",
        "page=0",
        "page=-3",
        "page=1.5",
        "page=last",
        "name=other&tab=explore",
    ],
)
def test_what_makes_no_sense_is_passed_over(query: str) -> None:
    assert asked(QueryParams(query), ["depth"]) == Query()


TEXTS = st.sampled_from(["", "rate", "depth", "log", "all", TYPICAL, "2", "-1", "1e3", "٣"]) | st.text()


@given(st.dictionaries(st.sampled_from(["page", "across", "up", "scale", "name", "tab"]) | st.text(), TEXTS))
def test_whatever_an_address_says_something_possible_is_shown(said: dict[str, str]) -> None:
    address = addresses.tuning_job("job", **said)
    query = QueryParams(urlsplit(address).query)
    first = asked(query, (), limit=7).first
    assert first >= 0
    assert first % 7 == 0
    names = ("rate", "depth", "kind")
    pair = pair_asked(query, names)
    assert pair is None or (len(set(pair)) == 2 and set(pair) <= set(names))
    assert scale_asked(query, ("all", "log")) in {TYPICAL, "all", "log"}


@pytest.mark.parametrize(
    "query", ["", "across=rate", "up=rate", "across=rate&up=rate", "across=rate&up=width"]
)
def test_what_are_not_two_hyperparameters_is_passed_over(query: str) -> None:
    assert pair_asked(QueryParams(query), ("rate", "depth")) is None


def test_two_hyperparameters_and_back() -> None:
    address = addresses.tuning_job("job", "explore", **pair_parts("depth", "rate"))
    assert address == "/ui/jobs/job/explore?across=depth&up=rate"
    assert pair_asked(QueryParams(urlsplit(address).query), ("rate", "depth")) == ("depth", "rate")
    assert pair_parts("rate", "rate") == {}


def test_a_scale_that_the_values_do_not_allow_is_passed_over() -> None:
    assert scale_asked(QueryParams("scale=log"), ("typical", "all", "log")) == "log"
    assert scale_asked(QueryParams("scale=log"), ("all",)) == TYPICAL
    assert scale_asked(QueryParams(""), ("all", "log")) == TYPICAL


def test_what_is_drawn_by_hand_is_rounded_and_put_in_order() -> None:
    assert rounded([[3.4999999999, 0.123456789]]) == ((0.123457, 3.5),)
    assert rounded([]) == ()
