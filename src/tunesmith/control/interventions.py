"""What people may change of a tuning job, and the words for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from tunesmith.control.budget import Account, check
from tunesmith.control.plan import max_failures
from tunesmith.core.space import Config
from tunesmith.core.training_job import Function
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.records import Intervention, TrialRecord


@dataclass(frozen=True, kw_only=True)
class LimitsChange:
    """Other limits; what is None stays as it is."""

    trials: int | None = None
    parallel: int | None = None
    seconds: float | None = None  # from the tuning job's creation, as in `Limits`
    budget: float | None = None

    def on(self, limits: Limits) -> Limits:
        """The limits with this change. Raises ValueError for a number that cannot be."""
        given = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}
        return replace(limits, **given)


@dataclass(frozen=True)
class Obstacle:
    """Why a tuning job cannot go on, and the limit that it needs more of."""

    why: str
    limit: str | None = None  # a field of `Limits`; None if no limit would help


@dataclass(frozen=True)
class Suggested:
    """A configuration that will be tried next."""

    config: Config
    same_as: int | None = None  # the number of a trial that has tried the same, or does so now


def check_limits(job: TuningJob, limits: Limits, trials: Iterable[TrialRecord], now: datetime) -> None:
    """Raise ValueError, naming the limit, for one below what a tuning job has used already."""
    trials = list(trials)
    if limits.trials is not None and limits.trials < len(trials):
        msg = f"limits: trials {limits.trials} is less than the {len(trials)} training jobs that there are already"
        raise ValueError(msg)
    passed = (now - job.created_at).total_seconds()
    if limits.seconds is not None and limits.seconds != job.limits.seconds and limits.seconds <= passed:
        msg = f"limits: seconds {limits.seconds:g} have passed already: {passed:.0f} since it was created"
        raise ValueError(msg)
    if limits.budget != job.limits.budget:
        _check_budget(replace(job, limits=limits), trials)


def _check_budget(job: TuningJob, trials: list[TrialRecord]) -> None:
    """Refuse a budget that is spent or may be spent by what runs. Raises ValueError for a job without a price, too."""
    if job.limits.budget is None or job.price is None:
        return
    check(job)
    opened = [trial for trial in trials if not trial.state.is_final]
    account = Account.of(job, trials)
    committed, show = account.committed(job, opened), job.price.show
    if committed == float("inf"):
        msg = (
            f"limits: budget: {len(opened)} training jobs run without a time limit, so that nobody knows what they "
            "cost; set a budget when they have ended"
        )
        raise ValueError(msg)
    if job.limits.budget < committed:
        rest = committed - account.spent
        msg = (
            f"limits: budget {show(job.limits.budget)} is less than the {show(account.spent)} that is spent, and the "
            f"{show(rest)} that the training jobs which run may cost at the most"
        )
        raise ValueError(msg)


def obstacle(job: TuningJob, limits: Limits, trials: Iterable[TrialRecord], now: datetime) -> Obstacle | None:
    """Why a tuning job that is not being driven cannot go on with these limits; None if it can."""
    trials, job = list(trials), replace(job, limits=limits)
    ended = sum(trial.state.is_final for trial in trials)
    if isinstance(job.work, Function):
        return Obstacle("it runs a Python function; go on with it in Python")
    has_value = any(trial.state.is_usable and trial.value is not None for trial in trials)
    if ended >= max_failures(job) and not has_value:
        return Obstacle("none of its training jobs has succeeded; correct the script and start anew")
    if limits.trials is not None and len(trials) == ended and ended >= limits.trials:
        return Obstacle(f"all of its {ended} training jobs are done", "trials")
    if limits.seconds is not None and (now - job.created_at).total_seconds() >= limits.seconds:
        return Obstacle(f"its limit of {limits.seconds:g} seconds has passed", "seconds")
    opened = [trial for trial in trials if not trial.state.is_final]
    purse = Account.of(job, trials).purse(job, opened)
    if purse is not None and not opened and not purse.room(job):
        return Obstacle(purse.used_up(job), "budget")
    return None


def suggestion(
    job: TuningJob, config: Mapping[str, object], definition: str | None, trials: Iterable[TrialRecord]
) -> Suggested:
    """Check a configuration by hand. Raises ValueError, naming the parameter, for one outside of the space."""
    if definition not in job.parts:
        known = ", ".join(str(name) for name in job.parts if name is not None)
        msg = (
            f"definition: say which of {known} it is for"
            if job.definitions
            else f"definition: it has none, got {definition!r}"
        )
        raise ValueError(msg)
    space = job.parts[definition].space
    checked = space.canonical(config)  # type: ignore[arg-type]  # which it finds out
    twins = (
        trial.number
        for trial in trials
        if trial.definition == definition and space.key(trial.config) == space.key(checked)
    )
    return Suggested(checked, next(twins, None))


def limits_in_words(old: Limits, new: Limits) -> str:
    """What has changed, such as `trials 10 to 20, parallel 1 to 4`."""
    changed = [
        f"{f.name} {_amount(getattr(old, f.name))} to {_amount(getattr(new, f.name))}"
        for f in fields(Limits)
        if getattr(old, f.name) != getattr(new, f.name)
    ]
    return ", ".join(changed) or "nothing"


def config_in_words(suggested: Suggested) -> str:
    """A suggestion, such as `lr=0.1, depth=3 (as training job 7)`."""
    values = ", ".join(
        f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in suggested.config.items()
    )
    return values if suggested.same_as is None else f"{values} (as training job {suggested.same_as})"


def is_waiting(waiting: Iterable[Intervention], definition: str | None, config: Config) -> bool:
    """Whether the same suggestion has been made and was not tried yet."""
    return any(each.definition == definition and each.config == config for each in waiting)


def _amount(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"
