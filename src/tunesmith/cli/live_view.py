"""Progress on a terminal, redrawn in place: the best so far, what runs, and how long it will take."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tunesmith.cli import standing, wording
from tunesmith.cli.events import Event, Trouble
from tunesmith.cli.standing import Pace
from tunesmith.cli.summary import excerpt, summary
from tunesmith.control.budget import spent_until

if TYPE_CHECKING:
    from tunesmith.cli.session import Session
    from tunesmith.control.progress import Progress
    from tunesmith.store.records import TrialRecord, TuningJobRecord

_OTHER_LINES = 8  # of the display, besides the training jobs that run


class LiveView:
    """Draws the state of things, and above it the warnings, which stay."""

    def __init__(self, session: Session, console: Console | None = None) -> None:
        self._session = session
        self._console = console or Console(highlight=False)
        self._progress: Progress | None = None
        self._note = ""
        self._pace = Pace(datetime.now(UTC))
        self._live = Live(
            console=self._console, get_renderable=self._draw, refresh_per_second=4, transient=True
        )

    def begin(self, record: TuningJobRecord) -> None:
        """Say what is about to run, and begin to draw."""
        self._console.print(Text(standing.headline(record.job), style="bold"))
        self._live.start()

    def show(self, progress: Progress, events: Iterable[Event]) -> None:
        """Take the new state, and write down the warnings."""
        self._progress = progress
        for event in events:
            if isinstance(event, Trouble):
                self._console.print(Text(f"Warning: {event.message}", style="yellow"))
                if event.output:
                    self._console.print(Text(excerpt(event.output), style="dim"))

    def say(self, message: str) -> None:
        """Show a message for as long as the display is there."""
        self._note = message

    def end(self, progress: Progress | None) -> None:
        """Replace the display by the result."""
        self._live.stop()
        if progress is not None:
            self._console.print()
            # Lines that the terminal wraps can be copied whole.
            self._console.print(Text(summary(self._session, progress)), soft_wrap=True)

    def _draw(self) -> RenderableType:
        progress = self._progress
        if progress is None:
            return Text(self._note or "Starting ...", style="dim")
        now = datetime.now(UTC)
        parts: list[RenderableType] = [
            self._bar(progress, now),
            _best(progress),
            _open(progress, now, self._room()),
        ]
        if self._note:
            parts.append(Text(self._note, style="bold yellow"))
        return Group(*parts)

    def _bar(self, progress: Progress, now: datetime) -> RenderableType:
        job = progress.record.job
        left = self._pace.left(progress, now)
        times = wording.duration(now - self._pace.began)
        if left is not None:
            times += f", about {wording.duration(left)} left"
        if job.price is not None:
            spent = progress.spent + spent_until(job, progress.open, now)
            times += f", {standing.money(job, spent)} spent"
        if progress.record.paused_at is not None:
            times += ", paused"
        line = Table.grid(padding=(0, 2))
        total = standing.total(job)
        bar = ProgressBar(
            total=total, completed=standing.finished(progress.counts), width=24, pulse=total is None
        )
        line.add_row(bar, standing.outcome(progress.record.job, progress.counts), Text(times, style="dim"))
        return line

    def _room(self) -> int:
        return max(1, self._console.height - _OTHER_LINES)


def _best(progress: Progress) -> RenderableType:
    trial, metric = progress.best, progress.record.job.objective.metric
    if trial is None:
        return Text(f"Best {metric} so far: none yet", style="dim")
    best = Text.assemble(
        f"Best {metric} so far: ",
        (wording.number(trial.value), "bold green"),
        f" (training job {trial.number})  ",
        wording.settings(trial),
    )
    best.no_wrap, best.overflow = True, "ellipsis"
    return best


def _open(progress: Progress, now: datetime, room: int) -> RenderableType:
    """The training jobs that have not ended, as many as there is room for."""
    metric = progress.record.job.objective.metric
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("#", justify="right")
    table.add_column("state", no_wrap=True)
    table.add_column("time", no_wrap=True)
    table.add_column(escape(metric), justify="right", no_wrap=True)
    table.add_column("configuration", no_wrap=True, overflow="ellipsis")
    for trial in progress.open[:room]:
        table.add_row(*_row(trial, now))
    if len(progress.open) > room:
        table.caption = f"and {len(progress.open) - room} more"
    return table


def _row(trial: TrialRecord, now: datetime) -> Iterable[Text]:
    cells = (
        str(trial.number),
        trial.state.value.lower(),
        wording.elapsed(trial.started_at, now),
        wording.number(trial.value),
        wording.settings(trial),
    )
    return map(Text, cells)
