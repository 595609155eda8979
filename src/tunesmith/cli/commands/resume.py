"""`tunesmith resume`: go on with a tuning job that was interrupted, stopped or completed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session

if TYPE_CHECKING:
    from datetime import datetime

    from tunesmith.core.tuning_job import Limits
    from tunesmith.store.records import TuningJobRecord


@click.command("resume", short_help="Go on with a tuning job.")
@options.name_argument
@click.option("--trials", type=click.IntRange(min=1), help="Training jobs in all, those so far included.")
@click.option("--parallel", type=click.IntRange(min=1), help="Training jobs at a time.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="Run for so many seconds from now at the most.",
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
    cpus: int | None,
    gpus: tuple[str, ...] | None,
    data: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Go on with the tuning job NAME, by default the newest that can go on.

    Training jobs that still run are found again. A tuning job that has reached its limits needs larger ones.
    """
    from tunesmith.cli import view  # noqa: PLC0415 - loads numpy, which --help can do without
    from tunesmith.cli.drive import drive  # noqa: PLC0415 - as above
    from tunesmith.control.controller import utc_now  # noqa: PLC0415 - as above

    session = Session(data, cpus, gpus)
    record = session.existing(name or _unfinished(session))
    now = utc_now()
    limits = _limits(record, trials, parallel, seconds, now)
    with session.store.claim(record.job.name):
        _check(session, record, limits, now)
        session.store.set_limits(record.job.name, limits, now)
        session.store.reopen(record.job.name, now)
    context.exit(drive(session, record.job.name, view.choose(session, as_json=as_json, quiet=quiet)))


def _unfinished(session: Session) -> str | None:
    return next((record.job.name for record in session.jobs() if not record.status.is_final), None)


def _limits(
    record: TuningJobRecord, trials: int | None, parallel: int | None, seconds: float | None, now: datetime
) -> Limits:
    limits = record.job.limits
    passed = (now - record.job.created_at).total_seconds()  # a limit of seconds counts from the creation
    return replace(
        limits,
        trials=trials or limits.trials,
        parallel=parallel or limits.parallel,
        seconds=limits.seconds if seconds is None else passed + seconds,
    )


def _check(session: Session, record: TuningJobRecord, limits: Limits, now: datetime) -> None:
    """Refuse, with advice, what would end at once or cannot be run from here."""
    from tunesmith.cli import standing  # noqa: PLC0415 - loads numpy
    from tunesmith.control.plan import max_failures  # noqa: PLC0415 - as above
    from tunesmith.core.training_job import Function  # noqa: PLC0415 - as above

    name, counts = record.job.name, session.store.counts(record.job.name)
    created, ended = sum(counts.values()), standing.finished(counts)
    if isinstance(record.job.work, Function):
        _refuse(name, "it runs a Python function; go on with it in Python")
    if ended >= max_failures(record.job) and session.store.best_trial(name) is None:
        _refuse(
            name,
            "none of its training jobs has succeeded; correct the script and start anew with `tunesmith tune`",
        )
    if limits.trials is not None and created == ended and created >= limits.trials:
        _refuse(
            name, f"all of its {created} training jobs are done; give it more with --trials N, N > {created}"
        )
    if limits.seconds is not None and (now - record.job.created_at).total_seconds() >= limits.seconds:
        _refuse(name, f"its limit of {limits.seconds:g} seconds has passed; give it more with --seconds")


def _refuse(name: str, why: str) -> None:
    msg = f"the tuning job {name!r} cannot go on: {why}"
    raise click.ClickException(msg)
