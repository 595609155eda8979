"""`tunesmith init`: draft a job file for a training script."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command("init", short_help="Draft a job file for a training script.")
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("job.yaml"),
    show_default=True,
    help="The job file to write.",
)
@click.option("--force", is_flag=True, help="Write it even if there is one.")
def command(script: Path, output: Path, force: bool) -> None:
    """Draft a job file from the arguments that the Python SCRIPT adds to its argparse parser.

    The script is read, not run. Arguments with numbers, choices or booleans get ranges, by their names and defaults;
    check them, and the metric, before `tunesmith tune`.
    """
    from tunesmith.jobfile.draft import draft  # noqa: PLC0415 - loads numpy, which --help can do without
    from tunesmith.jobfile.script_arguments import read  # noqa: PLC0415 - as above

    if not output.absolute().parent.is_dir():
        msg = f"there is no folder {output.parent} for {output.name}"
        raise click.ClickException(msg)
    if output.exists() and not force:
        msg = f"{output} is there already; give another name with -o, or --force to replace it"
        raise click.ClickException(msg)
    try:
        text = draft(_relative(script, output), read(script.read_text(encoding="utf-8-sig")))
    except SyntaxError as error:
        msg = f"{script} is not Python: {error}"
        raise click.ClickException(msg) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise click.ClickException(str(error)) from error
    output.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {output}. Check it, then: tunesmith tune {output}")
    if "FILL IN" in text:
        click.echo("Lines that say FILL IN need you first.")


def _relative(script: Path, output: Path) -> str:
    """The script as seen from the folder of the job file."""
    return Path(os.path.relpath(script, output.absolute().parent)).as_posix()
