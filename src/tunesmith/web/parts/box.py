"""A field for one line of text, which keeps what is typed whatever else of the page changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments


class Box(Element, component="box.js"):
    """An input; further attributes are its props."""

    def __init__(
        self,
        label: str,
        value: str,
        on_typed: Callable[[str], Awaitable[None] | None],
        *,
        is_labelled: bool = True,
        delay: int = 0,
    ) -> None:
        """Show it.

        Args:
            label: What it is for; shown while it is empty.
            value: What it holds to begin with.
            on_typed: Called with the text when somebody has typed.
            is_labelled: Whether the label is its own; False if an element around it says it.
            delay: Milliseconds after the last key until `on_typed` is called.
        """
        super().__init__()
        self.classes("field")
        self._props["value"] = value
        self._props["delay"] = delay
        if is_labelled:
            self._props["placeholder"] = label
            self._props["aria-label"] = label

        def handle(event: GenericEventArguments) -> Awaitable[None] | None:
            return on_typed(str(event.args))

        self.on("typed", handle)

    def put(self, text: str) -> None:
        """Fill something else in."""
        self.run_method("put", text)
