"""Progress as plain lines, one for each thing that happens: for logs, pipes and continuous integration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from tunesmith.cli import standing, wording
from tunesmith.cli.events import Event, Finished, Started, Trouble, is_trouble
from tunesmith.cli.summary import excerpt, summary
from tunesmith.core.trial import TrialState

if TYPE_CHECKING:
    from tunesmith.cli.session import Session
    from tunesmith.control.progress import Progress
    from tunesmith.store.records import TrialRecord, TuningJobRecord


class PlainView:
    """Writes lines to standard output, never a control character; quiet, only troubles and the end."""

    def __init__(self, session: Session, *, quiet: bool = False) -> None:
        self._session = session
        self._quiet = quiet

    def begin(self, record: TuningJobRecord) -> None:
        """Say what is about to run, and how to stop it from elsewhere."""
        if not self._quiet:
            self.say(standing.headline(record.job))
            self.say(
                f"results in {self._session.folder}, `{self._session.command('stop', record.job.name)}` ends it"
            )

    def show(self, progress: Progress, events: Iterable[Event]) -> None:
        """Write a line for each event."""
        for event in events:
            match event:
                case Trouble(message, output):
                    self.say(f"warning: {message}")
                    if output:
                        self.say(excerpt(output))
                case Started(trial) if not self._quiet:
                    self.say(f"training job {trial.number} started: {wording.settings(trial)}")
                case Finished(trial, is_best) if not self._quiet and not is_trouble(trial):
                    self.say(_finished(progress, trial, is_best=is_best))

    def say(self, message: str) -> None:
        """Write a line."""
        click.echo(message)

    def end(self, progress: Progress | None) -> None:
        """Write the result."""
        if progress is not None:
            self.say("")
            self.say(summary(self._session, progress))


def _finished(progress: Progress, trial: TrialRecord, *, is_best: bool) -> str:
    metric = progress.record.job.objective.metric
    how = "finished" if trial.state is TrialState.COMPLETED else f"was stopped ({trial.reason})"
    took = wording.elapsed(trial.started_at, trial.ended_at or trial.created_at)
    mark = ", the best so far" if is_best else ""
    value = f"{metric} {wording.number(trial.value)}{mark}"
    return f"training job {trial.number} {how}: {value} ({took}; {standing.outcome(progress.record.job, progress.counts)})"
