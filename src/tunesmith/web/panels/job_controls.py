"""What can be done to a tuning job: each asks first where something is lost, and says why it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from anyio import to_thread
from nicegui import ui

from tunesmith.control.interventions import LimitsChange
from tunesmith.control.service import Refused
from tunesmith.store.errors import NotFound, Outdated
from tunesmith.web.gate import VISITOR
from tunesmith.web.panels.job_suggestion import SuggestionDialog
from tunesmith.web.panels.panel import Shown
from tunesmith.web.parts.actions import button
from tunesmith.web.parts.dialog import Dialog, Entry
from tunesmith.web.views.job_head import JobHead

_LIMITS = (
    ("trials", "Training jobs in all", "failed ones included", int),
    ("parallel", "Training jobs at a time", "", int),
    ("seconds", "Seconds in all", "since the tuning job was created; empty: as it is", float),
    ("budget", "Budget", "money for all training jobs; empty: as it is", float),
)


class JobControls:
    """The buttons, and their dialogs."""

    def __init__(self, shown: Shown) -> None:
        """Show no button yet."""
        self._shown = shown
        self._buttons = ui.element("div").classes("bar push")
        self._showing: tuple[bool, ...] = ()
        visitor = ui.context.client.request.scope.get(VISITOR)
        self._by: str | None = None if visitor is None else visitor.label
        self._dialogs = ui.element("div")

    def show(self, head: JobHead) -> None:
        """Offer what can be done as it stands now."""
        showing = (head.is_open, head.is_paused, head.can_change, head.can_resume)
        if showing == self._showing:
            return
        self._showing = showing
        self._buttons.clear()
        with self._buttons:
            if head.can_change:
                button("Suggest …", self._suggest)
                button("Limits …", partial(self._limits, resumes=False))
                if not head.is_paused:
                    button("Pause …", self._pause)
            if head.can_resume:
                if head.is_open:
                    button("Resume", self._resume, "primary")
                else:
                    button("Resume …", partial(self._limits, resumes=True))
            if head.is_open:
                button("Stop …", self._stop, "danger")

    def _dialog(self, title: str, text: str) -> Dialog:
        self._dialogs.clear()
        with self._dialogs:
            return Dialog(title, text)

    async def _stop(self) -> None:
        dialog = self._dialog(
            f"Stop {self._shown.name}?",
            "The training jobs that run are stopped, and nothing new is started. What has been found stays.",
        )
        act = partial(self._shown.site.service.stop_tuning_job, self._shown.name, by=self._by)
        dialog.answer("Stop the tuning job", partial(self._do, dialog, act), "danger")
        dialog.dismiss("Keep it running")
        dialog.open()

    async def _pause(self) -> None:
        dialog = self._dialog(
            f"Pause {self._shown.name}?",
            "Nothing new is started until it is resumed. The training jobs that run may go on to their end.",
        )
        pause = partial(self._shown.site.service.pause_tuning_job, self._shown.name, by=self._by)
        dialog.answer("Pause", partial(self._do, dialog, pause))
        stop = partial(pause, stop_running=True)
        dialog.answer("Pause, and stop what runs", partial(self._do, dialog, stop), "danger")
        dialog.dismiss()
        dialog.open()

    async def _resume(self) -> None:
        try:
            resume = partial(self._shown.site.service.resume_tuning_job, self._shown.name, by=self._by)
            await to_thread.run_sync(resume)
        except (Refused, ValueError, NotFound, Outdated) as error:
            dialog = self._dialog("It cannot go on", "")
            dialog.dismiss("Close")
            dialog.open()
            dialog.refuse(str(error))

    async def _limits(self, *, resumes: bool) -> None:
        title = f"Resume {self._shown.name}" if resumes else f"Limits of {self._shown.name}"
        text = (
            "It goes on with what it knows. Give it more of what it has used up."
            if resumes
            else "They hold at once."
        )
        dialog = self._dialog(title, text)
        limits = self._shown.board.job.limits
        entries: dict[str, tuple[Entry, Callable[[str], Any]]] = {}
        with dialog.body():
            for field, label, hint, kind in _LIMITS:
                value = getattr(limits, field)
                if field == "budget" and self._shown.board.job.price is None:
                    continue
                text = "" if value is None else f"{value:.12g}"
                entries[field] = Entry(label, text, hint=hint, numeric=True), kind
        dialog.answer(
            "Resume" if resumes else "Set these limits",
            partial(self._change, dialog, entries, resumes=resumes),
        )
        dialog.dismiss()
        dialog.open()

    async def _change(
        self, dialog: Dialog, entries: dict[str, tuple[Entry, Callable[[str], Any]]], *, resumes: bool
    ) -> None:
        given = {}
        for field, (entry, kind) in entries.items():
            if not entry.value.strip():
                continue
            try:
                given[field] = kind(entry.value.strip().replace(",", ""))
            except ValueError:
                whole = "a whole number" if kind is int else "a number"
                dialog.refuse(f"limits: {field} must be {whole}, got {entry.value!r}")
                return
        service = self._shown.site.service
        call = service.resume_tuning_job if resumes else service.change_limits
        await self._do(dialog, partial(call, self._shown.name, LimitsChange(**given), by=self._by))

    async def _suggest(self) -> None:
        self._dialogs.clear()
        with self._dialogs:
            SuggestionDialog(self._shown, self._do, self._by)

    async def _do(self, dialog: Dialog, act: Callable[[], object]) -> None:
        """Do it and close the dialog; if it is refused, say why."""
        try:
            await to_thread.run_sync(act)
        except (Refused, ValueError, NotFound, Outdated) as error:
            dialog.refuse(str(error))
            return
        dialog.close()
