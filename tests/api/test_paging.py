from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.api import paging
from tunesmith.api.call import Call
from tunesmith.api.errors import ValidationError

CURSORS = st.lists(st.text() | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()).map(
    tuple
)


def call(operation: str = "ListTags", /, **request: Any) -> Call:
    return Call(operation=operation, request=request)


@given(CURSORS)
def test_a_token_brings_its_cursor_back(cursor: paging.Cursor) -> None:
    asked: dict[str, Any] = {"SortBy": "Name", "CreationTimeAfter": datetime(2026, 3, 1, tzinfo=UTC)}
    token = paging.token(call(**asked), cursor)
    assert token is not None
    assert paging.cursor(call(**asked, NextToken=token, MaxResults=7)) == cursor


def test_a_first_page_has_no_cursor_and_a_last_one_no_token() -> None:
    assert paging.cursor(call()) is None
    assert paging.token(call(), None) is None


@pytest.mark.parametrize(
    "other",
    [call(SortBy="Status"), call(), call("ListTrainingJobs", SortBy="Name"), call(SortBy="Name", X=1)],
)
def test_a_token_is_for_one_list_only(other: Call) -> None:
    token = paging.token(call(SortBy="Name"), ("a", 1))
    with pytest.raises(ValidationError, match="NextToken is invalid"):
        paging.cursor(call(other.operation, **other.request, NextToken=token))


@given(st.text() | st.binary().map(lambda data: urlsafe_b64encode(data).decode()))
def test_no_other_text_is_a_token(text: str) -> None:
    with pytest.raises(ValidationError, match="NextToken is invalid"):
        paging.cursor(call(NextToken=text))


@pytest.mark.parametrize("content", [b"[]", b"{}", b"5", b"null", b'["x"]', b'[["x"], 1]', b"[" * 100_000])
def test_json_of_another_kind_is_no_token(content: bytes) -> None:
    with pytest.raises(ValidationError, match="NextToken is invalid"):
        paging.cursor(call(NextToken=urlsafe_b64encode(content).decode()))


@given(st.data())
def test_an_altered_token_is_noticed(data: st.DataObject) -> None:
    token = paging.token(call(), ("job-7", 3)) or ""
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_"))
    altered = token[:place] + letter + token[place + 1 :]
    if altered != token:
        with pytest.raises(ValidationError, match="NextToken is invalid"):
            paging.cursor(call(NextToken=altered))


def test_the_size_of_a_page() -> None:
    assert paging.size({}) == 10
    assert paging.size({"MaxResults": 3}) == 3
    assert paging.size({}, 50) == 50
