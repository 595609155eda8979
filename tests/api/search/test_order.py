from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.api.errors import ValidationError
from tunesmith.api.paging import Cursor
from tunesmith.api.search.order import Order
from tunesmith.api.search.properties import resolve

VALUES = st.lists(
    st.none() | st.integers(-3, 3).map(str) | st.floats(-2, 2).map(str) | st.sampled_from("abc")
)


def page(
    values: list[Any], after: Cursor | None = None, *, descending: bool, size: int = 99
) -> tuple[list[str], Cursor | None]:
    """The values on a page, and the cursor of the next one as a client brings it back."""
    prop = resolve("TrainingJob", "HyperParameters.x")
    order: Order[str] = Order(prop, descending=descending, after=after, size=size)
    for number, value in enumerate(values):
        order.add(f"{value}", f"job-{number}", [] if value is None else [value])
    assert order.count == len(values)
    found, cursor = order.page()
    return found, None if cursor is None else tuple(json.loads(json.dumps(cursor)))


def test_numbers_come_before_texts_and_what_has_neither_last() -> None:
    values = ["10", None, "b", "9.5", "a", "-1e3"]
    assert page(values, descending=False)[0] == ["-1e3", "9.5", "10", "a", "b", "None"]
    assert page(values, descending=True)[0] == ["b", "a", "10", "9.5", "-1e3", "None"]


@given(VALUES, st.integers(1, 4), st.booleans())
def test_pages_have_everything_once_and_in_order(
    values: list[str | None], size: int, descending: bool
) -> None:
    whole, last = page(values, descending=descending)
    assert last is None
    pages, cursor = page(values, descending=descending, size=size)
    while cursor is not None:
        more, cursor = page(values, cursor, descending=descending, size=size)
        assert len(more) <= size
        pages += more
    assert pages == whole
    assert sorted(pages) == sorted(map(str, values))


def test_a_page_goes_on_when_its_last_item_is_gone() -> None:
    _, cursor = page(["1", "2", "3"], descending=False, size=2)
    assert page(["1", "9", "3"], cursor, descending=False, size=2)[0] == ["3", "9"]


@pytest.mark.parametrize("descending", [True, False])
def test_a_page_of_many_is_right_although_few_are_kept(descending: bool) -> None:
    values = [str(number * 7919 % 5000) for number in range(5000)]
    expected = sorted(values, key=int, reverse=descending)
    first, cursor = page(values, descending=descending, size=20)
    second, _ = page(values, cursor, descending=descending, size=20)
    assert first + second == expected[:40]


def test_a_structure_has_no_order() -> None:
    with pytest.raises(
        ValidationError, match=r"cannot be sorted by ResourceConfig, which is not a single value"
    ):
        Order[str](resolve("TrainingJob", "ResourceConfig"), descending=True, after=None, size=9)
