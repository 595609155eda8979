"""The limits of a tuning job, and whether its space and strategy can use them."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.api.call import Json
from tunesmith.api.requests import quotas
from tunesmith.api.requests.completion import bounds_the_job
from tunesmith.api.requests.refusal import refuse
from tunesmith.api.settings import Quotas
from tunesmith.core.space import Categorical, Space
from tunesmith.core.tuning_job import Limits

_FIELD = "HyperParameterTuningJobConfig.ResourceLimits"
_TRIALS = f"{_FIELD}.MaxNumberOfTrainingJobs"


def limits_of(config: Json, spaces: Sequence[Space], allowed: Quotas) -> Limits:
    """Give the limits of a tuning job; `config` is its HyperParameterTuningJobConfig, each of the spaces that of a definition.

    Raises ValidationError for limits that do not go with the spaces, and ResourceLimitExceeded for too high ones.
    """
    limits = config["ResourceLimits"]
    trials, seconds = limits.get("MaxNumberOfTrainingJobs"), limits.get("MaxRuntimeInSeconds")
    strategy = config["Strategy"]
    quota = "random_training_jobs" if strategy == "Random" else "training_jobs"
    most = getattr(allowed, quota)
    if strategy == "Grid":
        trials = _grid_trials(spaces, trials)
    elif trials is None and seconds is None:
        trials = _unnumbered(config, most)
    else:
        _check_combinations(spaces, trials)
    quotas.check(quota, most, trials or 0)
    quotas.check("parallel_training_jobs", allowed.parallel_training_jobs, limits["MaxParallelTrainingJobs"])
    quotas.check("tuning_seconds", allowed.tuning_seconds, seconds or 0)
    return Limits(trials, limits["MaxParallelTrainingJobs"], seconds)


def _grid_trials(spaces: Sequence[Space], trials: int | None) -> int:
    """The number of combinations: a grid tries each of them once."""
    uncountable = [p.name for space in spaces for p in space.parameters if not isinstance(p, Categorical)]
    if uncountable:
        message = (
            f"Grid takes categorical ranges only; {', '.join(uncountable)} is another. "
            "List its values as a categorical range, or choose another strategy"
        )
        refuse("HyperParameterTuningJobConfig.ParameterRanges", message)
    combinations = sum(space.cardinality or 0 for space in spaces)
    if trials is not None and trials != combinations:
        message = f"{trials} is not the number of combinations of the grid, {combinations}; give that, or leave it out"
        refuse(_TRIALS, message)
    return combinations


def _unnumbered(config: Json, most: int) -> int:
    """The number of training jobs when only completion criteria bound it: the quota."""
    if not bounds_the_job(config):
        message = (
            "give MaxNumberOfTrainingJobs, MaxRuntimeInSeconds or both, or the tuning job would never end"
        )
        refuse(_FIELD, message)
    return most


def _check_combinations(spaces: Sequence[Space], trials: int | None) -> None:
    counts = [space.cardinality for space in spaces]
    combinations = sum(count or 0 for count in counts)
    if None not in counts and trials is not None and combinations < trials:
        message = (
            f"the ranges give {combinations} combinations, which are not enough for {trials} training jobs; "
            "give wider ranges or fewer training jobs"
        )
        refuse(_TRIALS, message)
