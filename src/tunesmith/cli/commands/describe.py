"""`tunesmith describe`: what a tuning job is, and how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tunesmith.core.tuning_job import TuningJob
    from tunesmith.store.records import TuningJobRecord


@click.command("describe", short_help="Show a tuning job and its best configuration.")
@options.name_argument
@options.data_option
@click.option(
    "--as",
    "language",
    type=click.Choice(["yaml", "boto3", "aws", "sdk"]),
    help="Write what creates it, instead: a job file, Python with boto3, an AWS CLI command, Python with "
    "SageMaker's SDK v2.",
)
@options.json_option
def command(name: str | None, data: Path, language: str | None, as_json: bool) -> None:
    """Show the tuning job NAME, by default the newest: its settings, its state and its best configuration."""
    from tunesmith.cli import facts  # noqa: PLC0415 - loads numpy, which --help can do without

    session = Session(data)
    record = session.existing(name)
    if language is not None:
        click.echo(_copy(record, language), nl=False)
        return
    click.echo(facts.document(session.facts(record)) if as_json else _text(session, record))


def _copy(record: TuningJobRecord, language: str) -> str:
    from tunesmith.jobfile.copy_as import copy_as  # noqa: PLC0415 - as above

    try:
        return copy_as(record.job, language, record.request)
    except ValueError as error:
        msg = f"{record.job.name} cannot be written as {language}: {error}"
        raise click.ClickException(msg) from error


def _text(session: Session, record: TuningJobRecord) -> str:
    from tunesmith.cli import standing, summary, tables, wording  # noqa: PLC0415 - as above
    from tunesmith.control.comparison import compare  # noqa: PLC0415 - as above
    from tunesmith.core.trial import TrialState  # noqa: PLC0415 - as above

    job = record.job
    counts, best = session.store.counts(job.name), session.store.best_trial(job.name)
    facts = [
        ("Status", record.status.value + (f": {record.reason}" if record.reason else "")),
        ("Objective", f"{job.objective.goal.value.lower()} {job.objective.metric}"),
        ("Training jobs", standing.outcome(job, counts)),
        ("Running", str(sum(counts.values()) - standing.finished(counts) - counts[TrialState.PAUSED])),
        ("Parallel", str(job.limits.parallel)),
        ("Strategy", f"{job.strategy}, seed {job.seed}"),
        ("Created", wording.moment(job.created_at)),
        ("Ended", wording.moment(record.ended_at)),
    ]
    trials = session.store.trials(job.name)
    saved, spent = session.savings(record, trials), standing.money(job, session.spent(record, trials))
    facts += [
        *([] if record.paused_at is None else [("Paused", f"since {wording.moment(record.paused_at)}")]),
        *([] if spent is None else [("Spent", spent)]),
        *standing.early_end(job),
        *([] if saved is None else [("Early stopping", summary.saving(saved))]),
        *_parameters(job),
    ]
    blocks = [job.name, tables.pairs(facts, "  "), *filter(None, [summary.comparison(compare(job, trials))])]
    if best is not None:
        blocks.append(summary.best(job.parts[best.definition].objective.metric, best))
        blocks.append(summary.recommendation(job, trials))
    return "\n\n".join(blocks)


def _parameters(job: TuningJob) -> Iterator[tuple[str, str]]:
    """The parameters and what values they may have, for each algorithm."""
    from tunesmith.cli import wording  # noqa: PLC0415 - as above

    for name, part in job.parts.items():
        yield ("Parameters" if name is None else f"Parameters of {name}"), ""
        yield from ((f"  {each.name}", wording.parameter(each)) for each in part.space.parameters)
