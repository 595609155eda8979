"""`tunesmith jobs`: which tuning jobs there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session

if TYPE_CHECKING:
    from tunesmith.store.records import TuningJobRecord


@click.command("jobs", short_help="List the tuning jobs.")
@options.data_option
@options.json_option
def command(data: Path, as_json: bool) -> None:
    """List the tuning jobs, the newest first."""
    from tunesmith.cli import facts, tables  # noqa: PLC0415 - loads numpy, which --help can do without

    session = Session(data)
    records = session.jobs()
    if as_json:
        click.echo(facts.document([session.facts(record) for record in records]))
    elif records:
        priced = any(record.job.price is not None for record in records)
        rows = [_row(session, record, priced=priced) for record in records]
        spent = ("SPENT",) if priced else ()
        heading = ("NAME", "STATUS", "FINISHED", "FAILED", "BEST", "METRIC", *spent, "CREATED")
        click.echo(tables.table([heading, *rows], (2, 3, 4)))
    else:
        click.echo(session.nothing_here(), err=True)


def _row(session: Session, record: TuningJobRecord, *, priced: bool) -> tuple[str, ...]:
    from tunesmith.cli import standing, wording  # noqa: PLC0415 - as above
    from tunesmith.core.trial import TrialState  # noqa: PLC0415 - as above

    job = record.job
    counts, best = session.store.counts(job.name), session.store.best_trial(job.name)
    return (
        job.name,
        record.status.value if record.paused_at is None or record.status.is_final else "Paused",
        standing.fraction(job, counts),
        str(counts[TrialState.FAILED]),
        wording.number(None if best is None else best.value),
        job.objective.metric,
        *([standing.money(job, session.store.summary(job.name).spent) or ""] if priced else []),
        wording.moment(job.created_at),
    )
