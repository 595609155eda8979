"""What rows of fields have in common: the buttons that add one, take one out, or make another thing of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from tunesmith.web.parts.actions import button

_TIMES = "\N{MULTIPLICATION SIGN}"


def adding(label: str, id_: str, on_click: Callable[[], Awaitable[None]]) -> None:
    """Show the button that adds a row; its id is what the keyboard goes to when a row is gone."""
    with ui.element("div"):
        button(label, on_click).props["id"] = id_


def acting(label: str, about: str, on_click: Callable[[], Awaitable[None]]) -> None:
    """Show a button beside a row that does something with it; `about` says what to those who do not see the row."""
    button(label, on_click, "small").props["aria-label"] = about


def removing(what: str, on_click: Callable[[], Awaitable[None]]) -> None:
    """Show the button that takes a row out."""
    made = button(_TIMES, on_click, "small")
    made.props["aria-label"] = made.props["title"] = f"Remove {what}"
