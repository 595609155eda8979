"""What is wrong with a step that no field of it says by itself."""

from __future__ import annotations

from html import escape

from nicegui import ui

from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.wizard.in_words import sentence
from tunesmith.web.wizard.sheet import LAST


class FaultBox:
    """The faults of the open step that are about no field on the page."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._box = ui.html("", sanitize=False).props("id=step-faults tabindex=-1 role=alert")
        editor.on_judged(self._show)

    def _show(self) -> None:
        sheet = self._editor.sheet
        shown = [
            fault.message
            for fault in self._editor.judged.faults_at(sheet.step)
            if sheet.shows(fault.field) and not self._editor.shows_itself(fault.field)
        ]
        text = "" if sheet.step == LAST else "".join(f"<li>{escape(sentence(each))}</li>" for each in shown)
        self._box.set_content(f'<ul class="notice bad">{text}</ul>' if text else "")
