"""The sheets that people have not finished: whoever comes back finds everything as it was."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeAlias

from tunesmith.web.sessions import Session
from tunesmith.web.wizard.sheet import Sheet

MOST = 500
"""Sheets that are kept; the one that was not touched for longest goes first."""

Visitor: TypeAlias = tuple[str, str]
"""Who fills in a sheet: the same as long as a session lasts."""


class Drafts:
    """The sheet of each session, in memory, as the sessions are."""

    def __init__(self) -> None:
        self._sheets: OrderedDict[Visitor, Sheet] = OrderedDict()

    def get(self, visitor: Visitor) -> Sheet:
        """The sheet of a visitor, an empty one to begin with."""
        return self._sheets.get(visitor, Sheet())

    def put(self, visitor: Visitor, sheet: Sheet) -> None:
        """Keep a sheet."""
        self._sheets[visitor] = sheet
        self._sheets.move_to_end(visitor)
        while len(self._sheets) > MOST:
            self._sheets.popitem(last=False)

    def drop(self, visitor: Visitor) -> None:
        """Forget a sheet: its job has started, or its person starts over."""
        self._sheets.pop(visitor, None)


def visitor_of(session: Session | None) -> Visitor:
    """Name a visitor; a page that is open to all has one for everybody."""
    return ("", "") if session is None else (session.access_key, session.started_at.isoformat())
