"""`tunesmith report`: what was learned from a tuning job, as one file to read, print or send."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session

if TYPE_CHECKING:
    from tunesmith.analysis.report.write import Format

_FORMATS = ("html", "markdown", "json")
_SCREEN = Path("-")


@click.command("report", short_help="Write what was learned, with charts, as one file.")
@options.name_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="html has charts, markdown sentences and tables, json the facts.  [default: by the file's name, else html]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="The file to write, - for the screen.  [default: NAME.html for html, the screen for the others]",
)
@options.data_option
def command(name: str | None, form: str | None, output: Path | None, data: Path) -> None:
    """Say what was learned from the tuning job NAME, by default the newest, whether it has ended or still runs.

    Which configuration to use and how sure that is, which hyperparameters matter and how, what is wrong with
    the ranges, how large the noise is, and what more training jobs would bring.
    """
    from tunesmith.analysis.report.write import Format  # noqa: PLC0415 - loads numpy, which --help can do without
    from tunesmith.control.insight import report  # noqa: PLC0415 - as above

    session = Session(data)
    record = session.existing(name)
    try:
        chosen = Format(form) if form else _by_name(output)
    except ValueError as error:
        msg = f"--output: {error}; or say --format"
        raise click.UsageError(msg) from error
    text, _ = report(session.store, record.job.name, chosen, datetime.now(UTC))
    if output is None and chosen is Format.HTML:
        output = Path(f"{record.job.name}.html")
    _deliver(text, output)


def _by_name(output: Path | None) -> Format:
    from tunesmith.analysis.report.write import Format  # noqa: PLC0415 - as above

    return Format.HTML if output in (None, _SCREEN) else Format.of_suffix(output.suffix)


def _deliver(text: bytes, output: Path | None) -> None:
    if output is None or output == _SCREEN:
        click.echo(text, nl=False)
        return
    try:
        output.write_bytes(text)
    except OSError as error:
        msg = f"cannot write {output}: {error.strerror}"
        raise click.ClickException(msg) from error
    click.echo(f"Wrote {output}.", err=True)
