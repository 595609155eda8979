"""`tunesmith pause`: hold a tuning job back for a while."""

from __future__ import annotations

from pathlib import Path

import click

from tunesmith.cli import options
from tunesmith.cli.commands.stop import only_one
from tunesmith.cli.session import Session


@click.command("pause", short_help="Start nothing new in a tuning job for now.")
@options.name_argument
@click.option(
    "--stop-running", is_flag=True, help="Stop the training jobs that run, too; what they reported counts."
)
@options.data_option
def command(name: str | None, stop_running: bool, data: Path) -> None:
    """Pause the tuning job NAME, which can be left out if only one is in progress.

    The training jobs that run go on, and nothing new is started until `tunesmith resume`. Whoever drives the tuning
    job, in a terminal or a server, waits.
    """
    from tunesmith.control.service import Refused  # noqa: PLC0415 - loads numpy, which --help can do without

    session = Session(data)
    job = session.existing(name or only_one(session)).job.name
    try:
        session.service.pause_tuning_job(job, stop_running=stop_running)
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"{job} is paused; `{session.command('resume', job)}` lets it go on.")
