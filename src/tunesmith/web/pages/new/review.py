"""The last step: all of it in words, what is wrong, and the button that starts it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.errors import NameTaken
from tunesmith.web import addresses
from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.wizard import in_words
from tunesmith.web.wizard.making import Field, FieldFault
from tunesmith.web.wizard.sheet import LAST, STEPS, step_of

_LABELS = {
    "most_reports": "Most reports of a training job",
    "least_reports": "Fewest reports",
    "seconds": "Maximum time",
    "trials": "Maximum training jobs",
    "parallel": "Maximum parallel training jobs",
    "job_seconds": "Maximum run time of a training job",
    "cpu_hour": "Price",
    "parameters": "Hyperparameter",
    "fixed": "Fixed hyperparameter",
    "work": "What to run",
    "metric": "Objective metric",
    "metrics": "Metric definition",
}


class ReviewStep:
    """The step as one visitor sees it."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._is_starting = False

    async def show(self) -> None:
        """Build the step."""
        self._editor.ask(
            ("name",),
            "Name of the tuning job",
            mono=True,
            example="such as churn-1",
            hint="Letters, digits and hyphens, at most 32. Empty: a name is made of what runs and the time.",
        )
        self._refusal = ui.html("", sanitize=False).props("id=refusal tabindex=-1 role=alert")
        self._faults = ui.element("div").props("id=faults tabindex=-1")
        self._words = ui.element("div")
        with ui.element("div").classes("bar"):
            with ui.element("button").classes("button primary big").props("type=button id=start") as start:
                self._label = ui.html("Start the tuning job", sanitize=False, tag="span")
            start.on("click", self._start)
            self._start_button = start
        self._editor.on_judged_in_step(self._show)

    def _show(self) -> None:
        judged = self._editor.judged
        self._faults.clear()
        with self._faults:
            if judged.faults:
                self._show_faults(judged.faults)
        self._words.clear()
        with self._words:
            if judged.job is not None:
                _show_words(judged.job, self._editor.go)

    def _show_faults(self, faults: tuple[FieldFault, ...]) -> None:
        with ui.element("div").classes("notice bad"):
            ui.html("Before it can start:", tag="p")
            with ui.element("ul"):
                for fault in faults:
                    with ui.element("li"):
                        made = ui.element("button").classes("plain link").props("type=button")
                        with made:
                            ui.html(escape(_told(fault, self._editor)), sanitize=False, tag="span")
                        made.on("click", partial(self._mend, fault.field))

    async def _mend(self, where: Field) -> None:
        await self._editor.go(step_of(where))
        self._editor.focus(where)

    async def _start(self) -> None:
        if self._is_starting:
            return
        self._is_starting = True
        self._label.set_content("Starting …")
        try:
            await self._create()
        finally:
            self._is_starting = False
            self._label.set_content("Start the tuning job")

    async def _create(self) -> None:
        """Create the job as it is now, and go to its page."""
        self._refusal.set_content("")
        self._editor.change(tried=frozenset(range(len(STEPS))))
        job = (await self._editor.settle()).job
        if job is None:
            self._editor.focus_id("faults")
            return
        try:
            await to_thread.run_sync(self._editor.site.service.create_tuning_job, job)
        except (ValueError, NameTaken, OSError) as error:
            self._refusal.set_content(f'<p class="notice bad">It was not started: {escape(str(error))}</p>')
            self._editor.focus_id("refusal")
            return
        self._editor.leave_for(addresses.tuning_job(job.name))


def _show_words(job: TuningJob, go: Callable[[int], Awaitable[None]]) -> None:
    said = list(in_words.sentences(job))
    for step in range(LAST):
        with ui.element("section").classes("reviewed"):
            with ui.element("div").classes("bar"):
                ui.html(STEPS[step], tag="h3")
                change = ui.element("button").classes("plain link").props("type=button")
                change.props["aria-label"] = f"Change: {STEPS[step]}"
                with change:
                    ui.html("Change", tag="span")
                change.on("click", partial(go, step))
            lines = "".join(f"<p>{escape(text)}</p>" for number, text in said if number == step)
            ui.html(lines, sanitize=False)


def _told(fault: FieldFault, editor: Editor) -> str:
    """A fault with the name of its field in front."""
    where = fault.field
    if not where:
        return fault.message[:1].upper() + fault.message[1:]
    first = str(where[0])
    name = _LABELS.get(first, first.replace("_", " ").capitalize())
    rows = getattr(editor.draft, first, ())
    if len(where) > 1 and isinstance(where[1], int) and where[1] < len(rows):
        name = rows[where[1]].name or f"{name}, row {where[1] + 1}"
    last = where[-1] if len(where) > 2 or (first == "work" and len(where) > 1) else ""
    return f"{name}{f', {last}' if last else ''}: {fault.message}"
