"""`tunesmith resume`: go on with a tuning job that was paused, interrupted, stopped or completed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session

if TYPE_CHECKING:
    from tunesmith.control.interventions import LimitsChange
    from tunesmith.store.records import TuningJobRecord

_OPTIONS = {"trials": "--trials", "seconds": "--seconds", "budget": "--budget"}


@click.command("resume", short_help="Go on with a tuning job.")
@options.name_argument
@click.option("--trials", type=click.IntRange(min=1), help="Training jobs in all, those so far included.")
@click.option("--parallel", type=click.IntRange(min=1), help="Training jobs at a time.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="Run for so many seconds from now at the most.",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    help="Money in all, what was spent so far included.",
)
@options.cpus_option
@options.gpus_option
@options.data_option
@options.json_option
@options.quiet_option
@click.pass_context
def command(
    context: click.Context,
    name: str | None,
    trials: int | None,
    parallel: int | None,
    seconds: float | None,
    budget: float | None,
    cpus: int | None,
    gpus: tuple[str, ...] | None,
    data: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Go on with the tuning job NAME, by default the newest that can go on.

    Training jobs that still run are found again. A tuning job that has reached its limits needs larger ones. One that
    was paused goes on where it is driven, and this command shows how.
    """
    from tunesmith.cli import view  # noqa: PLC0415 - loads numpy, which --help can do without
    from tunesmith.cli.drive import drive  # noqa: PLC0415 - as above
    from tunesmith.core.training_job import Function  # noqa: PLC0415 - as above

    session = Session(data, cpus, gpus)
    record = session.existing(name or _unfinished(session))
    is_paused = record.paused_at is not None
    if not is_paused:
        _check_unclaimed(session, record)
    _resume(session, record, _change(record, trials, parallel, seconds, budget))
    if isinstance(record.job.work, Function):
        click.echo(f"{record.job.name} goes on in the Python program that runs it.")
        return
    chosen = view.choose(session, as_json=as_json, quiet=quiet)
    context.exit(drive(session, record.job.name, chosen, join=is_paused))


def _unfinished(session: Session) -> str | None:
    return next((record.job.name for record in session.jobs() if not record.status.is_final), None)


def _change(
    record: TuningJobRecord,
    trials: int | None,
    parallel: int | None,
    seconds: float | None,
    budget: float | None,
) -> LimitsChange:
    from tunesmith.control.clock import utc_now  # noqa: PLC0415 - loads numpy
    from tunesmith.control.interventions import LimitsChange  # noqa: PLC0415 - as above

    passed = (
        utc_now() - record.job.created_at
    ).total_seconds()  # a limit of seconds counts from the creation
    whole = None if seconds is None else passed + seconds
    return LimitsChange(trials=trials, parallel=parallel, seconds=whole, budget=budget)


def _check_unclaimed(session: Session, record: TuningJobRecord) -> None:
    """Raise Claimed if another process runs it."""
    with session.store.claim(record.job.name):
        pass


def _resume(session: Session, record: TuningJobRecord, change: LimitsChange) -> None:
    """Let it go on, or say what it needs for that."""
    from tunesmith.control.service import CannotGoOn, Refused  # noqa: PLC0415 - loads numpy

    try:
        session.service.resume_tuning_job(record.job.name, change)
    except CannotGoOn as refused:
        obstacle = refused.obstacle
        hint = "" if obstacle.limit is None else f"; give it more with {_OPTIONS[obstacle.limit]}"
        if obstacle.limit == "trials":
            hint += f" N, N > {sum(session.store.counts(record.job.name).values())}"
        msg = f"the tuning job {record.job.name!r} cannot go on: {obstacle.why}{hint}"
        raise click.ClickException(msg) from refused
    except (Refused, ValueError) as refused:
        raise click.ClickException(str(refused)) from refused
