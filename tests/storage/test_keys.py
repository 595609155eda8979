from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tunesmith.storage.keys import escape, file_name, key_of

KEYS = st.text(min_size=1, max_size=250)


@given(KEYS)
def test_names_of_files_are_short_plain_and_lower_case(key: str) -> None:
    name = file_name(key)
    assert len(name) <= 255
    assert name.isascii()
    assert "/" not in name
    assert name == name.lower()


@given(KEYS)
def test_name_gives_the_key_back_unless_it_is_long(key: str) -> None:
    assert key_of(file_name(key)) == (key if len(escape(key)) <= 200 else None)


@given(st.sets(KEYS | st.text("aA/+%~.", min_size=1, max_size=3), max_size=20))
def test_every_key_has_a_name_of_its_own(keys: set[str]) -> None:
    assert len({file_name(key) for key in keys}) == len(keys)


def test_long_keys_with_the_same_start_differ() -> None:
    assert file_name("x" * 1000 + "a") != file_name("x" * 1000 + "b")
