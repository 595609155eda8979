"""A tab that is about one algorithm at a time, of several."""

from __future__ import annotations

from nicegui import ui

from tunesmith.web.panels.panel import Tab
from tunesmith.web.parts import fields


class AlgorithmTab(Tab):
    """Builds the panels of the chosen algorithm, with a field to choose another one if there are several."""

    def build(self) -> None:
        """Make room for the field and the panels of the algorithm that the address says, or the first one."""
        names = self._shown.board.definitions
        asked = self._address.given.get("algorithm")
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
        self._address.keep_only(algorithm=name)  # the rest was about the other one
        self._body.clear()
        with self._body:
            self.build_for(name)
        await self.load()
        await self.learn()
