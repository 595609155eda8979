"""The built-in algorithm of a job file's key `algorithm`: what it runs, which metrics it prints, what it takes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from tunesmith.api.errors import ValidationError
from tunesmith.api.images import XGBOOST_ARGUMENTS, XGBOOST_IMAGE, injected_patterns
from tunesmith.api.requests.xgboost import check_hyperparameters, check_ranges
from tunesmith.core.space import Parameter, Value
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import MetricPattern
from tunesmith.training.script_mode import OBJECTIVE_KEY, encode

WORK = Command((sys.executable, *XGBOOST_ARGUMENTS))
"""What its training jobs run."""


def metrics(own: Sequence[MetricPattern]) -> tuple[MetricPattern, ...]:
    """The metrics that it prints, and the user's own, which win."""
    names = {pattern.name for pattern in own}
    return (*(pattern for pattern in _printed() if pattern.name not in names), *own)


def own_metrics(patterns: Sequence[MetricPattern]) -> list[MetricPattern]:
    """Those of its metrics that are the user's own: undoes `metrics`."""
    printed = set(_printed())
    return [pattern for pattern in patterns if pattern not in printed]


def hyperparameters(own: Mapping[str, Value], metric: str) -> Mapping[str, Value]:
    """The user's own and the one that makes it print the metric that is optimised, as SageMaker adds it."""
    return {**own, OBJECTIVE_KEY: metric}


def own_hyperparameters(given: Mapping[str, Value]) -> dict[str, Value]:
    """Those that are the user's own: undoes `hyperparameters`."""
    return {name: value for name, value in given.items() if name != OBJECTIVE_KEY}


def check(parameters: Iterable[Parameter], hyperparameters: Mapping[str, Value]) -> None:
    """Raise ValueError, naming the key, for ranges or fixed values that it does not take."""
    tuned = tuple(parameters)
    texts = {name: encode(value) for name, value in hyperparameters.items()}
    try:
        check_ranges(tuned, "parameters")
        check_hyperparameters(texts, tuned, "hyperparameters")
    except ValidationError as error:
        raise ValueError(str(error)) from error


def _printed() -> list[MetricPattern]:
    return injected_patterns(XGBOOST_IMAGE, ())
