"""A labelled field of a form that says what is wrong with what was filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeAlias

from nicegui.element import Element
from nicegui.events import GenericEventArguments

Form: TypeAlias = Literal["text", "number", "area", "select", "check"]
"""What a field looks like."""

OnText: TypeAlias = Callable[[str], Awaitable[None] | None]


class Ask(Element, component="ask.js"):
    """A field. The browser keeps what is typed; the server is told soon after, and again when the field is left."""

    def __init__(
        self,
        id_: str,
        label: str,
        value: str | bool,
        on_typed: OnText,
        on_left: OnText,
        *,
        form: Form = "text",
        options: Mapping[str, str] | None = None,
        example: str = "",
        hint: str = "",
        bare: bool = False,
        subject: str = "",
        wide: bool = False,
        mono: bool = False,
        rows: int = 3,
    ) -> None:
        """Show a field.

        Args:
            id_: Of the field in the page.
            label: What is asked.
            value: What is filled in.
            on_typed: Called with the text while somebody types.
            on_left: Called with the text when the field is left; with `true` or `false` for a check box.
            form: What it looks like.
            options: What a `select` offers, or what other fields propose: what is chosen, and how it is called.
            example: Shown as long as it is empty.
            hint: Shown below.
            bare: Whether the label is only for those who cannot see the field.
            subject: What its faults are about, if the label is not seen beside them.
            wide: Whether it takes a row of its own.
            mono: Whether it holds code.
            rows: Of an `area`.
        """
        super().__init__()
        self._subject = subject
        with self._props.suspend_updates():
            self._props.update(
                {
                    "id": id_,
                    "label": label,
                    "kind": form,
                    "value": value,
                    "options": [list(each) for each in (options or {}).items()],
                    "example": example,
                    "hint": hint,
                    "fault": "",
                    "doubt": "",
                    "bare": bare,
                    "wide": wide,
                    "mono": mono,
                    "rows": rows,
                }
            )
        self.on("typed", _text(on_typed))
        self.on("left", _text(on_left))

    def judge(self, fault: str, doubt: str) -> None:
        """Show what is wrong with it, or hardly meant; empty texts show that nothing is."""
        fault, doubt = self._sentence(fault), self._sentence(doubt)
        if (self._props["fault"], self._props["doubt"]) != (fault, doubt):
            with self._props.suspend_updates():
                self._props["fault"], self._props["doubt"] = fault, doubt
            self.update()

    def _sentence(self, text: str) -> str:
        if self._subject and text:
            return f"{self._subject}: {text}"
        return text[:1].upper() + text[1:]

    def put(self, text: str) -> None:
        """Fill something else in."""
        self.run_method("put", text)


def _text(handler: OnText) -> Callable[[GenericEventArguments], Awaitable[None] | None]:
    def handle(event: GenericEventArguments) -> Awaitable[None] | None:
        value = event.args
        return handler(str(value).lower() if isinstance(value, bool) else str(value))

    return handle
