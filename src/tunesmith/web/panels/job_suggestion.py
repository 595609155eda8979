"""The dialog by which a person has a configuration tried next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from nicegui import ui

from tunesmith.core.space import Categorical, Parameter, Value
from tunesmith.web.panels.panel import Shown
from tunesmith.web.parts.dialog import Choice, Dialog, Entry
from tunesmith.web.views import words
from tunesmith.web.views.best import best_row
from tunesmith.web.views.board import Board

Do: TypeAlias = Callable[[Dialog, Callable[[], object]], Awaitable[None]]


class SuggestionDialog:
    """Fields for each hyperparameter, filled with the best configuration."""

    def __init__(self, shown: Shown, do: Do, by: str | None) -> None:
        """Open it; `do` does what is asked for and tells the dialog if it is refused."""
        self._shown, self._do, self._by = shown, do, by
        self._names = [name for name in shown.board.definitions if name is not None]
        self._dialog = Dialog(
            "Suggest a configuration",
            "It is tried next, before those of the search, and counts as one of the training jobs. "
            "The fields begin with the best configuration so far.",
        )
        with self._dialog.body():
            if self._names:
                options = {name: name for name in self._names}
                self._definition = Choice("Algorithm", options, self._names[0], self._fill)
            self._fields = ui.element("div").classes("form")
        self._fill()
        self._dialog.answer("Try it next", self._submit)
        self._dialog.dismiss()
        self._dialog.open()

    @property
    def _chosen(self) -> str | None:
        return self._definition.value if self._names else None

    def _fill(self) -> None:
        board = self._shown.board
        start = _start(board, self._chosen)
        self._entries: dict[str, tuple[Parameter, Entry | Choice]] = {}
        self._fields.clear()
        with self._fields:
            for parameter in board.job.parts[self._chosen].space.parameters:
                self._entries[parameter.name] = parameter, _field(parameter, start.get(parameter.name))

    async def _submit(self) -> None:
        config: dict[str, Value] = {}
        for name, (parameter, entry) in self._entries.items():
            try:
                config[name] = _value(parameter, entry.value)
            except ValueError:
                self._dialog.refuse(f"{name}: {entry.value!r} is not a number in {_allowed(parameter)}")
                return
        service = self._shown.site.service
        await self._do(
            self._dialog, partial(service.suggest, self._shown.name, config, self._chosen, by=self._by)
        )


def _start(board: Board, definition: str | None) -> dict[str, Value]:
    with board.lock:
        row = best_row(board, definition)
        return {} if row is None else board.config(row)


def _field(parameter: Parameter, value: Value | None) -> Entry | Choice:
    if isinstance(parameter, Categorical):
        options = {str(place): words.setting(each) for place, each in enumerate(parameter.choices)}
        chosen = 0 if value is None else list(parameter.choices).index(value)
        return Choice(parameter.name, options, str(chosen))
    text = "" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)
    return Entry(parameter.name, text, hint=_allowed(parameter), numeric=True)


def _allowed(parameter: Parameter) -> str:
    if isinstance(parameter, Categorical):
        return ", ".join(map(words.setting, parameter.choices))
    return f"{parameter.low:g} to {parameter.high:g}"


def _value(parameter: Parameter, text: str) -> Value:
    if isinstance(parameter, Categorical):
        return parameter.choices[int(text)]
    number = float(text.strip())
    return int(number) if isinstance(parameter.low, int) and number == int(number) else number
