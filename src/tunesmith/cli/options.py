"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from tunesmith.cli.session import DEFAULT_FOLDER, FOLDER_VARIABLE

name_argument = click.argument("name", required=False)

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_FOLDER,
    show_default=True,
    envvar=FOLDER_VARIABLE,
    show_envvar=True,
    help="The folder of the tuning jobs and their results.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON, for other programs.")

cpus_option = click.option(
    "--cpus", type=click.IntRange(min=1), help="Use at most so many CPUs.  [default: all of this machine]"
)


def _split(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(part.strip() for part in value.split(",") if part.strip())


gpus_option = click.option(
    "--gpus",
    callback=_split,
    metavar="LIST",
    help="Use only these GPUs, such as 0,1.  [default: all of this machine]",
)

quiet_option = click.option("--quiet", is_flag=True, help="Show warnings and the result only.")
