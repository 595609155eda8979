"""All that was learned of one algorithm: its findings, and how much and in which way its hyperparameters matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tunesmith.analysis.beliefs import Beliefs
from tunesmith.analysis.boundary import boundary
from tunesmith.analysis.certainty import certainty
from tunesmith.analysis.effects import Effect, effect
from tunesmith.analysis.failures import failures
from tunesmith.analysis.finding import Finding, Kind, by_severity
from tunesmith.analysis.fit import fit
from tunesmith.analysis.importance import Importance, importance
from tunesmith.analysis.no_effect import no_effect
from tunesmith.analysis.noise import noise
from tunesmith.analysis.outlook import outlook
from tunesmith.analysis.surrogate import Surrogate
from tunesmith.analysis.why import why
from tunesmith.strategies import registry
from tunesmith.strategies.bayesian import Bayesian
from tunesmith.strategies.hyperband_bayesian import HyperbandBayesian

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Config
    from tunesmith.core.tuning_job import TuningJob

_EFFECTS = 6  # of the most important hyperparameters


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The latest suggestion of the search."""

    number: int  # of the trial
    config: Config
    before: History  # as it was when the suggestion was made


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What was learned of one algorithm of a tuning job, or of its only one."""

    algorithm: str | None  # None if the tuning job has only one
    metric: str
    findings: tuple[Finding, ...]  # the most pressing first
    importance: Importance | None  # over the whole space; None while too little is known
    among_best: Importance | None  # the same among the best configurations
    effects: tuple[Effect, ...]  # of the most important hyperparameters, the most important first


def learn(
    job: TuningJob,
    history: History,
    *,
    algorithm: str | None = None,
    reasons: Sequence[str] = (),
    asked: Asked | None = None,
    ended: bool = True,
    left: int | None = None,
) -> Learned:
    """Learn all there is to learn from the results of one algorithm.

    Args:
        job: The tuning job, or the part of it that is of this algorithm.
        history: Its finished trials.
        algorithm: The algorithm's name, if there are several.
        reasons: Why trials failed.
        asked: The latest suggestion, to say why it was made.
        ended: Whether the tuning job has ended.
        left: Trials that are left in the limits; None if there is no such limit.
    """
    surrogate = Surrogate.fit(history, job.objective)
    shares = None if surrogate is None else importance(surrogate)
    among_best = None if surrogate is None else importance(surrogate, "best")
    ranked = [] if shares is None else [share.name for share in shares.ranked if share.total.high > 0.0]
    idle = []
    if shares is not None and among_best is not None:
        idle = no_effect(shares, among_best, job.objective.metric)
    findings = [
        failures(job.space, history, reasons),
        *without_idle_ends(_of_losses(job, history, surrogate, ended=ended, left=left), idle),
        *idle,
        *([] if asked is None else [why(job, asked.before, asked.number, asked.config)]),
    ]
    return Learned(
        algorithm=algorithm,
        metric=job.objective.metric,
        findings=tuple(replace(each, algorithm=algorithm) for each in by_severity(findings)),
        importance=shares,
        among_best=among_best,
        effects=() if surrogate is None else tuple(effect(surrogate, name) for name in ranked[:_EFFECTS]),
    )


def without_idle_ends(findings: Iterable[Finding], idle: Sequence[Finding]) -> Iterator[Finding]:
    """The findings without those about the ends of ranges of hyperparameters that do not matter."""
    names = {share.name for finding in idle for share in finding.facts.idle}
    return (each for each in findings if each.kind is not Kind.BOUNDARY or each.parameter not in names)


def _of_losses(
    job: TuningJob, history: History, surrogate: Surrogate | None, *, ended: bool, left: int | None
) -> Iterator[Finding]:
    """The findings about where the best values lie, how sure they are and what is left to find."""
    beliefs = Beliefs.after(job.space, history)
    yield from filter(None, [certainty(job.space, history, job.objective, beliefs)])
    yield from filter(None, [noise(job.space, history, job.objective, beliefs, surrogate)])
    if beliefs is not None:
        modelled = isinstance(registry.get(job.strategy), Bayesian | HyperbandBayesian)
        yield from boundary(beliefs, surrogate)
        yield fit(beliefs)
        yield outlook(job.objective, beliefs, modelled=modelled, ended=ended, left=left)
