from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunesmith.backends.shim.record import read_record, write_record

_on_one_folder = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture
    ],  # each example overwrites the last one's file
)


_texts = st.text(
    st.characters(exclude_characters="\0", exclude_categories=()).filter(
        lambda c: not "\ud800" <= c <= "\udc7f" and not "\udd00" <= c <= "\udfff"
    ),
    max_size=20,
)


@_on_one_folder
@given(st.lists(st.tuples(st.sampled_from(["argument", "environment"]), _texts)))
def test_records_hold_any_text_that_a_process_can_be_given(
    tmp_path: Path, fields: list[tuple[str, str]]
) -> None:
    path = str(tmp_path / "record")
    write_record(path, fields)
    expected: dict[str, list[str]] = {}
    for name, value in fields:
        expected.setdefault(name, []).append(value)
    assert read_record(path) == {
        name: [os.fsdecode(os.fsencode(value)) for value in values] for name, values in expected.items()
    }


def test_records_are_private(tmp_path: Path) -> None:
    write_record(str(tmp_path / "record"), [("environment", "TOKEN=secret")])
    assert (tmp_path / "record").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["record"]
