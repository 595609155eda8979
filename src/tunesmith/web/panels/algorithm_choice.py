"""A tab that is about one algorithm at a time, of several."""

from __future__ import annotations

from nicegui import ui
from starlette.datastructures import QueryParams

from tunesmith.web import addresses
from tunesmith.web.panels.panel import Tab
from tunesmith.web.parts import fields
from tunesmith.web.parts.location import keep_in_address


class AlgorithmTab(Tab):
    """Builds the panels of the chosen algorithm, with a field to choose another one if there are several."""

    key: str  # of the tab in its address

    def build(self) -> None:
        """Make room for the field and the panels of the algorithm that the address says, or the first one."""
        names = self._shown.board.definitions
        asked = self.given.get("algorithm")
        chosen = asked if asked in names else names[0]
        if chosen is not None:
            with ui.element("div").classes("bar"):
                options = {str(name): str(name) for name in names}
                ui.html("Algorithm", tag="span", sanitize=False).classes("quiet")
                fields.choice("Algorithm", options, chosen, self._choose)
        self._body = ui.element("div").classes("stack")
        with self._body:
            self.build_for(chosen)

    def build_for(self, definition: str | None) -> None:
        """Make room for the panels of an algorithm, and name them in `panels` and `students`."""
        raise NotImplementedError

    async def _choose(self, name: str) -> None:
        self.given = QueryParams(algorithm=name)  # the rest was about the other one
        keep_in_address(addresses.tuning_job(self._shown.name, self.key, **self.given))
        self._body.clear()
        with self._body:
            self.build_for(name)
        await self.load()
        await self.learn()
