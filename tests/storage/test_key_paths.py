from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.storage.key_paths import key_paths, relative_path
from tunesmith.storage.shelf import LocationError


@pytest.mark.parametrize(
    ("prefix", "key", "path"),
    [
        ("a/b", "a/b/c.csv", "c.csv"),
        ("a/b", "a/b/c/d.csv", "c/d.csv"),
        ("a/b/", "a/b/c.csv", "c.csv"),
        ("a/b.csv", "a/b.csv", "b.csv"),
        ("a/b", "a/b.csv", "b.csv"),
        ("a/b", "a/bc/d.csv", "bc/d.csv"),
        ("part-", "part-0", "part-0"),
        ("", "a/b.csv", "a/b.csv"),
        ("a", "a/sub/", "sub"),
        ("a", "a/..b/c..", "..b/c.."),
    ],
)
def test_paths_are_relative_to_the_prefix_as_a_folder(prefix: str, key: str, path: str) -> None:
    assert key_paths(prefix, [key]) == {key: PurePosixPath(path)}


def test_the_marker_of_the_folder_itself_is_left_out() -> None:
    assert key_paths("a/b", ["a/b/"]) == {}
    assert key_paths("a/b/", ["a/b/"]) == {}


@pytest.mark.parametrize(
    "rest", ["../x", "x/../../y", "/etc/passwd", "x//y", ".", "x/./y", "a\0b", "n" * 256, "ä" * 128]
)
def test_keys_that_lead_out_or_are_no_files_are_refused(rest: str) -> None:
    with pytest.raises(LocationError, match="cannot be laid out as a file: between slashes"):
        key_paths("a/", ["a/x.csv", f"a/{rest}"])


@pytest.mark.parametrize(
    ("prefix", "keys"),
    [
        ("a/", ["a/x", "a/x/y"]),
        ("a/", ["a/x/y", "a/x"]),
        ("a/", ["a/x", "a/x/"]),
        ("a/", ["a/x/", "a/x"]),
        ("a/b", ["a/b/bc", "a/bc"]),
    ],
)
def test_keys_that_cannot_be_files_together_are_refused(prefix: str, keys: list[str]) -> None:
    with pytest.raises(LocationError, match="cannot be laid out as a"):
        key_paths(prefix, keys)


def test_a_folder_may_have_a_marker_and_files() -> None:
    assert set(key_paths("a", ["a/x/", "a/x/y"]).values()) == {PurePosixPath("x"), PurePosixPath("x/y")}


_names = st.text(st.sampled_from("ab./\0"), min_size=1, max_size=12)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(_names)
def test_no_path_leads_out_whatever_the_key(text: str) -> None:
    try:
        path = relative_path(text, text)
    except LocationError:
        return
    assert Path("/base", path).resolve().is_relative_to("/base")
    assert "\0" not in str(path)
    assert str(path) == text.removesuffix("/")
