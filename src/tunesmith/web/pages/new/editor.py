"""A sheet as one visitor works on it: what is typed goes into it, and what is wrong comes back to the fields."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from anyio import to_thread
from nicegui import background_tasks, ui

from tunesmith.core.training_job import Resources
from tunesmith.web.parts.ask import Ask, Form
from tunesmith.web.site import Site
from tunesmith.web.wizard.draft import Draft
from tunesmith.web.wizard.drafts import Drafts, Visitor
from tunesmith.web.wizard.judging import Judge, Judged
from tunesmith.web.wizard.making import Field
from tunesmith.web.wizard.sheet import Sheet, value_at, with_value
from tunesmith.web.wizard.uploads import Uploads

OnJudged: TypeAlias = Callable[[], Awaitable[None] | None]

_FOCUS = """
(function seek(id, left) {
  const element = document.getElementById(id);
  for (let box = element?.closest('details'); box; box = box.parentElement.closest('details')) box.open = true;
  if (element) { element.scrollIntoView({block: 'nearest'}); element.focus({preventScroll: true}); }
  else if (left) setTimeout(() => seek(id, left - 1), 50);
})(%s, 40)
"""


def id_of(where: Field) -> str:
    """The id of a field in the page."""
    return "-".join(["field", *map(str, where)])


class Editor:
    """The sheet of one visitor on one page. All changes go through it; it keeps the sheet and has it judged."""

    def __init__(self, site: Site, drafts: Drafts, uploads: Uploads, visitor: Visitor, sheet: Sheet) -> None:
        self.site = site
        self.uploads = uploads
        self.judged = Judged()
        self.sheet = sheet
        self.show_step: Callable[[], Awaitable[None]] = _nothing  # builds the step anew
        self.go: Callable[[int], Awaitable[None]] = _nowhere  # opens another one
        self._drafts = drafts
        self._visitor = visitor
        self._client = ui.context.client
        self._asks: dict[Field, Ask] = {}
        self._listeners: list[OnJudged] = []
        self._step_listeners: list[OnJudged] = []
        self._version = 1  # of the sheet
        self._judged_version = 0
        self._saved_version = 1
        self._turn, self._saving = asyncio.Lock(), asyncio.Lock()
        machine = Resources(cpus=site.cpus, gpus=site.gpus)
        self._judge = Judge(
            store=site.service.store, machine=machine, folder=site.data, isolation=site.settings.isolation
        )

    @property
    def draft(self) -> Draft:
        """The tuning job so far."""
        return self.sheet.draft

    def on_judged(self, listener: OnJudged) -> None:
        """Have something shown anew whenever the sheet has been judged."""
        self._listeners.append(listener)

    def on_judged_in_step(self, listener: OnJudged) -> None:
        """Likewise, as long as the open step is open."""
        self._step_listeners.append(listener)

    def change(self, **values: Any) -> None:
        """Change parts of the sheet, keep it, and have it judged."""
        self.sheet = replace(self.sheet, **values)
        self._drafts.put(self._visitor, self.sheet)
        self._version += 1
        background_tasks.create(self._save(), name="save a sheet")
        background_tasks.create(self._judge_again(), name="judge a sheet")

    def fill(self, where: Field, value: Any) -> None:
        """Put a value into a field of the draft."""
        self.change(draft=with_value(self.draft, where, value))

    def leave(self, where: Field) -> None:
        """Note that a field was left: from now on what is wrong with it is shown."""
        self.change(touched=self.sheet.touched | {where})

    async def settle(self) -> Judged:
        """Judge the sheet as it is now, and show what came of it."""
        await self._judge_again(show=True)
        return self.judged

    def start_step(self) -> None:
        """Forget the fields of the step that was shown."""
        self._asks.clear()
        self._step_listeners.clear()

    def shows_itself(self, where: Field) -> bool:
        """Whether a field is on the page, and says by itself what is wrong with it."""
        return where in self._asks

    def ask(
        self,
        where: Field,
        label: str,
        *,
        read: Callable[[str], Any] = str,
        written: Callable[[Any], str] = str,
        after: Callable[[], Awaitable[None] | None] | None = None,
        during: Callable[[], Awaitable[None]] | None = None,
        form: Form = "text",
        options: Mapping[str, str] | None = None,
        **looks: Any,
    ) -> Ask:
        """Show a field of the draft.

        Args:
            where: The field.
            label: What is asked.
            read: Makes its value of what was typed.
            written: The opposite.
            after: Called when it was left with another value.
            during: Called while somebody types.
            form: What it looks like.
            options: What there is to choose.
            looks: As `Ask` takes them.
        """
        value = value_at(self.draft, where)
        shown = value if isinstance(value, bool) else written(value)
        before = value

        async def typed(text: str) -> None:
            self.fill(where, read(text))
            if during is not None:
                await during()

        async def left(text: str) -> None:
            nonlocal before
            self.fill(where, read(text))
            self.leave(where)
            if after is not None and read(text) != before:
                before = read(text)
                result = after()
                if result is not None:
                    await result

        made = Ask(id_of(where), label, shown, typed, left, form=form, options=options, **looks)
        self.show_at(where, made)
        return made

    def show_at(self, where: Field, made: Ask) -> None:
        """Have what is wrong with a field shown by this one."""
        self._asks[where] = made

    def leave_for(self, address: str) -> None:
        """Drop the sheet and open another page."""
        self._drafts.drop(self._visitor)
        self._client.run_javascript(f"location.assign({json.dumps(address)})")

    def focus(self, where: Field) -> None:
        """Move the keyboard to a field, as soon as it is there."""
        self.focus_id(id_of(where))

    def focus_first(self, some: Collection[Field]) -> bool:
        """Move the keyboard to the first of some fields on the page; False if none is there."""
        first = next((where for where in self._asks if where in some), None)
        if first is not None:
            self.focus(first)
        return first is not None

    def focus_id(self, name: str) -> None:
        """Move the keyboard to what has an id, as soon as it is there."""
        self._client.run_javascript(_FOCUS % json.dumps(name))

    @background_tasks.await_on_shutdown
    async def _save(self) -> None:
        """Write the sheet to its file; of changes that come meanwhile, the last one is written, too."""
        async with self._saving:
            if self._saved_version != self._version:
                version = self._version
                await to_thread.run_sync(self._drafts.save, self._visitor)
                self._saved_version = version

    async def _judge_again(self, *, show: bool = False) -> None:
        """Judge the sheet until it is judged as it is, one after the other, and show what came of it."""
        async with self._turn:
            while self._judged_version != self._version and not self._client.is_deleted:
                version = self._version
                self.judged = await to_thread.run_sync(self._judge.judge, self.sheet, self.site.now())
                self._judged_version = version
                show = True
            if show and not self._client.is_deleted:
                with self._client:
                    await self._show()

    async def _show(self) -> None:
        self._show_faults()
        for listener in (*self._listeners, *self._step_listeners):
            result = listener()
            if result is not None:
                await result

    def _show_faults(self) -> None:
        faults: dict[Field, str] = {}
        for fault in self.judged.faults:
            faults.setdefault(fault.field, fault.message)
        doubts = {doubt.field: doubt.message for doubt in self.judged.doubts}
        for where, ask in self._asks.items():
            shown = faults.get(where, "") if self.sheet.shows(where) else ""
            ask.judge(shown, doubts.get(where, ""))


async def _nothing() -> None:
    """Until there is a page, there is no step to show."""


async def _nowhere(_step: int) -> None:
    """As above."""
