"""The third step: the objective metric, and the expressions that find metrics in the log."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.jobfile.draft import goal_of
from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.pages.new.rows import adding, removing
from tunesmith.web.parts.actions import button
from tunesmith.web.parts.ask import Ask
from tunesmith.web.parts.cards import Card, Cards
from tunesmith.web.views import words
from tunesmith.web.wizard import metric_lines
from tunesmith.web.wizard.draft import BuiltInWork, Draft, Row
from tunesmith.web.wizard.metric_lines import Captured, Proposed
from tunesmith.web.wizard.sheet import with_row, without_row

_GOALS = (
    Card("Minimize", "Minimize", "small is good, such as a loss or an error"),
    Card("Maximize", "Maximize", "large is good, such as an accuracy"),
)
_OF_XGBOOST = ("auc", "aucpr", "error", "logloss", "mae", "mape", "merror", "mlogloss", "rmse", "rmsle")
_MOST_SHOWN = 5  # values


class MetricStep:
    """The step as one visitor sees it."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._version = 0

    async def show(self) -> None:
        """Build the step."""
        draft = self._editor.draft
        is_builtin = isinstance(draft.work, BuiltInWork)
        known = {row.name: row.name for row in draft.metrics}
        if is_builtin:
            known |= {f"validation:{name}": name for name in _OF_XGBOOST}
        self._editor.ask(
            ("metric",),
            "Objective metric",
            mono=True,
            options=known,
            after=self._editor.show_step,
            example="validation_loss",
            hint="The number that says how good a training job is. Choose one that is measured on held-out data.",
        )
        Cards("goal", "Goal", _GOALS, draft.goal, partial(self._editor.fill, ("goal",)), columns=True)
        if is_builtin:
            ui.html("The built-in XGBoost prints its metrics in a form that is known.", tag="p").classes(
                "quiet"
            )
            with ui.element("details") as box:
                if draft.metrics:
                    box.props("open")
                ui.html("Metrics of your own", tag="summary")
                await self._reading()
        else:
            await self._reading()

    async def _reading(self) -> None:
        """Show the expressions, and what they find in pasted lines."""
        with ui.element("div").classes("form"):
            ui.html("Metric definitions", tag="h3")
            ui.html(
                "A regular expression finds a metric in what a training job prints: its first group is the number. A script "
                "that calls <code>tunesmith.report(loss=0.25)</code> needs none.",
                tag="p",
            ).classes("quiet")
            self._found: list[ui.html] = []
            for index, row in enumerate(self._editor.draft.metrics):
                self._definition(index, row)
            adding("Add a metric", "add-metrics", self._add)
            Ask(
                "log",
                "Try it: paste lines of a training job's log",
                self._editor.sheet.log,
                self._paste,
                self._paste,
                form="area",
                rows=5,
                mono=True,
                example="epoch 3: train_loss=0.412 val_loss=0.533 val_acc=0.81",
            )
            self._proposals = ui.element("div").props('role="status" id=proposals')
            self._proposed: tuple[list[Proposed], bool] | None = None
        await self._look()

    def _definition(self, index: int, row: Row) -> None:
        about = row.name or f"metric {index + 1}"
        with ui.element("div").classes("row-of metric"):
            self._editor.ask(
                ("metrics", index, "name"),
                f"Name of {about}",
                bare=True,
                subject="Name",
                mono=True,
                example="val_loss",
            )
            self._editor.ask(
                ("metrics", index, "value"),
                f"Regular expression of {about}",
                bare=True,
                subject="Regular expression",
                mono=True,
                example="val_loss=([0-9.]+)",
                after=self._look,
                during=self._look,
            )
            removing(about, partial(self._remove, index))
            self._found.append(ui.html("", sanitize=False, tag="p").classes("origin").props('role="status"'))

    async def _paste(self, text: str) -> None:
        self._editor.change(log=text)
        await self._look()

    async def _look(self) -> None:
        """Show what each expression finds in the lines that were pasted, and what else could be found."""
        self._version += 1
        version, log, rows = self._version, self._editor.sheet.log, self._editor.draft.metrics
        if not log.strip():
            for box in self._found:
                box.set_content("")
            self._proposals.clear()
            self._proposed = None
            return
        found, proposals = await to_thread.run_sync(_search, log, rows)
        if version != self._version or self._proposals.is_deleted:
            return
        for box, captured in zip(self._found, found, strict=False):
            box.set_content(_captured(captured))
        known = {row.name for row in rows}
        self._propose([each for each in proposals if each.name not in known], bool(proposals))

    def _propose(self, proposals: list[Proposed], has_any: bool) -> None:
        if (proposals, has_any) == self._proposed:  # whoever is pressing one of them would miss it
            return
        self._proposed = (proposals, has_any)
        self._proposals.clear()
        with self._proposals:
            if not proposals:
                if not has_any:
                    ui.html("No number behind a word was found in these lines.", tag="p").classes("note")
                return
            ui.html("Found in these lines", tag="p").classes("note")
            with ui.element("div").classes("bar"):
                for each in proposals:
                    label = f"{each.name} = {words.number(each.value)}"
                    button(label, partial(self._take, each)).props["title"] = "Read this metric"

    async def _take(self, proposed: Proposed) -> None:
        """Read a proposed metric; the first one becomes the objective."""
        draft = self._editor.draft
        if any(not row.name and not row.value for row in draft.metrics):
            index = next(i for i, row in enumerate(draft.metrics) if not row.name and not row.value)
            draft = without_row(draft, "metrics", index)
        draft = with_row(draft, "metrics", Row(name=proposed.name, value=proposed.regex))
        if not draft.metric:
            draft = replace(draft, metric=proposed.name, goal=goal_of(proposed.name))
        await self._put(draft)
        self._editor.focus(("metrics", len(draft.metrics) - 1, "value"))

    async def _add(self) -> None:
        draft = self._editor.draft
        known = {row.name for row in draft.metrics}
        name = draft.metric if draft.metric not in known else ""
        await self._put(with_row(draft, "metrics", Row(name=name)))
        field = "value" if name else "name"
        self._editor.focus(("metrics", len(draft.metrics), field))

    async def _remove(self, index: int) -> None:
        await self._put(without_row(self._editor.draft, "metrics", index))
        self._editor.focus_id("add-metrics")

    async def _put(self, draft: Draft) -> None:
        touched = frozenset(where for where in self._editor.sheet.touched if where[0] != "metrics")
        self._editor.change(draft=draft, touched=touched)
        await self._editor.show_step()


def _search(log: str, rows: tuple[Row, ...]) -> tuple[list[Captured], list[Proposed]]:
    found = [metric_lines.captured(row.value, log) if row.value else Captured() for row in rows]
    return found, metric_lines.proposed(log)


def _captured(captured: Captured) -> str:
    if captured.fault:
        return f'<span class="doubt">Captures nothing: {escape(captured.fault)}</span>'
    if not captured.values:
        return ""
    values = captured.values[-_MOST_SHOWN:]
    told = ", ".join(words.number(each) for each in values)
    more = "… " if len(captured.values) > len(values) else ""
    count = words.count(len(captured.values), "value")
    return f'<span class="captured">Captures {count}: {more}{told}</span> <span class="note">the last one counts</span>'
