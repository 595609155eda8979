"""`tunesmith trials`: the training jobs of a tuning job."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session

if TYPE_CHECKING:
    from tunesmith.core.tuning_job import TuningJob
    from tunesmith.store.records import TrialRecord

# Those of TrialState, which loads numpy.
_STATES = ("Pending", "Running", "Pausing", "Paused", "Stopping", "Completed", "Stopped", "Failed")


@click.command("trials", short_help="List the training jobs of a tuning job.")
@options.name_argument
@click.option(
    "--sort",
    type=click.Choice(["number", "value"]),
    default="number",
    show_default=True,
    help="By number, or by value with the best first.",
)
@click.option(
    "--state", type=click.Choice(_STATES, case_sensitive=False), help="Show only those in this state."
)
@options.data_option
@options.json_option
def command(name: str | None, sort: str, state: str | None, data: Path, as_json: bool) -> None:
    """List the training jobs of the tuning job NAME, by default of the newest."""
    from tunesmith.cli import facts, tables  # noqa: PLC0415 - loads numpy, which --help can do without
    from tunesmith.core.trial import TrialState  # noqa: PLC0415 - as above

    session = Session(data)
    job = session.existing(name).job
    found = session.store.trials(job.name, None if state is None else TrialState(state))
    if sort == "value":
        found.sort(key=lambda trial: _loss(job, trial))
    if as_json:
        click.echo(facts.document([facts.trial_facts(trial) for trial in found]))
        return
    algorithm = ("ALGORITHM",) if job.definitions else ()
    heading = ("#", *algorithm, "STATE", job.objective.metric, "TIME", *job.tuned, "REASON")
    ranges = {p.name for part in job.parts.values() for p in part.space.parameters if hasattr(p, "low")}
    numeric = [i for i, name in enumerate(heading) if name in {"#", job.objective.metric, "TIME", *ranges}]
    click.echo(tables.table([heading, *(_row(job, trial) for trial in found)], numeric))


def _loss(job: TuningJob, trial: TrialRecord) -> float:
    """The better the smaller; trials that do not count, because they failed or gave no value, come last."""
    from tunesmith.core.trial import TrialState  # noqa: PLC0415 - as above

    if trial.value is None or trial.state is TrialState.FAILED:
        return math.inf
    return job.objective.loss(trial.value)


def _row(job: TuningJob, trial: TrialRecord) -> tuple[str, ...]:
    from tunesmith.cli import wording  # noqa: PLC0415 - as above
    from tunesmith.control.clock import utc_now  # noqa: PLC0415 - as above

    return (
        str(trial.number),
        *([] if trial.definition is None else [trial.definition]),
        trial.state.value,
        wording.number(trial.value),
        wording.elapsed(trial.started_at, trial.ended_at or utc_now()),
        *(wording.setting(trial.config[name]) if name in trial.config else "-" for name in job.tuned),
        wording.printable(trial.reason or "", 80),
    )
