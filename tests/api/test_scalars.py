from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.api.errors import SerializationError
from tunesmith.api.scalars import read_scalar

KINDS = ["string", "boolean", "integer", "long", "float", "double", "timestamp"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("string", "", ""),
        ("boolean", False, False),
        ("integer", 5.0, 5),
        ("integer", -(2**31), -(2**31)),
        ("long", 2**63 - 1, 2**63 - 1),
        ("float", 1, 1.0),
        ("float", 0.1, 0.1),
        ("timestamp", 1704067200.5, datetime(2024, 1, 1, 0, 0, 0, 500000, UTC)),
        ("timestamp", 0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("timestamp", "2024-01-01T02:00:00+02:00", datetime(2024, 1, 1, tzinfo=UTC)),
        ("timestamp", "2024-01-01T00:00:00Z", datetime(2024, 1, 1, tzinfo=UTC)),
        ("timestamp", "2024-01-01", datetime(2024, 1, 1, tzinfo=UTC)),
    ],
)
def test_values_of_the_right_kind_are_read(kind: str, value: object, found: object) -> None:
    read = read_scalar(kind, value, "x")
    assert read == found
    assert type(read) is type(found)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 1),
        ("string", True),
        ("boolean", 1),
        ("boolean", "true"),
        ("integer", True),
        ("integer", "1"),
        ("integer", 1.5),
        ("integer", 2**31),
        ("long", 2**63),
        ("float", "NaN"),
        ("float", True),
        ("float", 10**400),
        ("timestamp", True),
        ("timestamp", 1e300),
        ("timestamp", "yesterday"),
        ("timestamp", "0001-01-01T00:00:00+10:00"),
    ],
)
def test_values_of_another_kind_are_refused(kind: str, value: object) -> None:
    with pytest.raises(SerializationError, match=r"can not be converted to an? .* \(at 'a\.b'\)"):
        read_scalar(kind, value, "a.b")


@settings(derandomize=True, deadline=None)
@given(st.sampled_from(KINDS), json_values)
def test_nothing_else_is_raised(kind: str, value: object) -> None:
    try:
        read_scalar(kind, value, "x")
    except SerializationError:
        assert not (kind == "string" and isinstance(value, str))


@settings(derandomize=True, deadline=None)
@given(st.datetimes(min_value=datetime(1902, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14, 14))  # noqa: DTZ001
def test_moments_come_back(moment: datetime, hours: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert read_scalar("timestamp", there.isoformat(), "x") == there
    assert read_scalar("timestamp", there.timestamp(), "x") == there
