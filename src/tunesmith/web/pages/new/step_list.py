"""The list of steps, and how each stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from nicegui import ui

from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.views import words
from tunesmith.web.wizard.sheet import LAST, STEPS


class StepList:
    """Buttons that open the steps."""

    def __init__(self, editor: Editor, on_go: Callable[[int], Awaitable[None]]) -> None:
        self._editor = editor
        self._buttons = []
        with ui.element("nav").classes("steps").props('aria-label="Steps"'), ui.element("ol"):
            for number, title in enumerate(STEPS):
                with ui.element("li"), ui.element("button").props("type=button") as made:
                    mark = ui.html(str(number + 1), tag="span").classes("mark")
                    mark.props("aria-hidden=true")
                    with ui.element("span").classes("words"):
                        ui.html(title, tag="span").classes("title")
                        note = ui.html("", tag="span").classes("note")
                made.on("click", partial(on_go, number))
                self._buttons.append((made, mark, note))
        editor.on_judged(self._show)
        self._show()

    def _show(self) -> None:
        for number, (made, mark, note) in enumerate(self._buttons):
            state, text = self._state(number)
            made.props(remove="aria-current")
            if number == self._editor.sheet.step:
                made.props("aria-current=step")
            made.classes(replace=state)
            mark.set_content({"done": "✓", "faulty": "!"}.get(state, str(number + 1)))
            note.set_content(text)
            made.props["aria-label"] = f"{STEPS[number]}: {text}" if text else STEPS[number]

    def _state(self, step: int) -> tuple[str, str]:
        """How a step stands: `done`, `faulty` or nothing; and in words."""
        sheet, judged = self._editor.sheet, self._editor.judged
        faults = judged.faults_at(step)
        shown = [fault for fault in faults if sheet.shows(fault.field)]
        if shown and step != LAST:
            return "faulty", f"{words.count(len(shown), 'thing')} to mend"
        if step in sheet.tried and not faults and step != LAST:
            count = len(judged.doubts_at(step))
            return "done", words.count(count, "warning") if count else ""
        if step == LAST and judged.job is not None:
            return "", "ready to start"
        return "", ""
