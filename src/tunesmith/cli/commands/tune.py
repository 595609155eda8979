"""`tunesmith tune`: run a tuning job that a file describes."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunesmith.cli import options, page
from tunesmith.cli.session import Session

if TYPE_CHECKING:
    from tunesmith.core.training_job import Work
    from tunesmith.core.tuning_job import TuningJob

_LARGE_SOURCE = 64 << 20  # bytes


class _Unusable(click.ClickException):
    """A job file with faults is a fault of usage."""

    exit_code = click.UsageError.exit_code


@click.command("tune", short_help="Run the tuning job that a file describes.")
@click.argument("file", type=click.Path(path_type=Path))
@options.data_option
@click.option("--name", help="The name of the tuning job, instead of the file's.")
@click.option("--trials", type=click.IntRange(min=1), help="Training jobs in all, instead of the file's.")
@click.option(
    "--parallel", type=click.IntRange(min=1), help="Training jobs at a time, instead of the file's."
)
@click.option("--seed", type=click.IntRange(min=0), help="The seed of the search, instead of the file's.")
@options.cpus_option
@options.gpus_option
@options.json_option
@options.quiet_option
@click.option("--ui", "with_page", is_flag=True, help="Show how it goes in the browser as well.")
@click.pass_context
def command(
    context: click.Context,
    file: Path,
    data: Path,
    name: str | None,
    trials: int | None,
    parallel: int | None,
    seed: int | None,
    cpus: int | None,
    gpus: tuple[str, ...] | None,
    as_json: bool,
    quiet: bool,
    with_page: bool,
) -> None:
    """Tune the training script that the job file FILE describes.

    Shows how it goes until it ends. Ctrl-C interrupts it, and `tunesmith resume` goes on with it.
    """
    from tunesmith.backends.slots import usable_cpus  # noqa: PLC0415 - loads numpy, which --help can do without
    from tunesmith.cli import view  # noqa: PLC0415 - as above
    from tunesmith.cli.drive import drive  # noqa: PLC0415 - as above

    if with_page:
        page.require()
    session = Session(data, cpus, gpus)
    job = _load(file, cpus or usable_cpus(), trials, parallel)
    job = _freeze(session, _override(job, name, seed))
    _create(session, job)
    with page.shown(session, job.name) if with_page else nullcontext():
        code = drive(session, job.name, view.choose(session, as_json=as_json, quiet=quiet))
    context.exit(code)


def _create(session: Session, job: TuningJob) -> None:
    try:
        session.controller.create(job)
    except ValueError as error:  # from what only the store can tell, such as the parents of a warm start
        raise click.ClickException(str(error)) from error


def _load(file: Path, cpus: int, trials: int | None, parallel: int | None) -> TuningJob:
    from tunesmith.control.clock import utc_now  # noqa: PLC0415 - as above
    from tunesmith.jobfile.file import JobFileError, load  # noqa: PLC0415 - loads numpy

    try:
        return load(file, created_at=utc_now(), cpus=cpus, trials=trials, parallel=parallel)
    except JobFileError as error:
        msg = f"this job file cannot be used:\n\n{error}"
        raise _Unusable(msg) from error


def _override(job: TuningJob, name: str | None, seed: int | None) -> TuningJob:
    try:
        return replace(job, name=job.name if name is None else name, seed=job.seed if seed is None else seed)
    except ValueError as error:  # the seed has been checked before
        raise click.BadParameter(str(error), param_hint="--name") from error


def _freeze(session: Session, job: TuningJob) -> TuningJob:
    """Replace the scripts' sources by copies, which later changes of them do not touch."""
    try:
        return job.with_work(lambda work: _frozen(session, work))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _frozen(session: Session, script: Work) -> Work:
    from tunesmith.core.training_job import Script  # noqa: PLC0415 - loads numpy
    from tunesmith.training.source import frozen  # noqa: PLC0415 - as above

    if not isinstance(script, Script):
        return script
    work = frozen(script, session.backend.cache)
    size = sum(file.stat().st_size for file in Path(work.source).rglob("*"))
    if size > _LARGE_SOURCE:
        click.echo(
            f"Warning: every training job gets its own copy of {script.source}, which holds {size >> 20} MiB; "
            "keep data out of the folder of the script, and name it under channels.",
            err=True,
        )
    return work
