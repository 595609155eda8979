"""A tuning job in words, for whoever is about to start it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from tunesmith.core.objective import Goal
from tunesmith.core.training_job import Command, Script
from tunesmith.core.tuning_job import Transfer, TuningJob
from tunesmith.jobfile import builtin
from tunesmith.web.views import words
from tunesmith.web.wizard.choices import needs_reports

_MOST_NAMED = 6  # hyperparameters


def sentences(job: TuningJob) -> Iterator[tuple[int, str]]:
    """Say what will be done, each sentence with the number of the step at which it was decided."""
    yield 0, f"Each training job runs {work(job)}."
    yield from _inputs(job)
    yield 1, _tuned(job)
    if job.hyperparameters:
        fixed = ", ".join(f"{name} = {words.setting(value)}" for name, value in job.hyperparameters.items())
        yield 1, f"Fixed: {fixed}."
    yield 2, _objective(job)
    yield 3, _search(job)
    yield 3, _stopping(job)
    yield from _ends(job)
    yield from _parents(job)


def sentence(text: str, names: Collection[str] = ()) -> str:
    """A remark as a sentence; the name of a hyperparameter at its beginning stays as it is."""
    return text if text.partition(" ")[0] in names else text[:1].upper() + text[1:]


def work(job: TuningJob) -> str:
    """What a training job runs."""
    if job.work == builtin.WORK:
        return "the built-in XGBoost"
    match job.work:
        case Script():
            return f"{job.work.entry} from {job.work.source}"
        case Command():
            return f"the command {' '.join(job.work.arguments)}"
        case _:
            return "a Python function"


def limits(job: TuningJob) -> str:
    """How much is done at the most."""
    bounds = []
    if job.limits.trials is not None:
        bounds.append(f"up to {words.count(job.limits.trials, 'training job')}")
    if job.limits.seconds is not None:
        bounds.append(f"at most {words.duration(job.limits.seconds)}")
    if job.limits.budget is not None and job.price is not None:
        bounds.append(f"at most {job.price.show(job.limits.budget)}")
    return ", ".join(bounds)


def _inputs(job: TuningJob) -> Iterator[tuple[int, str]]:
    for name, channel in job.channels.items():
        location = channel if isinstance(channel, str) else channel.location
        yield 0, f"Its channel {name} is {location if len(location) < 80 else Path(location).name}."


def _tuned(job: TuningJob) -> str:
    names = job.space.names
    named = ", ".join(names[:_MOST_NAMED]) + (" and others" if len(names) > _MOST_NAMED else "")
    return f"{words.count(len(names), 'hyperparameter')} tuned: {named}."


def _objective(job: TuningJob) -> str:
    goal = "maximised" if job.objective.goal is Goal.MAXIMIZE else "minimised"
    is_read = job.objective.metric in {pattern.name for pattern in job.metrics}
    source = "read from the log" if is_read else "reported by the script"
    return f"The objective metric {job.objective.metric} is {goal}; it is {source}."


def _search(job: TuningJob) -> str:
    cpus = words.count(job.resources.cpus, "CPU")
    gpus = f" and {words.count(job.resources.gpus, 'GPU')}" if job.resources.gpus else ""
    return (
        f"The {job.strategy} strategy chooses the values of {limits(job)}, "
        f"{job.limits.parallel} at a time with {cpus}{gpus} each."
    )


def _stopping(job: TuningJob) -> str:
    if needs_reports(job.strategy):
        most = "" if job.resource is None else f" of {words.count(job.resource.most, 'report')}"
        return f"{job.strategy} gives up training jobs that fall behind before the end{most}."
    if job.stopping is None:
        return "Every training job runs to its end."
    return f"Training jobs that look hopeless are stopped early, by the rule {job.stopping}."


def _ends(job: TuningJob) -> Iterator[tuple[int, str]]:
    ends = job.completion
    if ends.target is not None:
        yield 3, f"It ends as soon as {job.objective.metric} reaches {words.number(ends.target)}."
    if ends.not_improving is not None:
        yield (
            3,
            f"It ends after {ends.not_improving} training jobs that improve the best by no more than 1 %.",
        )
    if ends.converged:
        yield 3, "It ends when a further improvement has become unlikely."


def _parents(job: TuningJob) -> Iterator[tuple[int, str]]:
    if job.parents:
        same = job.transfer is Transfer.IDENTICAL
        how = "the same data and algorithm" if same else "a related problem"
        yield 3, f"It learns from {', '.join(job.parents)} ({how})."
