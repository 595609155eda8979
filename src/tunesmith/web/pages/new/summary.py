"""What has come of the sheet so far: what will run, how long it takes, what is hardly meant, and how to copy it."""

from __future__ import annotations

from functools import partial
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.core.objective import Goal
from tunesmith.core.training_job import Resources
from tunesmith.core.tuning_job import TuningJob
from tunesmith.web.pages.new.copying import CopyDialog
from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.parts.ask import Ask
from tunesmith.web.views import words
from tunesmith.web.wizard import duration, in_words, sanity
from tunesmith.web.wizard.duration import Estimate
from tunesmith.web.wizard.sheet import STEPS, step_of
from tunesmith.web.wizard.spans import seconds_text, span_text


class Summary:
    """The column beside the steps, kept up to date."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._known: tuple[object, list[float]] | None = None  # earlier run times, and of what
        with ui.element("aside").classes("summary").props("aria-label=Summary"):
            with ui.element("section").classes("card"):
                ui.html("Summary", tag="h2")
                self._facts = ui.html("", sanitize=False)
            with ui.element("section").classes("card"):
                ui.html("How long it will take", tag="h2")
                self._time = ui.html("", sanitize=False).props("role=status")
                self._guess = Ask(
                    "guess",
                    "Time of a training job",
                    span_text(editor.sheet.guess),
                    self._guessed,
                    self._guessed,
                    example="such as 5 min",
                )
            self._warnings = ui.element("section").classes("card").props("id=warnings")
            with ui.element("section").classes("card"):
                ui.html("Copy as", tag="h2")
                self._copying = CopyDialog(editor)
                self._copying.show()
        editor.on_judged(self._show)

    async def _guessed(self, text: str) -> None:
        if seconds_text(text) != self._editor.sheet.guess:
            self._editor.change(guess=seconds_text(text))

    async def _show(self) -> None:
        judged = self._editor.judged
        self._facts.set_content(_facts(judged.job, self._editor))
        self._show_warnings()
        await self._show_time()

    def _show_warnings(self) -> None:
        doubts = self._editor.judged.doubts
        names = {row.name for row in self._editor.draft.parameters}
        self._warnings.set_visibility(bool(doubts))
        self._warnings.clear()
        with self._warnings:
            ui.html(words.count(len(doubts), "warning").capitalize(), tag="h2")
            with ui.element("ul").classes("plain"):
                for doubt in doubts:
                    with ui.element("li"):
                        text = in_words.sentence(doubt.message, names)
                        ui.html(f"{escape(text)}. ", sanitize=False, tag="span")
                        go = ui.element("button").classes("plain link").props("type=button")
                        go.props["aria-label"] = f"Look at it: {STEPS[step_of(doubt.field)]}"
                        with go:
                            ui.html(STEPS[step_of(doubt.field)], tag="span")
                        go.on("click", partial(self._look, doubt))

    async def _look(self, doubt: sanity.Doubt) -> None:
        await self._editor.go(step_of(doubt.field))
        self._editor.focus(doubt.field)

    async def _show_time(self) -> None:
        job = self._editor.judged.job
        if job is None:
            self._time.set_content('<p class="quiet">Known when nothing is missing any more.</p>')
            self._guess.set_visibility(False)
            return
        earlier = await to_thread.run_sync(self._earlier, job)
        if self._time.is_deleted:
            return
        self._guess.set_visibility(not earlier)
        site = self._editor.site
        slots = max(1, sanity.slots(job, Resources(cpus=site.cpus, gpus=site.gpus)))
        estimate = duration.from_earlier(job, earlier, slots)
        if estimate is None and (seconds := _positive(self._editor.sheet.guess)):
            estimate = duration.from_guess(job, seconds, slots)
        self._time.set_content(_told(job, estimate, slots))

    def _earlier(self, job: TuningJob) -> list[float]:
        """The run times of earlier training jobs, read anew only for other work."""
        key = (job.work, job.space.names)
        if self._known is None or self._known[0] != key:
            self._known = key, duration.earlier_seconds(self._editor.site.service.store, job)
        return self._known[1]


def _facts(job: TuningJob | None, editor: Editor) -> str:
    draft = editor.draft
    if editor.sheet.is_blank:
        return '<p class="quiet">Choose what to run first.</p>'
    goal = draft.goal.lower()
    pairs = [
        ("Tunes", words.count(len(draft.parameters), "hyperparameter")),
        ("Objective", f"{goal} {draft.metric}" if draft.metric else "not named yet"),
        ("Strategy", draft.strategy),
    ]
    if job is not None:
        goal = "maximize" if job.objective.goal is Goal.MAXIMIZE else "minimize"
        named = [("Name", job.name)] if draft.name.strip() else []
        pairs = [*named, ("Runs", in_words.work(job)), *pairs]
        pairs += [("Limits", in_words.limits(job)), ("At a time", str(job.limits.parallel))]
    else:
        count = len({fault.field for fault in editor.judged.faults})
        pairs.append(("Missing", f"{words.count(count, 'thing')} to fill in or mend"))
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in pairs)
    return f'<dl class="facts">{rows}</dl>'


def _told(job: TuningJob, estimate: Estimate | None, slots: int) -> str:
    if estimate is None:
        text = "Nothing like it has run here yet. Guess how long one training job takes:"
        return f'<p class="quiet">{text}</p>'
    span = f"{words.duration(estimate.low)} to {words.duration(estimate.high)}"
    lines = [
        f'<p class="estimate">about {words.duration(estimate.likely)}</p>',
        f'<p class="note">Probably {span}, by {escape(estimate.basis)}.</p>',
    ]
    if job.price is not None:
        busy = min(slots, job.limits.parallel)
        cost = job.price.per_second(job.resources) * estimate.likely * busy
        lines.insert(1, f"<p>about {escape(job.price.show(cost))}</p>")
    return "".join(lines)


def _positive(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
