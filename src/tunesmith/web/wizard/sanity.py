"""What works but is hardly meant, such as a linear scale over many powers of ten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tunesmith.control.common_ranges import Framework, look_up
from tunesmith.core.space import Categorical, Continuous, Integer, Parameter
from tunesmith.core.training_job import Resources
from tunesmith.core.tuning_job import TuningJob
from tunesmith.jobfile import builtin
from tunesmith.web.wizard.making import Field
from tunesmith.web.wizard.training_length import training_length

_WIDE = 10_000  # high / low, from which on a linear scale sees nothing of the small values
_MODELS = ("Bayesian", "HyperbandBayesian")  # strategies that learn from what was tried
_TRIALS_EACH = 5  # parameters need so many training jobs before a model is better than chance
_LEARNING = 4  # parallel times this is the least number of training jobs that leaves time to learn


@dataclass(frozen=True)
class Doubt:
    """Something that a person should look at again."""

    field: Field
    message: str


def doubts(job: TuningJob, machine: Resources) -> list[Doubt]:
    """Find what is hardly meant in a tuning job for a machine with so many CPUs and GPUs."""
    frameworks: Sequence[Framework] = ("sagemaker-xgboost",) if job.work == builtin.WORK else ()
    ranges = (
        Doubt(("parameters", index, name), message)
        for index, parameter in enumerate(job.space.parameters)
        for name, message in _range_doubts(parameter, job.limits.trials, frameworks)
    )
    searched = (*_limit_doubts(job, machine), *_strategy_doubts(job), *_report_doubts(job))
    return [*ranges, *searched, *_metric_doubts(job)]


def slots(job: TuningJob, machine: Resources) -> int:
    """How many training jobs of a tuning job a machine can run at a time."""
    by_cpu = machine.cpus // job.resources.cpus
    return by_cpu if not job.resources.gpus else min(by_cpu, machine.gpus // job.resources.gpus)


def _range_doubts(
    parameter: Parameter, trials: int | None, frameworks: Sequence[Framework]
) -> Iterator[tuple[str, str]]:
    if parameter.cardinality == 1:
        name = "choices" if isinstance(parameter, Categorical) else "high"
        yield name, "there is a single value to try; give it a fixed value instead"
    elif isinstance(parameter, Categorical):
        count = len(parameter.choices)
        if trials is not None and count > trials / 2:
            yield "choices", f"{count} choices are too many for {trials} training jobs to compare"
    else:
        yield from _scale_doubts(parameter, frameworks)


def _scale_doubts(
    parameter: Continuous | Integer, frameworks: Sequence[Framework]
) -> Iterator[tuple[str, str]]:
    low, high = parameter.low, parameter.high
    if parameter.resolved_scale != "Linear":
        return
    if low > 0 and high / low >= _WIDE:
        share = f"{100 * (1 - 10 * low / high):.3g}"
        yield (
            "scale",
            f"on a linear scale {share} % of the values tried are above {10 * low:g}; choose Logarithmic",
        )
    elif low <= 0 and any(
        common.scale == "Logarithmic" for common in islice(look_up(parameter.name, frameworks), 1)
    ):
        yield "low", f"{parameter.name} is usually searched on a logarithmic scale, which needs a low above 0"


def _limit_doubts(job: TuningJob, machine: Resources) -> Iterator[Doubt]:
    there, limits = slots(job, machine), job.limits
    if there == 0:
        needed = f"{job.resources.cpus} CPUs and {job.resources.gpus} GPUs"
        message = f"a training job needs {needed}, and there are {machine.cpus} and {machine.gpus}"
        yield Doubt(("gpus",), message)
    elif limits.parallel > there:
        message = f"{limits.parallel} at a time do not fit; {there} will run, and the others wait"
        yield Doubt(("parallel",), message)
    if limits.trials is not None and limits.parallel > limits.trials:
        yield Doubt(("parallel",), f"more at a time than the {limits.trials} training jobs in all")
    elif (
        job.strategy in _MODELS and limits.trials is not None and limits.trials < _LEARNING * limits.parallel
    ):
        message = f"with {limits.parallel} at a time, {limits.trials} training jobs leave no time to learn from results"
        yield Doubt(("parallel",), message)


def _strategy_doubts(job: TuningJob) -> Iterator[Doubt]:
    trials, count = job.limits.trials, job.space.cardinality
    if trials is None:
        return
    if count is not None and count < trials:
        yield Doubt(("trials",), f"there are only {count} different configurations to try")
    elif job.strategy == "Grid" and count is not None and count > trials:
        yield Doubt(
            ("trials",), f"the grid has {count} configurations; {trials} training jobs try a part of it"
        )
    if job.strategy in _MODELS and trials < _TRIALS_EACH * len(job.space):
        message = (
            f"{trials} training jobs are few for {len(job.space)} hyperparameters; make at least "
            f"{_TRIALS_EACH * len(job.space)}, or tune fewer"
        )
        yield Doubt(("trials",), message)


def _report_doubts(job: TuningJob) -> Iterator[Doubt]:
    length = training_length(job.hyperparameters)
    if job.resource is None or length is None or length.count >= job.resource.most:
        return
    most = job.resource.most
    message = (
        f"with {length.name} fixed at {length.count:g} and a report in each, no training job can make the {most} reports "
        f"that {job.strategy} hands out; allow at most {int(length.count)}, or fix {length.name} at {most} or more"
    )
    yield Doubt(("most_reports",), message)


def _metric_doubts(job: TuningJob) -> Iterator[Doubt]:
    if job.objective.metric not in {pattern.name for pattern in job.metrics}:
        message = f"no expression finds {job.objective.metric} in the log, so that the script must report it by itself"
        yield Doubt(("metric",), message)
