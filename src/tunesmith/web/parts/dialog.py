"""A dialog of the browser: it keeps the keyboard inside, and Escape closes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape

from nicegui import ui
from nicegui.events import GenericEventArguments

from tunesmith.web.parts.actions import button
from tunesmith.web.parts.box import Box
from tunesmith.web.parts.fields import add_options


class Dialog:
    """A question, what there is to fill in, and the buttons that answer it."""

    def __init__(self, title: str, text: str = "") -> None:
        """Make a dialog that is not shown yet."""
        self._box = ui.element("dialog").classes("card dialog")
        title_id = f"title-{self._box.id}"
        self._box.props["aria-labelledby"] = title_id
        with self._box:
            ui.html(escape(title), sanitize=False, tag="h2").props(f"id={title_id}")
            self._text = ui.html(escape(text), sanitize=False, tag="p").classes("quiet")
            self._body = ui.element("div").classes("form")
            self._refusal = ui.html("", sanitize=False)
            self._actions = ui.element("div").classes("bar")

    @contextmanager
    def body(self) -> Iterator[None]:
        """What is made inside is what there is to fill in."""
        with self._body:
            yield

    def answer(self, label: str, on_click: Callable[[], Awaitable[None]], tone: str = "primary") -> None:
        """Add a button that does it; a second one says no."""
        with self._actions:
            button(label, on_click, tone)

    def dismiss(self, label: str = "Cancel") -> None:
        """Add the button that closes it."""
        with self._actions:
            button(label, self.close)

    def open(self) -> None:
        """Show it."""
        self.refuse("")
        self._run("showModal")

    def close(self) -> None:
        """Hide it."""
        self._run("close")

    def refuse(self, why: str) -> None:
        """Say why it was not done; the dialog stays."""
        notice = f'<p class="notice bad" role="alert">{escape(why)}</p>' if why else ""
        self._refusal.set_content(notice)

    def _run(self, method: str) -> None:
        ui.run_javascript(f"getHtmlElement({self._box.id})?.{method}()")


class Entry:
    """A labelled field of a form, whose text is known here as it is typed."""

    def __init__(self, label: str, value: str = "", *, hint: str = "", numeric: bool = False) -> None:
        """Show a field for a text."""
        self.value = value
        with ui.element("label").classes("entry"):
            ui.html(escape(label), sanitize=False, tag="span")
            field = Box(label, value, self._typed, is_labelled=False)
            if hint:
                ui.html(escape(hint), sanitize=False, tag="span").classes("note")
        if numeric:
            field.props["inputmode"] = "decimal"

    def _typed(self, text: str) -> None:
        self.value = text


class Choice:
    """A labelled field of a form to choose one of some values with."""

    def __init__(
        self,
        label: str,
        options: Mapping[str, str],
        value: str,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """Show a field for options, given by what is chosen and how it is called."""
        self.value = value
        self._on_change = on_change
        with ui.element("label").classes("entry"):
            ui.html(escape(label), sanitize=False, tag="span")
            with ui.element("select").classes("field") as field:
                add_options(options, value)
        field.on("change", self._chosen, js_handler="(event) => emit(event.target.value)")

    def _chosen(self, event: GenericEventArguments) -> None:
        self.value = str(event.args)
        self._on_change()
