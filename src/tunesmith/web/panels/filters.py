"""Filters of a search, as rows to fill in and to take away again: another way to write its expression."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from html import escape

from nicegui import ui

from tunesmith.core.trial import TrialState
from tunesmith.web.parts.actions import button
from tunesmith.web.parts.box import Box
from tunesmith.web.parts.fields import add_options
from tunesmith.web.search.expression import All, Comparison, ExpressionError, conjunction, parse, quoted
from tunesmith.web.search.predicate import PROPERTIES

_SIGNS = {
    "=": "is",
    "!=": "is not",
    "<": "less than",
    "<=": "at most",
    ">": "more than",
    ">=": "at least",
    "~": "contains",
}


class Filters:
    """The filters that hold, each with a button that takes it away, and a row for another one."""

    def __init__(self, names: Sequence[str], on_change: Callable[[str], Awaitable[None]]) -> None:
        """Show the row; `names` are proposed, and `on_change` is given the new expression."""
        self._on_change = on_change
        self._text = ""
        self._values = {"name": "objective", "sign": "<", "value": ""}
        self._chips = ui.element("div").classes("bar chips")
        with (
            ui.element("form")
            .classes("bar filter")
            .on("submit", self._add, js_handler="(e) => { e.preventDefault(); emit(); }")
        ):
            self._input("name", "Property", [*PROPERTIES, *names])
            with ui.element("select").classes("field") as signs:
                add_options(_SIGNS, "<")
            signs.props["aria-label"] = "How it is compared"
            signs.on(
                "change",
                lambda event: self._take("sign", str(event.args)),
                js_handler="(e) => emit(e.target.value)",
            )
            self._input("value", "Value", [state.value for state in TrialState])
            with ui.element("button").classes("button").props("type=submit"):
                ui.html("Add filter", sanitize=False, tag="span")

    def show(self, text: str) -> None:
        """Show the filters that an expression consists of; none, if it is more than filters that all hold."""
        self._text = text
        self._chips.clear()
        try:
            found = conjunction(parse(text)) or ()
        except ExpressionError:
            found = ()
        with self._chips:
            for place, each in enumerate(found):
                self._chip(found, place, each)

    def _chip(self, found: tuple[Comparison, ...], place: int, each: Comparison) -> None:
        with ui.element("span").classes("tag chip"):
            ui.html(escape(str(each)), sanitize=False, tag="span")
            rest = " and ".join(str(other) for at, other in enumerate(found) if at != place)
            button("\N{MULTIPLICATION SIGN}", partial(self._on_change, rest), "plain").props["aria-label"] = (
                f"Take away {each}"
            )

    def _input(self, key: str, label: str, proposed: Sequence[str]) -> None:
        field = Box(label, self._values[key], partial(self._take, key))
        field.props["list"] = f"proposed-{key}"
        options = "".join(f'<option value="{escape(each)}"></option>' for each in dict.fromkeys(proposed))
        ui.html(options, sanitize=False, tag="datalist").props(f"id=proposed-{key}")

    def _take(self, key: str, text: str) -> None:
        self._values[key] = text

    async def _add(self) -> None:
        name, value = self._values["name"].strip(), self._values["value"].strip()
        if not name or not value:
            return
        added = f"{quoted(name)} {self._values['sign']} {quoted(value)}"
        await self._on_change(f"{_bracketed(self._text)} and {added}" if self._text.strip() else added)


def _bracketed(text: str) -> str:
    """An expression as a part of a larger one."""
    try:
        found = parse(text)
    except ExpressionError:
        return text
    if conjunction(found) is None:
        return f"({text})"
    if isinstance(found, Comparison):
        return str(found)  # words alone, which are sought in names, are a comparison, too
    return text if isinstance(found, All) else f"({text})"
