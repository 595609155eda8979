from __future__ import annotations

from tunesmith.storage.listing import Page, page

KEYS = ["a", "a/1", "a/2", "a/b/3", "b", "c/4"]


def test_common_prefixes_count_once() -> None:
    assert page(KEYS, "", "/", "", 1000) == Page(["a", "b"], ["a/", "c/"], None)


def test_page_goes_on_behind_a_common_prefix() -> None:
    first = page(KEYS, "", "/", "", 2)
    assert first == Page(["a"], ["a/"], "a/")
    assert page(KEYS, "", "/", "a/", 1) == Page(["b"], [], "b")
    assert page(KEYS, "", "/", "b", 1) == Page([], ["c/"], None)


def test_page_goes_on_behind_a_key() -> None:
    assert page(KEYS, "", "", "a/1", 2) == Page(["a/2", "a/b/3"], [], "a/b/3")


def test_delimiter_counts_behind_the_prefix_only() -> None:
    keys = [key for key in KEYS if key.startswith("a/")]
    assert page(keys, "a/", "/", "", 1000) == Page(["a/1", "a/2"], ["a/b/"], None)


def test_empty_page_is_the_last() -> None:
    assert page(KEYS, "", "", "", 0) == Page([], [], None)
