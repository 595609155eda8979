"""The second step: which hyperparameters are tuned, in which ranges, and which have a fixed value."""

from __future__ import annotations

from functools import partial
from html import escape

from nicegui import ui

from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.pages.new.rows import acting, adding, removing
from tunesmith.web.wizard import beginnings
from tunesmith.web.wizard.draft import Draft, ParameterRow, Row
from tunesmith.web.wizard.sheet import choices_from, choices_text, with_row, without_row

_KINDS = {"continuous": "Continuous", "integer": "Integer", "categorical": "Categorical"}
_SCALES = {
    "Auto": "Auto",
    "Linear": "Linear",
    "Logarithmic": "Logarithmic",
    "ReverseLogarithmic": "Reverse logarithmic",
}


class ParametersStep:
    """The step as one visitor sees it."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    async def show(self) -> None:
        """Build the step."""
        draft = self._editor.draft
        ui.html(
            "Ranges are proposed from what such hyperparameters usually are. Wide ranges are fine on a logarithmic scale.",
            tag="p",
        ).classes("quiet")
        ui.html("Tuned", tag="h3")
        if draft.parameters:
            with ui.element("div").classes("rows").props('role="group" aria-label="Tuned hyperparameters"'):
                _heads("range", "Name", "Type", "Low", "High", "Scale")
                for index, row in enumerate(draft.parameters):
                    self._tuned(index, row)
        self._add("Add a hyperparameter to tune", "parameters", ParameterRow())
        ui.html("Fixed", tag="h3")
        if draft.fixed:
            with ui.element("div").classes("rows").props('role="group" aria-label="Fixed hyperparameters"'):
                _heads("fixed", "Name", "Value")
                for index, fixed in enumerate(draft.fixed):
                    self._fixed(index, fixed)
        self._add("Add a fixed hyperparameter", "fixed", Row())
        if draft.initial:
            ui.html(
                f"The first {len(draft.initial)} training jobs have values that were given with the tuning job that this is "
                "a clone of.",
                tag="p",
            ).classes("note")

    def _tuned(self, index: int, row: ParameterRow) -> None:
        ask, where = self._editor.ask, ("parameters", index)
        about = row.name or f"hyperparameter {index + 1}"
        with ui.element("div").classes("row-of range"):
            ask(
                (*where, "name"),
                f"Name of {about}",
                bare=True,
                subject="Name",
                mono=True,
                example="learning_rate",
            )
            ask(
                (*where, "kind"),
                f"Type of {about}",
                bare=True,
                subject="Type",
                form="select",
                options=_KINDS,
                after=partial(self._again, (*where, "kind")),
            )
            if row.kind == "categorical":
                ask(
                    (*where, "choices"),
                    f"Choices of {about}",
                    bare=True,
                    subject="Choices",
                    wide=True,
                    mono=True,
                    example="adam, sgd, rmsprop",
                    read=choices_from,
                    written=choices_text,
                )
            else:
                ask(
                    (*where, "low"), f"Low of {about}", bare=True, subject="Low", form="number", example="low"
                )
                ask(
                    (*where, "high"),
                    f"High of {about}",
                    bare=True,
                    subject="High",
                    form="number",
                    example="high",
                )
                ask(
                    (*where, "scale"),
                    f"Scale of {about}",
                    bare=True,
                    subject="Scale",
                    form="select",
                    options=_SCALES,
                )
            with ui.element("div").classes("acts"):
                if row.name:
                    acting("Fix", f"Fix {about}", partial(self._fix, row.name))
                removing(about, partial(self._remove, "parameters", index))
            if row.source:
                ui.html(escape(row.source), sanitize=False, tag="p").classes("note origin")

    def _fixed(self, index: int, row: Row) -> None:
        about = row.name or f"fixed hyperparameter {index + 1}"
        with ui.element("div").classes("row-of fixed"):
            self._editor.ask(
                ("fixed", index, "name"), f"Name of {about}", bare=True, subject="Name", mono=True
            )
            self._editor.ask(
                ("fixed", index, "value"), f"Value of {about}", bare=True, subject="Value", mono=True
            )
            with ui.element("div").classes("acts"):
                if row.name:
                    acting("Tune", f"Tune {about}", partial(self._tune, row.name))
                removing(about, partial(self._remove, "fixed", index))
            if row.source:
                ui.html(escape(row.source), sanitize=False, tag="p").classes("note origin")

    def _add(self, label: str, rows: str, row: object) -> None:
        async def add() -> None:
            index = len(getattr(self._editor.draft, rows))
            await self._put(with_row(self._editor.draft, rows, row))
            self._editor.focus((rows, index, "name"))

        adding(label, f"add-{rows}", add)

    async def _remove(self, rows: str, index: int) -> None:
        await self._put(without_row(self._editor.draft, rows, index), rows)
        self._editor.focus_id(f"add-{rows}")

    async def _tune(self, name: str) -> None:
        await self._put(beginnings.tune(self._editor.draft, name), "fixed")
        self._editor.focus(("parameters", len(self._editor.draft.parameters) - 1, "low"))

    async def _fix(self, name: str) -> None:
        await self._put(beginnings.fix(self._editor.draft, name), "parameters")
        self._editor.focus(("fixed", len(self._editor.draft.fixed) - 1, "value"))

    async def _put(self, draft: Draft, moved: str = "") -> None:
        """Take over other rows; the numbers of those in `moved` are others now."""
        touched = frozenset(where for where in self._editor.sheet.touched if where[0] != moved)
        self._editor.change(draft=draft, touched=touched)
        await self._editor.show_step()

    async def _again(self, focus: tuple[str | int, ...]) -> None:
        """Show the row of another type: whole numbers have no ends with a point."""
        await self._editor.show_step()
        self._editor.focus(focus)


def _heads(kind: str, *titles: str) -> None:
    cells = "".join(f"<span>{title}</span>" for title in titles)
    ui.html(cells, sanitize=False).classes(f"row-of {kind} heads").props("aria-hidden=true")
