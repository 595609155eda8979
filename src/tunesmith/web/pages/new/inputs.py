"""The input data of training jobs, and what else surrounds what they run."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.pages.new.rows import adding, removing
from tunesmith.web.wizard.draft import ChannelRow, Row
from tunesmith.web.wizard.sheet import with_row, without_row


class InputsPart:
    """The fields as one visitor sees them."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def show(self) -> None:
        """Build them."""
        draft = self._editor.draft
        with ui.element("details") as box:
            if draft.channels or draft.environment:
                box.props("open")
            ui.html("Input data channels, environment, outputs", tag="summary")
            with ui.element("div").classes("form"):
                self._channels()
                self._environment()
                with ui.element("div").classes("pair"):
                    self._places()

    def _channels(self) -> None:
        ui.html("Channels", tag="h3")
        for index, _ in enumerate(self._editor.draft.channels):
            with ui.element("div").classes("row-of two"):
                self._editor.ask(
                    ("channels", index, "name"), "Channel", bare=True, subject="Channel", example="train"
                )
                self._editor.ask(
                    ("channels", index, "location"),
                    "Location",
                    bare=True,
                    subject="Location",
                    mono=True,
                    example="/path/on/the/server or s3://bucket/prefix",
                )
                self._remove("channels", index)
        self._add("Add a channel", "channels", ChannelRow())
        ui.html(
            "A training job finds each in <code>/opt/ml/input/data/NAME</code>'s place: the variable "
            "<code>SM_CHANNEL_NAME</code>.",
            tag="p",
        ).classes("note")

    def _environment(self) -> None:
        ui.html("Environment variables", tag="h3")
        for index, _ in enumerate(self._editor.draft.environment):
            with ui.element("div").classes("row-of two"):
                self._editor.ask(
                    ("environment", index, "name"), "Variable", bare=True, subject="Variable", mono=True
                )
                self._editor.ask(
                    ("environment", index, "value"), "Value", bare=True, subject="Value", mono=True
                )
                self._remove("environment", index)
        self._add("Add a variable", "environment", Row())

    def _places(self) -> None:
        self._editor.ask(
            ("output",),
            "Output location",
            mono=True,
            example="s3://bucket/prefix or a folder",
            hint="Where models go. Empty: they stay in the data folder.",
        )
        self._editor.ask(("checkpoints",), "Checkpoint location", mono=True, hint="Empty: the data folder.")
        if self._editor.site.settings.isolation == "none":
            kinds = {
                "none": "None: as the server's own user",
                "bubblewrap": "Bubblewrap: sees no other files",
            }
            self._editor.ask(("isolation",), "Isolation", form="select", options=kinds)

    def _add(self, label: str, rows: str, row: object) -> None:
        async def add() -> None:
            index = len(getattr(self._editor.draft, rows))
            self._editor.change(draft=with_row(self._editor.draft, rows, row))
            await self._editor.show_step()
            self._editor.focus((rows, index, "name"))

        adding(label, f"add-{rows}", add)

    def _remove(self, rows: str, index: int) -> None:
        name = getattr(self._editor.draft, rows)[index].name
        removing(name or "this row", partial(self._take_out, rows, index))

    async def _take_out(self, rows: str, index: int) -> None:
        self._editor.change(draft=without_row(self._editor.draft, rows, index))
        await self._editor.show_step()
        self._editor.focus_id(f"add-{rows}")
