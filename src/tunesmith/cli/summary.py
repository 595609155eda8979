"""What is told at the end of `tune`, `resume` and `stop`: the result, where it lies, and how to go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from tunesmith.cli import standing, wording
from tunesmith.cli.drive import tail
from tunesmith.cli.events import is_trouble
from tunesmith.cli.tables import pairs, table
from tunesmith.control.comparison import compare
from tunesmith.control.recommendation import LEVEL, recommended
from tunesmith.core.tuning_job import TuningStatus

if TYPE_CHECKING:
    from tunesmith.cli.session import Session
    from tunesmith.control.comparison import Compared
    from tunesmith.control.progress import Progress
    from tunesmith.control.savings import Savings
    from tunesmith.core.tuning_job import TuningJob
    from tunesmith.store.records import TrialRecord

_HEADINGS = {
    TuningStatus.COMPLETED: "Completed",
    TuningStatus.STOPPED: "Stopped",
    TuningStatus.FAILED: "Failed",
}


def summary(session: Session, progress: Progress) -> str:
    """The end of a tuning job, or of this part of it, in some lines."""
    record = progress.record
    ended = record.ended_at or record.modified_at
    heading = _HEADINGS.get(record.status, "Interrupted" if record.paused_at is None else "Paused")
    took = f" in {wording.duration(ended - record.job.created_at)}" if record.status.is_final else ""
    reason = f": {record.reason}" if record.reason else ""
    blocks = [f"{heading}{reason}", f"{standing.outcome(progress.record.job, progress.counts)}{took}"]
    trials = session.store.trials(record.job.name)
    saved = session.savings(record, trials)
    blocks += [] if saved is None else [saving(saved)]
    spent = standing.money(record.job, session.spent(record, trials))
    blocks += [] if spent is None else [f"Spent: {spent}"]
    if progress.best is not None:
        blocks += ["", best(record.job.parts[progress.best.definition].objective.metric, progress.best)]
        blocks.append(recommendation(record.job, trials))
        blocks += ["", comparison(compare(record.job, trials))] if record.job.definitions else []
    elif record.status is TuningStatus.FAILED:
        blocks += ["", *_first_failure(session, record.job.name)]
    return "\n".join([*blocks, "", pairs(_next_steps(session, progress))])


def best(metric: str, trial: TrialRecord) -> str:
    """The best value and its configuration, as a small table."""
    config = [(name, wording.setting(value)) for name, value in trial.config.items()]
    config[:0] = [] if trial.definition is None else [("algorithm", trial.definition)]
    return (
        f"Best {metric}: {wording.number(trial.value)} (training job {trial.number})\n{pairs(config, '  ')}"
    )


def recommendation(job: TuningJob, trials: list[TrialRecord]) -> str:
    """Which configuration to use if values are noisy, and how sure that is; empty if no trial has a value."""
    found = recommended(job, trials)
    if found is None:
        return ""
    number = wording.number
    interval = f"{number(found.low)} to {number(found.high)} with probability {LEVEL:.0%}"
    lines = [
        f"Recommended, allowing for noise: training job {found.number}",
        f"  {job.objective.metric} on average {number(found.value)}; {interval}",
    ]
    for probability, other in (
        (found.better_than_runner_up, "the runner-up"),
        (found.better_than_default, "the first training job"),
    ):
        if probability is not None:
            lines.append(f"  better than {other} with probability {probability:.0%}")
    return "\n".join(lines)


def comparison(compared: Sequence[Compared]) -> str:
    """The algorithms beside each other, the best first; empty if there are no several."""
    if not compared:
        return ""
    heading = ("ALGORITHM", "TRAINING JOBS", "TIME", "BEST", "BEST IN EQUAL JOBS", "BEST IN EQUAL TIME")
    rows = [
        (
            each.name,
            str(each.trials),
            wording.duration(timedelta(seconds=each.seconds)),
            *map(wording.number, (each.best, each.best_in_equal_trials, each.best_in_equal_seconds)),
        )
        for each in compared
    ]
    return table([heading, *rows], range(1, 6))


def saving(saved: Savings) -> str:
    """What early stopping has saved, in one line."""
    stopped, time = wording.count(saved.stopped, "training job"), timedelta(seconds=saved.seconds)
    return (
        f"{stopped} stopped early, which saved about {saved.reports:.0f} reports of the metric and "
        f"{wording.duration(time)} of run time"
    )


def excerpt(lines: list[str] | tuple[str, ...]) -> str:
    """Lines of a training job's output, marked as such."""
    return "\n".join(f"  | {wording.printable(line)}" for line in lines)


def _first_failure(session: Session, name: str) -> list[str]:
    failed = next((trial for trial in session.store.trials(name) if is_trouble(trial)), None)
    if failed is None:
        return []
    lines = tail(session, failed)
    said = [excerpt(lines)] if lines else ["  (it wrote nothing)"]
    return [f"Training job {failed.number}: {failed.reason}", "The last lines of its output:", *said]


def _next_steps(session: Session, progress: Progress) -> list[tuple[str, str]]:
    """Where things are, and what to type next."""
    name = progress.record.job.name
    steps = []
    if progress.best is not None:
        model = session.model(progress.best)
        steps += [("Model", str(model))] if model is not None else []
        steps += [("Its log", session.command("logs", name, str(progress.best.number)))]
    if standing.finished(progress.counts):
        steps += [("All results", session.command("export", name, "-o", f"{name}.csv"))]
    if progress.record.status is not TuningStatus.FAILED:
        is_done = standing.finished(progress.counts) == standing.total(progress.record.job)
        more = ["--trials", "N"] if is_done or progress.record.status is TuningStatus.COMPLETED else []
        steps += [("Go on", session.command("resume", name, *more))]
    return steps
