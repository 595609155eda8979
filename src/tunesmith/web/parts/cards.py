"""A choice among a few things that need a sentence each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui.element import Element
from nicegui.events import GenericEventArguments


@dataclass(frozen=True)
class Card:
    """Something to choose."""

    key: str
    title: str
    sentence: str = ""
    obstacle: str = ""  # why it cannot be chosen


class Cards(Element, component="cards.js"):
    """Radio buttons with a sentence each."""

    def __init__(
        self,
        id_: str,
        label: str,
        options: Sequence[Card],
        value: str,
        on_chosen: Callable[[str], Awaitable[None] | None],
        *,
        quiet: bool = False,
        columns: bool = False,
    ) -> None:
        """Show them.

        Args:
            id_: Of the group in the page; that of a button has its key behind it.
            label: What is asked.
            options: What there is to choose.
            value: The key of what is chosen.
            on_chosen: Called with the key of what somebody chooses.
            quiet: Whether the label is only for those who do not see the page.
            columns: Whether they stand side by side.
        """
        super().__init__()
        with self._props.suspend_updates():
            self._props.update(
                {
                    "id": id_,
                    "label": label,
                    "options": [vars(option) for option in options],
                    "value": value,
                    "quiet": quiet,
                    "columns": columns,
                }
            )

        def handle(event: GenericEventArguments) -> Awaitable[None] | None:
            return on_chosen(str(event.args))

        self.on("chosen", handle)
