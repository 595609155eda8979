"""A table whose rows are sent as data and drawn in the browser: one element, however many rows it shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from nicegui.element import Element
from nicegui.events import GenericEventArguments

Cell: TypeAlias = str | dict[str, Any]
"""A text, or what the kind of the column wants; see `Column`."""

Row: TypeAlias = dict[str, Any]
"""`id` (unique), `cells` by the columns' keys."""

Column: TypeAlias = dict[str, Any]
"""See `column`."""


def column(
    key: str, label: str, kind: str = "text", *, sortable: bool = False, align: str = "left"
) -> Column:
    """Describe a column.

    What a cell is depends on its kind:

    - `text`: a text, or {text, note, title}
    - `link`: {text, href, note}
    - `status`: {text, tone}
    - `tags`: {items: [{text, tone}]}
    - `spark`: {path, x, y, label}, a `Sparkline`; or an empty text
    - `progress`: {share: 0 to 1, text, note, tone}
    - `clock`: {text}, or {since: milliseconds since 1970} for a time that goes on by itself; {note}
    """
    return {"key": key, "label": label, "kind": kind, "sortable": sortable, "align": align}


class Table(Element, component="table.js"):
    """A table of links, states and numbers. It sorts nothing by itself: the server does."""

    def __init__(
        self,
        caption: str,
        columns: Sequence[Column],
        on_sort: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """Make an empty table.

        Args:
            caption: What it shows, for those who do not see it.
            columns: Its columns.
            on_sort: Called with the key of a sortable column whose head was clicked.
        """
        super().__init__()
        self._props["caption"] = caption
        self._props["columns"] = list(columns)
        self._props["rows"] = []
        self._props["sort"] = ""
        self._props["descending"] = False
        if on_sort is not None:
            self.on("sort", _first_argument(on_sort))

    def show(self, rows: Sequence[Row], sort: str = "", *, descending: bool = False) -> None:
        """Show these rows instead of any before, and by which column they are sorted."""
        with self._props.suspend_updates():
            self._props["sort"] = sort
            self._props["descending"] = descending
            self._props["rows"] = list(rows)
        self.update()

    def patch(self, rows: Sequence[Row]) -> None:
        """Send rows that have changed; those that are not shown are left out."""
        changed = {row["id"]: row for row in rows}
        with self._props.suspend_updates():
            self._props["rows"] = [changed.get(row["id"], row) for row in self._props["rows"]]
        self.run_method("patch", list(rows))

    @property
    def ids(self) -> set[str]:
        """The ids of the rows that are shown."""
        return {row["id"] for row in self._props["rows"]}


def _first_argument(
    on_sort: Callable[[str], Awaitable[None]],
) -> Callable[[GenericEventArguments], Awaitable[None]]:
    async def handle(event: GenericEventArguments) -> None:
        await on_sort(str(event.args))

    return handle
