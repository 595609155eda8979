"""`tunesmith suggest`: have a tuning job try a configuration next."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session

if TYPE_CHECKING:
    from tunesmith.core.space import Parameter, Value
    from tunesmith.core.tuning_job import TuningJob


@click.command("suggest", short_help="Have a tuning job try a configuration next.")
@click.argument("name")
@click.argument("values", nargs=-1, required=True, metavar="PARAMETER=VALUE...")
@click.option("--algorithm", help="The algorithm that it is for, where the tuning job compares several.")
@options.data_option
def command(name: str, values: tuple[str, ...], algorithm: str | None, data: Path) -> None:
    """Have the tuning job NAME try a configuration next, before those of its strategy.

    Give a value for each parameter, such as `learning_rate=0.1 depth=6`. It counts as one of the training jobs.
    """
    from tunesmith.control.service import Refused  # noqa: PLC0415 - loads numpy, which --help can do without

    session = Session(data)
    job = session.existing(name).job
    try:
        config = _config(job, algorithm, values)
        found = session.service.suggest(job.name, config, algorithm)
    except (Refused, ValueError) as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"{job.name} tries it next.")
    if found.same_as is not None:
        click.echo(
            f"Training job {found.same_as} has tried the same; this one shows how much values differ by chance."
        )


def _config(job: TuningJob, algorithm: str | None, values: Iterable[str]) -> dict[str, Value]:
    """The configuration that texts stand for. Raises ValueError for what is no PARAMETER=VALUE."""
    parameters = {p.name: p for p in job.parts[algorithm].space.parameters} if algorithm in job.parts else {}
    config: dict[str, Value] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not equals:
            msg = f"{text!r} is not PARAMETER=VALUE"
            raise ValueError(msg)
        config[name] = _value(parameters.get(name), value)
    return config


def _value(parameter: Parameter | None, text: str) -> Value:
    """The value that a text stands for: one of the choices as it is written, else a number if it is one."""
    for choice in getattr(parameter, "choices", ()):
        if text in (str(choice), json.dumps(choice)):
            value: Value = choice
            return value
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
