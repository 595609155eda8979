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
@options.json_option
def command(name: str | None, data: Path, as_json: bool) -> None:
    """Show the tuning job NAME, by default the newest: its settings, its state and its best configuration."""
    from tunesmith.cli import facts  # noqa: PLC0415 - loads numpy, which --help can do without

    session = Session(data)
    record = session.existing(name)
    click.echo(facts.document(session.facts(record)) if as_json else _text(session, record))


def _text(session: Session, record: TuningJobRecord) -> str:
    from tunesmith.cli import standing, summary, tables, wording  # noqa: PLC0415 - as above
    from tunesmith.control.comparison import compare  # noqa: PLC0415 - as above

    job = record.job
    counts, best = session.store.counts(job.name), session.store.best_trial(job.name)
    facts = [
        ("Status", record.status.value + (f": {record.reason}" if record.reason else "")),
        ("Objective", f"{job.objective.goal.value.lower()} {job.objective.metric}"),
        ("Training jobs", standing.outcome(job, counts)),
        ("Running", str(sum(count for state, count in counts.items() if not state.is_final))),
        ("Parallel", str(job.limits.parallel)),
        ("Strategy", f"{job.strategy}, seed {job.seed}"),
        ("Created", wording.moment(job.created_at)),
        ("Ended", wording.moment(record.ended_at)),
    ]
    trials = session.store.trials(job.name)
    saved = session.savings(record, trials)
    facts += [
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
