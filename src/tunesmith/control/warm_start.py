"""Warm start: what a tuning job may learn from earlier ones, its parents, and what it learns. Pure.

A parent's result says something about a configuration of the child if all the values that it was got with lie in
the child's space: a value that was fixed for the parent and is tuned now is a coordinate like the others. Results
outside the child's ranges are left out; to move them to the nearest bound would be to invent results.

If data and algorithm are the same, such a result is as good as the child's own, unless a value that is fixed for
the child was another one: then it belongs, as all results of a related task do, to a history of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Config, Parameter, Value
from tunesmith.core.training_job import Channel
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import Transfer, TuningJob
from tunesmith.store.records import TrialRecord, TuningJobRecord
from tunesmith.training.script_mode import decode

MOST_PARENTS = 5
MOST_CHANGES = 10
"""What `changes` may be at the most, as in SageMaker."""

_STRATEGIES = ("Bayesian", "Random")
_ADDED = ("_tuning_", "sagemaker_")  # begin the names of hyperparameters that clients and services add


@dataclass(frozen=True)
class Parent:
    """An earlier tuning job and its trials that have ended, in the order of ending."""

    record: TuningJobRecord
    trials: Sequence[TrialRecord]

    @property
    def job(self) -> TuningJob:
        """The tuning job."""
        return self.record.job

    @property
    def name(self) -> str:
        """Its name, also after it was forgotten."""
        return self.record.former_name or self.job.name


@dataclass(frozen=True)
class Lessons:
    """What a tuning job learns from its parents; see `History`."""

    prior: tuple[History, ...] = ()
    known: tuple[Trial, ...] = ()


NOTHING_LEARNT = Lessons()


def check(job: TuningJob, parents: Sequence[Parent]) -> None:
    """Raise ValueError, with everything that is wrong, if a tuning job cannot learn from these parents."""
    faults = [*_own_faults(job), *(fault for parent in parents for fault in _faults(job, parent))]
    if faults:
        msg = f"parents: {'; '.join(faults)}"
        raise ValueError(msg)


def learn(job: TuningJob, parents: Sequence[Parent]) -> Lessons:
    """What a tuning job learns from its parents' results."""
    prior: list[History] = []
    known: list[Trial] = []
    for parent in parents:
        related: list[Trial] = []
        for trial in parent.trials:
            values = {**parent.job.hyperparameters, **trial.config}
            config = _config(job, values)
            if config is not None:
                same = job.transfer is Transfer.IDENTICAL and _agrees(job, values)
                (known if same else related).append(_result(job, config, trial))
        if related:
            prior.append(History.of(job.space, related))
    return Lessons(tuple(prior), tuple(replace(trial, number=i) for i, trial in enumerate(known, start=1)))


def changes(job: TuningJob, parent: TuningJob) -> int:
    """How much of what was tuned or fixed for a parent is fixed otherwise now.

    As SageMaker counts: 1 for a numeric hyperparameter that was tuned, 2 for a categorical one, and 2 for one
    whose fixed value is another.
    """
    tuned = {parameter.name: parameter for parameter in parent.space.parameters}
    count = 0
    for name, value in _users(job.hyperparameters).items():
        if name in tuned:
            count += 2 if isinstance(tuned[name], Categorical) else 1
        elif name in parent.hyperparameters and not _equal(value, parent.hyperparameters[name]):
            count += 2
    return count


def _own_faults(job: TuningJob) -> Iterator[str]:
    keys = [name.lower() for name in job.parents]
    if len(keys) > MOST_PARENTS:
        yield f"{len(keys)} are more than the {MOST_PARENTS} that can be learned from; name the best of them"
    if len(set(keys)) < len(keys):
        yield f"each may be named once, got {', '.join(job.parents)}"
    if job.name.lower() in keys:
        yield f"{job.name!r} is the new tuning job itself; name earlier ones"
    if keys and job.strategy not in _STRATEGIES:
        yield f"the strategy {job.strategy} cannot learn from them; choose {' or '.join(_STRATEGIES)}"


def _faults(job: TuningJob, parent: Parent) -> Iterator[str]:
    earlier, name = parent.job, repr(parent.name)
    if not parent.record.status.is_final:
        yield f"{name} is {parent.record.status.value}; wait until it has ended, or stop it"
    if earlier.definitions:
        yield f"{name} compares several algorithms; only a tuning job of one can be a parent"
        return
    if earlier.objective != job.objective:
        theirs, ours = (f"{o.goal.value} {o.metric}" for o in (earlier.objective, job.objective))
        yield f"{name} was to {theirs}, and this job is to {ours}; metric and direction must be the same"
    yield from _name_faults(job, earlier, name)
    yield from _type_faults(job, earlier, name)
    count = changes(job, earlier)
    if count > MOST_CHANGES:
        yield (
            f"fixed hyperparameters differ too much from {name}: {count} changes of {MOST_CHANGES} allowed (2 for "
            "another value, 1 or, if categorical, 2 for one that was tuned); tune some of them, or keep their values"
        )
    if job.transfer is Transfer.IDENTICAL and _data(job) != _data(earlier):
        yield (
            f"{name} had other input data ({_told(_data(earlier))}, now {_told(_data(job))}); "
            f"use the same, or choose {Transfer.RELATED}"
        )


def _name_faults(job: TuningJob, earlier: TuningJob, name: str) -> Iterator[str]:
    ours, theirs = _names(job), _names(earlier)
    missing, extra = sorted(theirs - ours), sorted(ours - theirs)
    if missing:
        yield f"{name} has the hyperparameters {', '.join(missing)}, too; tune them, or give them a fixed value"
    if extra:
        yield f"{name} has no hyperparameters {', '.join(extra)}; leave them out, or name another parent"


def _type_faults(job: TuningJob, earlier: TuningJob, name: str) -> Iterator[str]:
    theirs = {parameter.name: type(parameter).__name__ for parameter in earlier.space.parameters}
    for parameter in job.space.parameters:
        was, now = theirs.get(parameter.name), type(parameter).__name__
        if was is not None and was != now:
            yield f"{parameter.name} is {was} in {name} and {now} in this job; its type must stay {was}"


def _names(job: TuningJob) -> set[str]:
    """The names of the user's hyperparameters, tuned or fixed."""
    return {*job.space.names, *_users(job.hyperparameters)}


def _users(hyperparameters: Mapping[str, Value]) -> dict[str, Value]:
    """Those that are not added: an upgraded client that adds others breaks no warm start."""
    return {name: value for name, value in hyperparameters.items() if not name.startswith(_ADDED)}


def _data(job: TuningJob) -> dict[str, str]:
    return {
        name: channel.location if isinstance(channel, Channel) else channel
        for name, channel in job.channels.items()
    }


def _told(data: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {place}" for name, place in sorted(data.items())) or "none"


def _config(job: TuningJob, values: Mapping[str, Value]) -> Config | None:
    """These values as a configuration of a tuning job, or None if one is missing or outside its range."""
    try:
        config = {p.name: _value(p, values[p.name]) for p in job.space.parameters}
        return job.space.canonical(config)
    except (KeyError, ValueError):
        return None


def _value(parameter: Parameter, value: Value) -> Value:
    """A value that may have been fixed, and then a text, as the parameter has it."""
    if isinstance(parameter, Categorical):
        return next((choice for choice in parameter.choices if _equal(choice, value)), value)
    return float(value) if isinstance(value, str) else value


def _agrees(job: TuningJob, values: Mapping[str, Value]) -> bool:
    """Whether everything that is fixed for a tuning job had the same value."""
    fixed = _users(job.hyperparameters)
    return all(name in values and _equal(value, values[name]) for name, value in fixed.items())


def _equal(one: Value, other: Value) -> bool:
    """Whether training code sees the same, as a number or as its text."""
    first, second = (decode(value) if isinstance(value, str) else value for value in (one, other))
    kinds = {type(first), type(second)}
    return (len(kinds) == 1 or kinds == {int, float}) and bool(first == second)


def _result(job: TuningJob, config: Config, trial: TrialRecord) -> Trial:
    if trial.value is None or not trial.state.is_usable:
        return Trial(trial.number, config, TrialState.FAILED)
    return Trial(trial.number, config, trial.state, (job.objective.loss(trial.value),))
