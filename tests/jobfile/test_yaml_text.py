from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.space import Value
from tunesmith.jobfile.yaml_source import meaning, read
from tunesmith.jobfile.yaml_text import Node, document, typed

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
values = texts | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
nodes = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(texts, nodes, max_size=3))
def test_a_document_is_read_as_it_was(mapping: dict[str, Node]) -> None:
    source = read(document(mapping))
    assert source.faults == []
    assert source.value == (mapping or None)


@given(values)
def test_a_typed_value_means_what_it_was(value: Value) -> None:
    found = meaning(typed(value))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" 1e-3 ", 1e-3),
        ("007", 7),
        ("TRUE", True),
        ("yes", "yes"),
        ("'3'", "3"),
        ('"a\\tb"', "a\tb"),
        ("it's", "it's"),
        ("'", "'"),
        ("''", ""),
        ("'a'b'", "'a'b'"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("", ""),
    ],
)
def test_what_people_type(text: str, value: Value) -> None:
    assert meaning(text) == value


def test_long_values_are_spread_over_lines() -> None:
    long = {"some": "x" * 60, "other": "y" * 60}
    assert document({"a": {"b": 1}, "long": long, "list": ["z" * 60, "z" * 60]}).splitlines() == [
        "a: {b: 1}",
        "long:",
        f"  some: {'x' * 60}",
        f"  other: {'y' * 60}",
        "list:",
        f"  - {'z' * 60}",
        f"  - {'z' * 60}",
    ]
