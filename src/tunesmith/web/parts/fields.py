"""Fields of toolbars, as the browser has them, labelled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import TypeAlias

from nicegui import ui
from nicegui.events import GenericEventArguments

from tunesmith.web.parts.box import Box

OnChange: TypeAlias = Callable[[str], Awaitable[None]]


def search(label: str, value: str, on_change: OnChange) -> Box:
    """A field to search with, which `/` focuses; `on_change` is called while somebody types."""
    field = Box(label, value, on_change, delay=250)
    field.classes("search")
    field.props["type"] = "search"
    field.props["data-search"] = ""
    return field


def add_options(options: Mapping[str, str], value: str) -> None:
    """Put options into the field that is being made, with one of them chosen."""
    for key, text in options.items():
        option = ui.element("option")
        option.props["value"] = key
        option.props["selected"] = key == value
        option.props["label"] = text


def choice(label: str, options: Mapping[str, str], value: str, on_change: OnChange) -> ui.element:
    """A field to choose one of some options with, given by what is chosen and how it is called."""
    with ui.element("select").classes("field") as field:
        add_options(options, value)
    field.props["aria-label"] = label
    return field.on("change", _text(on_change), js_handler="(event) => emit(event.target.value)")


def switch(label: str, on_turn: Callable[[bool], Awaitable[None]], *, is_on: bool) -> ui.element:
    """A field that is on or off, with its label beside it."""
    with ui.element("label").classes("switch") as made:
        box = ui.element("input").props("type=checkbox")
        box.props["checked"] = is_on
        ui.html(escape(label), sanitize=False, tag="span")

    async def handle(event: GenericEventArguments) -> None:
        await on_turn(bool(event.args))

    box.on("change", handle, js_handler="(event) => emit(event.target.checked)")
    return made


def _text(on_change: OnChange) -> Callable[[GenericEventArguments], Awaitable[None]]:
    async def handle(event: GenericEventArguments) -> None:
        await on_change(str(event.args))

    return handle
