"""Progress as JSON lines, one for each thing that happens: for other programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from tunesmith.cli import facts
from tunesmith.cli.events import Event, Finished, Started, Trouble

if TYPE_CHECKING:
    from tunesmith.cli.session import Session
    from tunesmith.control.progress import Progress
    from tunesmith.store.records import TuningJobRecord


class JsonView:
    """Writes one JSON object a line to standard output; its key `event` says what happened."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, record: TuningJobRecord) -> None:
        """Write the event `begin` with the tuning job."""
        _write("begin", job=self._session.facts(record), data=str(self._session.folder.absolute()))

    def show(self, progress: Progress, events: Iterable[Event]) -> None:
        """Write the events `started`, `finished` and `warning`."""
        del progress
        for event in events:
            match event:
                case Started(trial):
                    _write("started", trial=facts.trial_facts(trial))
                case Finished(trial, is_best):
                    _write("finished", trial=facts.trial_facts(trial), is_best=is_best)
                case Trouble(message, output):
                    _write("warning", message=message, output=list(output))

    def say(self, message: str) -> None:
        """Write the event `message`."""
        _write("message", message=message)

    def end(self, progress: Progress | None) -> None:
        """Write the event `end`; the status tells whether the tuning job has ended or can be resumed."""
        if progress is not None:
            job = self._session.facts(progress.record)
            model = progress.best and self._session.model(progress.best)
            _write("end", job=job, model=str(model) if model else None)


def _write(event: str, **content: Any) -> None:
    click.echo(facts.line({"event": event, **content}))
