from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.web.wizard.spans import seconds_text, span_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90 min", "5400"),
        ("2h", "7200"),
        ("1 h 30 min", "5400"),
        ("1.5 hours", "5400"),
        ("2 days", "172800"),
        ("45 s", "45"),
        (" 3600 ", "3600"),
        ("", ""),
        ("soon", "soon"),
        ("5 apples", "5 apples"),
        ("h", "h"),
        ("-5 min", "-5 min"),
    ],
)
def test_spans_are_read_as_seconds(text: str, seconds: str) -> None:
    assert seconds_text(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ("5400", "90 min"),
        ("7200", "2 h"),
        ("86400", "1 d"),
        ("45", "45 s"),
        ("0.5", "0.5 s"),
        ("", ""),
        ("x", "x"),
    ],
)
def test_seconds_are_shown_as_spans(seconds: str, text: str) -> None:
    assert span_text(seconds) == text


@given(st.integers(0, 10**7))
def test_a_span_is_read_as_it_is_shown(seconds: int) -> None:
    assert seconds_text(span_text(str(seconds))) == str(seconds)
