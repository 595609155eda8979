"""Which running training jobs to give up: the rule of a tuning job, asked about what is new.

To strategies, a trial that was given up has the last loss that it reported, as any other. It would have become better,
so its configuration looks worse than it is; where the rule was right it would not have become good. Only
`HyperbandBayesian` compares what trials of different length have shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    if job.stopping is not None:
        msg = f"stopping: {job.stopping!r} does not go with the strategy {job.strategy}, which stops by its own rule"
        raise ValueError(msg)


def early_stops(job: TuningJob, history: History, news: Mapping[int, int]) -> Iterator[tuple[Trial, str]]:
    """The open trials to give up, and why; `news` as in `plan`."""
    rule = rule_of(job) if news else None
    for trial in history.open:
        if trial.number not in news:
            continue
        if job.resource is not None and len(trial.reports) >= _allowed(job, job.resource.most):
            yield trial, f"it has made the {job.resource.most} reports that a training job may make"
        elif rule is not None:
            reason = rule.should_stop(trial, news[trial.number], history, job.objective.show)
            if reason is not None:
                yield trial, EARLY + reason


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
