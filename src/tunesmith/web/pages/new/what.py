"""The first step: what each training job runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from nicegui import ui

from tunesmith.web.pages.new.command import CommandPart
from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.pages.new.image import ImagePart
from tunesmith.web.pages.new.inputs import InputsPart
from tunesmith.web.pages.new.script import ScriptPart
from tunesmith.web.pages.new.table import TablePart
from tunesmith.web.parts.cards import Card, Cards
from tunesmith.web.site import Site
from tunesmith.web.wizard.draft import BuiltInWork, CommandWork, Draft, ScriptWork, Work
from tunesmith.web.wizard.sheet import KINDS, turned_to


class _Part(Protocol):
    async def show(self) -> None: ...


_SENTENCES = {
    "xgboost": "Give a table as a CSV file; no code is needed.",
    "script": "A program of yours that reads its hyperparameters with argparse.",
    "command": "Any program; braces such as {rate} stand for hyperparameters.",
    "image": "A name that SageMaker code uses; something on this machine stands for it.",
}
_MOST_PARALLEL = 8  # training jobs that are proposed to run at a time
_WORKS: dict[str, Work] = {"xgboost": BuiltInWork(), "command": CommandWork()}
_PARTS: dict[str, Callable[[Editor], _Part]] = {
    "xgboost": TablePart,
    "script": ScriptPart,
    "command": CommandPart,
    "image": ImagePart,
}


class WhatStep:
    """The step as one visitor sees it."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    async def show(self) -> None:
        """Build the step."""
        sheet = self._editor.sheet
        cards = [Card(key, title, _SENTENCES[key]) for key, title in KINDS.items()]
        Cards("kind", "What should each training job run?", cards, sheet.kind, self._turn, columns=True)
        if sheet.is_blank:
            ui.html(
                "A tuning job runs a training job again and again, each time with other hyperparameters, and finds those "
                "that make its objective metric best.",
                tag="p",
            ).classes("quiet")
            return
        await _PARTS[sheet.kind](self._editor).show()
        if sheet.kind != "image":
            InputsPart(self._editor).show()

    async def _turn(self, kind: str) -> None:
        sheet = self._editor.sheet
        if kind != sheet.kind:
            if sheet.is_blank:
                sheet = replace(sheet, draft=_usual(self._editor.site))
            turned = turned_to(sheet, kind, Draft(work=_WORKS.get(kind, ScriptWork())))
            self._editor.change(
                kind=kind,
                draft=turned.draft,
                shelf=turned.shelf,
                touched=turned.touched,
                tried=turned.tried,
            )
            await self._editor.show_step()
            self._editor.focus_id(f"kind-{kind}")


def _usual(site: Site) -> Draft:
    """What follows from the machine and the operator's settings."""
    draft = Draft(parallel=str(max(1, min(_MOST_PARALLEL, site.cpus // 2))))
    price = site.settings.price
    if price is None:
        return draft
    return replace(
        draft,
        cpu_hour=f"{price.cpu_hour:g}",
        gpu_hour=f"{price.gpu_hour:g}",
        currency=price.currency,
    )
