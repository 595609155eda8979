"""A command line, in which braces stand for hyperparameters."""

from __future__ import annotations

from nicegui import ui

from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.parts.ask import Ask
from tunesmith.web.wizard.beginnings import with_command
from tunesmith.web.wizard.draft import CommandWork


class CommandPart:
    """The fields as one visitor sees them."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._known = ""  # the command whose hyperparameters have rows

    async def show(self) -> None:
        """Build them."""
        work = self._editor.draft.work
        command = self._known = work.command if isinstance(work, CommandWork) else ""
        where = ("work", "command")
        made = Ask(
            "field-work-command",
            "Command line",
            command,
            self._typed,
            self._left,
            form="area",
            rows=2,
            mono=True,
            example="./train.sh --rate {rate} --depth {depth}",
            hint="Each {name} becomes the value of a hyperparameter. They are also in the file that the variable "
            "TUNESMITH_CONFIG names.",
        )
        self._editor.show_at(where, made)
        self._editor.ask(
            ("work", "directory"),
            "Working folder",
            mono=True,
            example="/path/on/the/server",
            hint="Empty: the training job's own folder.",
        )
        self._editor.ask(
            ("work", "literal"), "Leave braces as they are", form="check", read=lambda text: text == "true"
        )
        ui.html(
            "The program prints its objective metric, such as <code>loss=0.25</code>; the third step says how it is read.",
            tag="p",
        ).classes("quiet")

    def _typed(self, text: str) -> None:
        self._editor.fill(("work", "command"), text)

    def _left(self, text: str) -> None:
        where = ("work", "command")
        self._editor.fill(where, self._known)
        self._editor.change(draft=with_command(self._editor.draft, text))
        self._editor.leave(where)
        self._known = text
