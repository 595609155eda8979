"""The earlier tuning jobs that a new one may learn from, and why not from the others."""

from __future__ import annotations

from functools import partial
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.core.tuning_job import Transfer
from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.parts.ask import Ask
from tunesmith.web.parts.cards import Card, Cards
from tunesmith.web.views import words
from tunesmith.web.wizard import parents
from tunesmith.web.wizard.parents import Candidate

_TYPES = (
    Card("TransferLearning", "Transfer learning", "the data or the ranges are others"),
    Card("IdenticalDataAndAlgorithm", "Identical data and algorithm", "the results count as they are"),
)
_MOST_SHOWN = 30


class WarmStartPart:
    """The choice as one visitor sees it."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    async def show(self) -> None:
        """Build it."""
        with ui.element("div").classes("form"):
            draft = self._editor.draft
            Cards("transfer", "Warm start type", _TYPES, draft.transfer, self._turn, columns=True)
            self._list = ui.element("div").classes("form")
        await self._load()

    async def _turn(self, transfer: str) -> None:
        self._editor.fill(("transfer",), transfer)
        await self._load()

    async def _load(self) -> None:
        """Show the candidates; which fit can be told once everything else is filled in."""
        job = self._editor.judged.job
        self._list.clear()
        if job is None:
            with self._list:
                for name in self._editor.draft.parents:
                    self._box(name, "", fits=True)
                ui.html(
                    "Which tuning jobs fit is shown here when nothing is missing any more.", tag="p"
                ).classes("quiet")
            return
        transfer = Transfer(self._editor.draft.transfer)
        found = await to_thread.run_sync(parents.candidates, self._editor.site.service.store, job, transfer)
        with self._list:
            self._show(found)

    def _show(self, found: list[Candidate]) -> None:
        if not found:
            ui.html("There is no earlier tuning job.", tag="p").classes("quiet")
        for each in found[:_MOST_SHOWN]:
            about = f"{words.state(each.status)}, {words.moment(each.created_at)}"
            self._box(each.name, each.obstacle or about, fits=each.fits)
        if len(found) > _MOST_SHOWN:
            ui.html(f"and {len(found) - _MOST_SHOWN} more", tag="p").classes("note")

    def _box(self, name: str, note: str, *, fits: bool) -> None:
        chosen = name in self._editor.draft.parents
        if not fits and not chosen:
            ui.html(_unfit(name, note), sanitize=False, tag="p").classes("unfit")
            return
        choose = partial(self._choose, name)
        Ask(f"parent-{name}", name, chosen, choose, choose, form="check", hint=note)

    def _choose(self, name: str, text: str) -> None:
        others = tuple(each for each in self._editor.draft.parents if each != name)
        self._editor.fill(("parents",), (*others, name) if text == "true" else others)


def _unfit(name: str, why: str) -> str:
    return f'{escape(name)}<span class="note">does not fit: {escape(why)}</span>'
