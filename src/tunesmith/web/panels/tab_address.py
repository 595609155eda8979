"""The address of a tab, in which its panels keep what was chosen: for a reload, and for others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

from starlette.datastructures import QueryParams

from tunesmith.web import addresses
from tunesmith.web.parts.location import keep_in_address

Part: TypeAlias = str | Sequence[str] | None


class TabAddress:
    """The address as one visitor has it."""

    def __init__(self, job: str, tab: str, given: QueryParams) -> None:
        """Begin with what is asked for.

        Args:
            job: The tuning job.
            tab: Which of its tabs.
            given: The query of the address that was opened.
        """
        self._job, self._tab = job, tab
        self.given = given

    def keep(self, **chosen: Part) -> None:
        """Keep what was chosen, beside what was chosen before; what is None or empty is taken out."""
        rest = {name: self.given.getlist(name) for name in self.given if name not in chosen}
        self.keep_only(**chosen, **rest)

    def keep_only(self, /, **chosen: Part) -> None:
        """Keep what was chosen, and nothing of what was chosen before."""
        address = addresses.tuning_job(self._job, self._tab, **chosen)
        self.given = QueryParams(urlsplit(address).query)
        keep_in_address(address)
