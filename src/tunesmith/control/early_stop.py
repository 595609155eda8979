"""Which running training jobs to give up: the rule of a tuning job, asked about what is new.

To strategies, a trial that was given up has the last loss that it reported, as any other. It would have become better,
so its configuration looks worse than it is; where the rule was right it would not have become good. Only
`HyperbandBayesian` compares what all of them have shown at the same report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tunesmith.core.history import History
from tunesmith.core.trial import Trial
from tunesmith.core.tuning_job import TuningJob
from tunesmith.stopping import registry as rules
from tunesmith.stopping.registry import StoppingRule
from tunesmith.strategies import registry as strategies
from tunesmith.strategies.registry import Strategy
from tunesmith.strategies.staged import Staged

EARLY = "stopped early: "
"""The reason of every training job that a rule has given up begins so."""

PAUSED = "paused: "
"""The reason of every training job that is paused begins so."""

EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
"""Hyperparameters that say by themselves how many reports a training job makes."""


def strategy_of(job: TuningJob) -> Strategy:
    """The strategy of a tuning job, which knows how many reports it may hand out."""
    strategy = strategies.get(job.strategy)
    if isinstance(strategy, Staged) and job.resource is not None:
        return strategy.on(job.resource)
    return strategy


def rule_of(job: TuningJob) -> StoppingRule | None:
    """The early-stopping rule of a tuning job: the one that was asked for, or its strategy's own."""
    if job.stopping is not None:
        return rules.get(job.stopping)
    strategy = strategy_of(job)
    return strategy if isinstance(strategy, Staged) else None


def check(job: TuningJob) -> None:
    """Raise ValueError, naming the field, for a rule that there is not, or one that does not fit the strategy."""
    if job.stopping is not None:
        rules.get(job.stopping)
    if not isinstance(strategies.get(job.strategy), Staged):
        if job.resource is not None:
            staged = ", ".join(
                name for name in strategies.names() if isinstance(strategies.get(name), Staged)
            )
            msg = f"resource: the strategy {job.strategy} hands out no reports; leave it out, or choose one of {staged}"
            raise ValueError(msg)
        return
    if job.resource is None:
        msg = f"resource: the strategy {job.strategy} must know how many reports a training job may make at the most"
        raise ValueError(msg)
    if job.resource.pause and job.checkpoints is None:
        msg = (
            "checkpoints: must say where they are kept, as resource has the training jobs that fall behind paused, and "
            "later they go on from their checkpoints"
        )
        raise ValueError(msg)
    if job.stopping is not None:
        msg = f"stopping: {job.stopping!r} does not go with the strategy {job.strategy}, which stops by its own rule"
        raise ValueError(msg)


@dataclass(frozen=True)
class GivenUp:
    """A trial that is not to run on, for good or for now."""

    trial: Trial
    reason: str
    is_paused: bool = False


def early_stops(job: TuningJob, history: History, news: Mapping[int, int]) -> Iterator[GivenUp]:
    """The open trials to give up, and why; `news` as in `plan`."""
    rule = rule_of(job) if news else None
    for trial in history.open:
        if trial.number not in news:
            continue
        if job.resource is not None and len(trial.reports) >= _allowed(job, job.resource.most):
            yield GivenUp(trial, f"it has made the {job.resource.most} reports that a training job may make")
        elif rule is not None:
            reason = rule.should_stop(trial, news[trial.number], history, job.objective.show)
            if reason is not None:
                pauses = job.resource is not None and job.resource.pause
                yield GivenUp(trial, (PAUSED if pauses else EARLY) + reason, pauses)


def to_resume(job: TuningJob, history: History, *, last: bool) -> Iterator[int]:
    """The numbers of the paused trials that are to go on, the first one first; `last` as in `Staged.to_resume`."""
    strategy = strategy_of(job)
    if isinstance(strategy, Staged):
        yield from strategy.to_resume(history, last=last)


def why_paused(job: TuningJob, trial: Trial, history: History) -> str | None:
    """Why a paused trial would not go on now, as a reason to stop it; None if it would."""
    strategy = strategy_of(job)
    reason = strategy.why_paused(trial, history, job.objective.show) if isinstance(strategy, Staged) else None
    return None if reason is None else EARLY + reason


def _allowed(job: TuningJob, most: int) -> int:
    """The number of reports at which a trial is stopped.

    One that is told to make no more than it may ends by itself, and is left the time to save what it has learned.
    """
    told = next((job.hyperparameters[name] for name in EPOCHS if name in job.hyperparameters), None)
    try:
        ends_itself = told is not None and int(str(told).strip('"')) <= most
    except ValueError:
        ends_itself = False
    return most + 1 if ends_itself else most
