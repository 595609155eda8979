"""What is told of a training job that was clicked, beside the charts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any, TypeAlias

from anyio import to_thread
from nicegui import ui
from nicegui.events import GenericEventArguments

from tunesmith.store.records import TrialRecord
from tunesmith.web import addresses
from tunesmith.web.panels.panel import Shown
from tunesmith.web.parts.actions import button
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views import words

OnNumber: TypeAlias = Callable[[int], Awaitable[None]]


class DetailPanel:
    """A card at the side that shows one training job; empty until one is clicked."""

    def __init__(self, shown: Shown) -> None:
        """Show nothing yet."""
        self._shown = shown
        self._number = 0
        self._box = ui.element("aside").classes("card detail")
        self._box.props["aria-label"] = "Training job"
        self._box.props["aria-live"] = "polite"
        self._box.set_visibility(False)
        with self._box:
            with ui.element("div").classes("bar"):
                self._title = ui.html("", sanitize=False)
                with ui.element("div").classes("push"):
                    button("Close", self._close)
            self._facts = ui.html("", sanitize=False)
            self._why = ui.html("", sanitize=False)

    async def show(self, number: int) -> None:
        """Show a training job, and then why it was suggested, which takes a moment."""
        self._number = number
        trial = await to_thread.run_sync(self._read, number)
        self._title.set_content(
            f'<h2>Training job {number}</h2><a href="{addresses.training_job(trial.name)}">{escape(trial.name)}</a>'
        )
        self._facts.set_content(_facts(self._shown.board.job.objective.metric, trial))
        self._why.set_content('<p class="quiet">Why it was suggested: looking …</p>')
        self._box.set_visibility(True)
        lessons = self._shown.site.lessons
        found = await lessons.waiting_for(lessons.why, self._shown.board, number)
        if found is not None and self._number == number:
            self._why.set_content(f'<p class="notice">{escape(found.sentence)}</p>')

    def _read(self, number: int) -> TrialRecord:
        return self._shown.site.service.store.trial(self._shown.name, number)

    def _close(self) -> None:
        self._number = 0
        self._box.set_visibility(False)


def number_clicked(chart: Chart, on_number: OnNumber, place: int = 0) -> None:
    """Call `on_number` when an item of a chart is clicked; its number is `number` of the item, or at a place of it."""

    async def clicked(event: GenericEventArguments) -> None:
        number = _number(event.args.get("data"), place)
        if number is not None:
            await on_number(number)

    chart.on("componentClick", clicked, ["data"])


def _number(data: Any, place: int) -> int | None:
    if isinstance(data, dict):
        return int(data["number"]) if "number" in data else None
    return int(data[place]) if isinstance(data, list) and len(data) > place else None


def _facts(metric: str, trial: TrialRecord) -> str:
    state = f'<span class="badge {words.tone(trial.state)}">{escape(words.state(trial.state))}</span>'
    rows = [
        (metric, f"<b>{words.number(trial.value)}</b>"),
        ("State", state),
        *([("Algorithm", escape(trial.definition))] if trial.definition else []),
        ("Run time", words.duration(trial.run_seconds) if trial.ended_at else words.NONE),
        *([("Reason", escape(trial.reason))] if trial.reason else []),
        *((name, escape(words.setting(value))) for name, value in trial.config.items()),
    ]
    cells = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in rows)
    return f'<dl class="facts">{cells}</dl>'
