"""`tunesmith stop`: end a tuning job before its time."""

from __future__ import annotations

from pathlib import Path

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session


@click.command("stop", short_help="End a tuning job before its time.")
@options.name_argument
@options.data_option
@options.json_option
@options.quiet_option
@click.pass_context
def command(context: click.Context, name: str | None, data: Path, as_json: bool, quiet: bool) -> None:
    """Stop the tuning job NAME, which can be left out if only one is in progress.

    Its training jobs are stopped, and what they have reported counts. Returns when all have ended.
    """
    from tunesmith.cli import view  # noqa: PLC0415 - loads numpy, which --help can do without
    from tunesmith.cli.drive import drive  # noqa: PLC0415 - as above

    session = Session(data)
    record = session.existing(name or only_one(session))
    if record.status.is_final:
        msg = f"the tuning job {record.job.name!r} has ended already ({record.status.value})"
        raise click.ClickException(msg)
    session.service.stop_tuning_job(record.job.name)
    chosen = view.choose(session, as_json=as_json, quiet=quiet)
    context.exit(drive(session, record.job.name, chosen, join=True))


def only_one(session: Session) -> str | None:
    """The tuning job that is in progress; to guess one of several would be rash."""
    names = [record.job.name for record in session.jobs() if not record.status.is_final]
    if len(names) > 1:
        msg = f"give the NAME of one of the tuning jobs that are in progress: {', '.join(names)}"
        raise click.UsageError(msg)
    return names[0] if names else None
