"""The built-in XGBoost on a table of the person's: the file, its first rows, the label, and what to learn."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.core.space import Value
from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.pages.new.source_path import server_path, source_path
from tunesmith.web.parts import states
from tunesmith.web.parts.ask import Ask
from tunesmith.web.parts.cards import Card, Cards
from tunesmith.web.views import words
from tunesmith.web.wizard import beginnings, csv_data
from tunesmith.web.wizard.csv_data import Aim, Table
from tunesmith.web.wizard.draft import Draft

_MOST_COLUMNS = 30  # that the preview shows


class TablePart:
    """The fields as one visitor sees them."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    async def show(self) -> None:
        """Build them, with what is known of the file."""
        self._field = source_path(
            "table",
            "CSV file",
            self._editor.sheet.table,
            self._look_anew,
            accept=".csv,.tsv,.txt,text/csv",
            hint="A path on the server, or the file that was uploaded. A column is the label; the others are its features.",
        )
        self._box = ui.element("div").classes("form")
        if self._editor.sheet.table:
            await self._look()
        elif self._editor.draft.channels:
            with self._box:
                ui.html("The data is given by the channels below.", tag="p").classes("quiet")

    async def _look_anew(self, path: str) -> None:
        """Another file was given: propose its label."""
        self._field.judge("", "")
        self._editor.change(table=path, label=-1, aim=0)
        await self._look()

    async def _look(self) -> None:
        self._box.clear()
        with self._box:
            states.loading("Looking at the file …")
        sheet = self._editor.sheet
        try:
            table, rows = await to_thread.run_sync(_read, sheet.table)
        except ValueError as error:
            if not self._box.is_deleted:
                self._box.clear()
                self._field.judge(str(error), "")
            return
        if self._box.is_deleted:
            return
        label = sheet.label if 0 <= sheet.label < len(table.columns) else csv_data.label_of(table)
        if sheet.label != label:
            await self._use(table, label, 0)
            if self._box.is_deleted:
                return
        self._box.clear()
        with self._box:
            self._show_choices(table, label)
            ui.html(_preview(table, rows, label), sanitize=False)

    def _show_choices(self, table: Table, label: int) -> None:
        async def choose_label(text: str) -> None:
            if int(text) != label:
                self._field.judge("", "")
                self._editor.change(label=int(text), aim=0)
                await self._use(table, int(text), 0)
                await self._look()
                self._editor.focus_id("label")

        async def choose_aim(text: str) -> None:
            await self._use(table, label, int(text))

        columns = {str(number): column.name for number, column in enumerate(table.columns)}
        asked = Ask(
            "label",
            "Label: the column to predict",
            str(label),
            choose_label,
            choose_label,
            form="select",
            options=columns,
        )
        try:
            aims = csv_data.aims_of(table, label)
        except ValueError as error:
            asked.judge(str(error), "")
            aims = []
        if aims:
            cards = [
                Card(str(number), each.title, f"{each.goal}s {each.metric}")
                for number, each in enumerate(aims)
            ]
            aim = self._editor.sheet.aim
            Cards("aim", "What to learn", cards, str(aim), choose_aim, columns=True)
        self._state = ui.html(_advice(table, label), sanitize=False)

    async def _use(self, table: Table, label: int, aim: int) -> None:
        """Prepare the file for the algorithm, and fill in what follows from it."""
        try:
            chosen = csv_data.aims_of(table, label)[aim]
            draft = await to_thread.run_sync(self._prepared, table, label, chosen)
        except (ValueError, OSError) as error:  # the data of another label must not be used instead
            self._field.judge(str(error), "")
            draft = replace(self._editor.draft, channels=())
        self._editor.change(draft=draft, label=label, aim=aim)

    def _prepared(self, table: Table, label: int, aim: Aim) -> Draft:
        folder = self._editor.uploads.make_folder()
        train, validation = csv_data.prepare(table, label, folder)
        return beginnings.with_tables(self._editor.draft, train, validation, aim)


def _read(path: str) -> tuple[Table, list[list[str]]]:
    table = csv_data.look_at(server_path(path))
    return table, csv_data.first_rows(table)


def _advice(table: Table, label: int) -> str:
    said = [
        f"{words.count(table.rows, 'row')} and {words.count(len(table.columns), 'column')} were looked at.",
        *table.advice(label),
        "One row in five is kept for validation.",
    ]
    return f'<ul class="quiet plain">{"".join(f"<li>{escape(each)}</li>" for each in said)}</ul>'


def _preview(table: Table, rows: list[list[str]], label: int) -> str:
    shown = range(min(len(table.columns), _MOST_COLUMNS))
    heads = "".join(
        f'<th scope="col" class="{"label" if i == label else ""}">{escape(table.columns[i].name)}'
        f'<span class="note">{"label" if i == label else _kind(table, i)}</span></th>'
        for i in shown
    )
    body = "".join(f"<tr>{''.join(f'<td>{escape(_short(row[i]))}</td>' for i in shown)}</tr>" for row in rows)
    return (
        '<div class="table-frame preview" tabindex="0" role="region" aria-label="First rows of the file">'
        f'<table class="table"><caption class="unseen">First rows of the file</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _kind(table: Table, index: int) -> str:
    column = table.columns[index]
    kind = (
        "number" if column.is_number else f"{len(column.distinct)} texts" if column.is_usable else "left out"
    )
    return f"{kind}, {column.missing} missing" if column.missing else kind


def _short(text: Value) -> str:
    shown = str(text)
    return shown if len(shown) <= 24 else f"{shown[:23]}…"
