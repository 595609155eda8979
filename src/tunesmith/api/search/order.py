"""The order of what a search has found, and the page of it that was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from tunesmith.api.errors import ValidationError
from tunesmith.api.paging import Cursor, invalid_token
from tunesmith.api.search.condition import as_number
from tunesmith.api.search.properties import Property, Type

_Item = TypeVar("_Item")

Key: TypeAlias = tuple[int, float, str, str]
"""Numbers before texts: 0 for a number and 1 for a text, the number, the text, and what tells equals apart."""

_KEPT = 1000  # entries that may gather before those that cannot be on the page are dropped


class Order(Generic[_Item]):
    """Items sorted by a property, upwards or downwards, of which a page is kept.

    Those that lack the property come last either way.
    """

    def __init__(self, prop: Property, *, descending: bool, after: Cursor | None, size: int) -> None:
        """Give the page of `size` items after a cursor.

        Raises ValidationError for a property that has no order, and for a cursor that no page has ended with.
        """
        if prop.type is Type.WHOLE:
            msg = f"Results cannot be sorted by {'.'.join((prop.head, *prop.rest))}, which is not a single value."
            raise ValidationError(msg)
        if after is not None and not _is_place(after):
            raise invalid_token()
        self.count = 0  # of all items, on the page or not
        self._is_free = prop.type is Type.FREE
        self._descending = descending
        self._after = after
        self._size = size
        self._with: list[tuple[Key, _Item]] = []
        self._without: list[tuple[Key, _Item]] = []

    def add(self, item: _Item, name: str, values: Iterable[Any]) -> None:
        """Take in an item of a unique name with the values of its property, of which the first counts."""
        self.count += 1
        value = next(iter(values), None)
        has = value is not None
        key = (*self._rank(value), name) if has else (0, 0.0, "", name)
        if self._is_after(has, key):
            entries = self._with if has else self._without
            entries.append((key, item))
            if len(entries) > _KEPT + self._size:
                self._drop()

    def page(self) -> tuple[list[_Item], Cursor | None]:
        """Give the page, and the cursor of the next one if there is more."""
        self._drop()
        found = [(True, *entry) for entry in self._with] + [(False, *entry) for entry in self._without]
        page = found[: self._size]
        more = len(found) > self._size
        return [item for _, _, item in page], (page[-1][0], *page[-1][1]) if more else None

    def _drop(self) -> None:
        """Sort, and keep one more than the page has, which tells whether there is a next one."""
        self._with.sort(key=_key, reverse=self._descending)
        self._without.sort(key=_key)
        del self._with[self._size + 1 :], self._without[self._size + 1 :]

    def _rank(self, value: Any) -> tuple[int, float, str]:
        if isinstance(value, str):
            number = as_number(value) if self._is_free else None
            return (1, 0.0, value) if number is None else (0, number, "")
        return 0, value.timestamp() if isinstance(value, datetime) else float(value), ""

    def _is_after(self, has: bool, key: Key) -> bool:
        """Whether a place is behind the page before."""
        if self._after is None:
            return True
        before, *last = self._after
        if has != bool(before):
            return bool(before)
        return key < tuple(last) if has and self._descending else key > tuple(last)


def _is_place(cursor: Cursor) -> bool:
    match cursor:
        case (bool(), int(), int() | float(), str(), str()):
            return True
    return False


def _key(entry: tuple[Key, Any]) -> Key:
    return entry[0]
