"""`tunesmith interrupt`: take the machine away from a training job."""

from __future__ import annotations

from pathlib import Path

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session


@click.command("interrupt", short_help="End a training job as a machine that goes down does.")
@click.argument("training_job")
@options.data_option
def command(training_job: str, data: Path) -> None:
    """End the training job of this name as a machine does that is going down, to see what becomes of it.

    It gets SIGTERM and its grace period, and its checkpoints are kept. It is started again if it has retries left,
    or runs as managed spot training; else it has failed. Returns at once.
    """
    from tunesmith.backends.local_process import LocalProcess  # noqa: PLC0415 - only some commands need it

    session = Session(data)
    trial = session.store.training_job(training_job).trial
    if trial.handle is None or not LocalProcess(session.folder).interrupt(trial.handle):
        msg = f"the training job {trial.name!r} is not running ({trial.state.value})"
        raise click.ClickException(msg)
