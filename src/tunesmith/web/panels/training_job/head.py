"""The head of a training job's page: how it stands, why it failed, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.control.service import Refused
from tunesmith.core.trial import TrialState
from tunesmith.store.errors import NotFound, Outdated
from tunesmith.web import addresses
from tunesmith.web.gate import VISITOR
from tunesmith.web.parts.actions import button
from tunesmith.web.parts.copy import copy_button
from tunesmith.web.parts.dialog import Dialog
from tunesmith.web.site import Site
from tunesmith.web.views import words
from tunesmith.web.views.training_job import TrainingJobView, repeat


class Head:
    """The head as one visitor sees it."""

    def __init__(self, site: Site, view: TrainingJobView) -> None:
        """Make room for it."""
        self._site, self._view = site, view
        self._showing: tuple[bool, ...] = ()
        visitor = ui.context.client.request.scope.get(VISITOR)
        self._by: str | None = None if visitor is None else visitor.label
        with ui.element("div").classes("bar job-head"):
            self._title = ui.html("", sanitize=False)
            with ui.element("div").classes("bar push"):
                copy_button("Copy configuration", view.configuration)
                self._buttons = ui.element("div").classes("bar")
        self._reason = ui.html("", sanitize=False)
        self._strip = ui.html("", sanitize=False)
        self._said = ui.html("", sanitize=False)
        self._said.props["role"] = "status"
        self._dialogs = ui.element("div")

    def show(self, view: TrainingJobView, last_lines: Sequence[str]) -> None:
        """Show how it stands now."""
        self._view = view
        self._title.set_content(_title(view))
        self._reason.set_content(_reason(view, last_lines))
        self._strip.set_content(_strip(view, words.millis(self._site.now())))
        showing = (view.can_stop, view.can_repeat)
        if showing == self._showing:
            return
        self._showing = showing
        self._buttons.clear()
        with self._buttons:
            if view.can_repeat:
                button("Run this configuration again", self._repeat)
            if view.can_stop:
                button("Stop …", self._stop, "danger")

    async def _stop(self) -> None:
        self._dialogs.clear()
        with self._dialogs:
            dialog = Dialog(
                f"Stop {self._view.trial.name}?",
                "It gets the time to save what it needs. What it has reported until then stays.",
            )
        stop = partial(self._site.service.stop_training_job, self._view.trial.name)

        async def do() -> None:
            refusal = await _refusal(stop)
            if refusal:
                dialog.refuse(refusal)
            else:
                dialog.close()

        dialog.answer("Stop the training job", do, "danger")
        dialog.dismiss("Keep it running")
        dialog.open()

    async def _repeat(self) -> None:
        refusal = await _refusal(partial(repeat, self._site.service, self._view, self._by))
        job = self._view.tuning_job or ""
        self._said.set_content(
            f'<p class="notice bad">{escape(refusal)}.</p>'
            if refusal
            else '<p class="notice good">It is tried next. See the training jobs of '
            f'<a href="{addresses.tuning_job(job, "training-jobs")}">{escape(job)}</a>.</p>'
        )


async def _refusal(act: Callable[[], object]) -> str:
    """Do something; why it was refused, or nothing."""
    try:
        await to_thread.run_sync(act)
    except (Refused, ValueError, NotFound, Outdated) as error:
        return str(error)
    return ""


def _title(view: TrainingJobView) -> str:
    trial, job = view.trial, view.tuning_job
    if job is None:
        above = f'<a href="{addresses.LONE}">Training jobs by themselves</a>'
    else:
        ways = ((view.earlier, "the one before"), (view.later, "the next one"))
        above = f'<a href="{addresses.tuning_job(job)}">{escape(job)}</a> · training job {trial.number}'
        above += "".join(
            f' · <a href="{addresses.training_job(name)}">{label}</a>' for name, label in ways if name
        )
    best = ' <span class="tag good">the best so far</span>' if view.is_best else ""
    badge = f'<span class="badge {words.tone(trial.state)}" role="status">{escape(words.state(trial.state))}</span>'
    return f'<div class="above quiet">{above}</div><h1>{escape(trial.name)} {badge}{best}</h1>'


def _reason(view: TrainingJobView, last_lines: Sequence[str]) -> str:
    trial = view.trial
    if not trial.reason:
        return ""
    failed = trial.state is TrialState.FAILED
    shown = f'<p class="notice {"bad" if failed else ""}">{escape(trial.reason)}</p>'
    if failed and last_lines:
        lines = escape("\n".join(line[:500] for line in last_lines))
        shown += (
            '<p class="quiet">The last lines of its log:</p>'
            f'<pre class="card code" tabindex="0" aria-label="The last lines of the log">{lines}</pre>'
        )
    return shown


def _strip(view: TrainingJobView, now: int) -> str:
    trial = view.trial
    figures = []
    if view.metric is not None:
        figures.append((view.metric, words.number(trial.value), _beside_best(view)))
    figures.append(
        ("Run time", words.duration(_seconds(view, now)), "all attempts together" if trial.earlier else "")
    )
    figures.append(("Started", words.moment(trial.first_started_at), ""))
    figures.append(("Ended", words.moment(trial.ended_at if trial.state.is_final else None), ""))
    if trial.earlier:
        figures.append(("Attempts", str(trial.attempt), ""))
    cells = "".join(
        f'<div class="figure"><span class="quiet">{escape(label)}</span><b class="number">{escape(value)}</b>'
        f'<span class="note">{escape(note)}</span></div>'
        for label, value, note in figures
    )
    return f'<div class="strip">{cells}</div>'


def _seconds(view: TrainingJobView, now: int) -> float:
    trial = view.trial
    runs = trial.started_at is not None and trial.ended_at is None
    return trial.run_seconds + (
        max(0, now - words.millis(trial.started_at)) / 1000 if runs and trial.started_at else 0.0
    )


def _beside_best(view: TrainingJobView) -> str:
    best, value = view.best, view.trial.value
    if best is None or best.value is None:
        return ""
    difference = "" if value is None else f", {words.number(abs(value - best.value))} away"
    return f"the best is {words.number(best.value)}{difference}"
