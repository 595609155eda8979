"""Pages of keys, in the order of their UTF-8 bytes, which is the order of Python's strings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tunesmith.storage.records import ObjectInfo


@dataclass(frozen=True)
class Listing:
    """A page of a bucket's objects."""

    objects: list[ObjectInfo]
    prefixes: list[str]  # what keys have in common up to the delimiter, once for all of them
    next: str | None  # `after` of the next page; None: this is the last


@dataclass(frozen=True)
class Page:
    """A page of keys."""

    keys: list[str]
    prefixes: list[str]
    next: str | None


def page(keys: Iterable[str], prefix: str, delimiter: str, after: str, limit: int) -> Page:
    """Cut a page out of keys that start with `prefix`.

    It begins behind `after`, a key or a common prefix, none of whose keys are given then.
    """
    rest = sorted(key for key in keys if key > after)
    page_keys: list[str] = []
    prefixes: list[str] = []
    last, at = after, 0
    while at < len(rest):
        common = _common_prefix(rest[at], prefix, delimiter)
        if common is not None and common == after:
            at = _behind(rest, common, at)
        elif len(page_keys) + len(prefixes) >= limit:
            return Page(page_keys, prefixes, last if limit else None)
        elif common is None:
            page_keys.append(rest[at])
            last, at = rest[at], at + 1
        else:
            prefixes.append(common)
            last, at = common, _behind(rest, common, at)
    return Page(page_keys, prefixes, None)


def _common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    end = key.find(delimiter, len(prefix)) if delimiter else -1
    return None if end < 0 else key[: end + len(delimiter)]


def _behind(keys: list[str], prefix: str, at: int) -> int:
    """Find the first key at or after `at` that does not start with `prefix`."""
    while at < len(keys) and keys[at].startswith(prefix):
        at += 1
    return at
