"""`tunesmith export`: the results of a tuning job, for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session


@click.command("export", short_help="Write the results as CSV or JSON.")
@options.name_argument
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write.  [default: the screen]",
)
@options.data_option
def command(name: str | None, form: str, output: Path | None, data: Path) -> None:
    """Write the tuning job NAME, by default the newest, and all its training jobs.

    CSV has a line for each training job; JSON has the settings, too, and every value of every metric.
    """
    from tunesmith.cli import export  # noqa: PLC0415 - loads numpy, which --help can do without

    session = Session(data)
    record = session.existing(name)
    text = export.csv_text(session, record) if form == "csv" else export.json_text(session, record)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        msg = f"cannot write {output}: {error.strerror}"
        raise click.ClickException(msg) from error
    click.echo(f"Wrote {output}.", err=True)
