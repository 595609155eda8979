"""What has happened to a training job: its stages with their times, and its attempts."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from nicegui import ui

from tunesmith.web.panels.panel import card
from tunesmith.web.views import words
from tunesmith.web.views.training_job import Run, Stage, TrainingJobView


class HistoryPanel:
    """The lists as one visitor sees them."""

    def __init__(self) -> None:
        """Make room for them."""
        with card("Status"):
            self._content = ui.html("", sanitize=False)

    def show(self, view: TrainingJobView) -> None:
        """Show what has happened until now."""
        stages = "".join(_stage(each, is_last=each is view.stages[-1]) for each in view.stages)
        self._content.set_content(f'<ol class="stages">{stages}</ol>{_runs(view)}')


def _stage(stage: Stage, *, is_last: bool) -> str:
    is_open = stage.end is None
    lasted = "" if stage.end is None else _lasted(stage.start, stage.end)
    tone = words.tone(stage.status) if is_last else "calm"
    if is_last and is_open:
        tone, lasted = "live", "now"
    return (
        f'<li><span class="badge {tone}">{escape(words.state(stage.status))}</span>'
        f'<time datetime="{stage.start.isoformat()}">{_clock(stage.start)}</time>'
        f'<span class="quiet">{lasted}</span><span class="note">{escape(stage.message)}</span></li>'
    )


def _runs(view: TrainingJobView) -> str:
    if not view.runs:
        return ""
    rows = "".join(_run(each) for each in view.runs)
    told = f"It was started {words.count(len(view.runs), 'time')}; its log is one."
    return (
        f'<h3>Attempts</h3><p class="quiet">{told}</p><div class="scroll" tabindex="0" role="region" '
        'aria-label="Attempts"><table class="beside"><thead><tr><th scope="col">Attempt</th>'
        '<th scope="col">Started</th><th scope="col">Ran</th><th scope="col">Outcome</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _run(run: Run) -> str:
    started = words.NONE if run.start is None else _clock(run.start)
    lasted = words.NONE if run.start is None or run.end is None else _lasted(run.start, run.end)
    return (
        f'<tr><th scope="row">{run.number}</th><td>{started}</td><td>{lasted}</td>'
        f"<td>{escape(run.outcome)}</td></tr>"
    )


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _lasted(start: datetime, end: datetime) -> str:
    return words.duration((end - start).total_seconds())
