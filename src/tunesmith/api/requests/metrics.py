"""Metric definitions: how the values of metrics are found in the output of training jobs."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.api.call import Json
from tunesmith.api.images import injected_metrics, injected_patterns
from tunesmith.api.requests.definitions import Definition
from tunesmith.api.requests.refusal import refuse, refuse_all, repeated, shown
from tunesmith.api.settings import ImageRule
from tunesmith.control.log_metrics import LogMetrics
from tunesmith.core.tuning_job import MetricPattern

_TAB = "#011"  # what SageMaker's logs show for a tab; ours show the tab


def metric_definitions(specification: Json, rules: Sequence[ImageRule]) -> list[Json]:
    """Give the metric definitions in force: those that the image has by itself, and the request's, which win."""
    own = specification.get("MetricDefinitions") or []
    names = {definition["Name"] for definition in own}
    injected = injected_metrics(specification.get("TrainingImage"), rules)
    return [definition for definition in injected if definition["Name"] not in names] + list(own)


def metric_patterns(specification: Json, field: str, rules: Sequence[ImageRule]) -> tuple[MetricPattern, ...]:
    """Give the metrics to look for. Raises ValidationError that tells of all the definitions that are wrong."""
    field = f"{field}AlgorithmSpecification.MetricDefinitions"
    own = [definition["Name"] for definition in specification.get("MetricDefinitions") or ()]
    refuse_all(field, [f"{shown(name)} is defined more than once" for name in repeated(own)])
    patterns = [_pattern(definition) for definition in specification.get("MetricDefinitions") or ()]
    refuse_all(field, [fault for pattern in patterns for fault in _faults(pattern)])
    injected = injected_patterns(specification.get("TrainingImage"), rules)
    return (*(pattern for pattern in injected if pattern.name not in own), *patterns)


def check_objective(definition: Definition, patterns: Sequence[MetricPattern]) -> None:
    """Raise ValidationError unless the objective is among the metrics that are looked for."""
    names = [pattern.name for pattern in patterns]
    metric = definition.objective.metric
    if metric not in names:
        there = f"these are {', '.join(names)}" if names else "there are none"
        message = (
            f"{shown(metric)} is not among the metrics of the training job; {there}. Provide a metric of this name "
            f"in {definition.field}.AlgorithmSpecification.MetricDefinitions, with a Regex that captures its value"
        )
        refuse(f"{definition.objective_field}.MetricName", message)


def _pattern(definition: Json) -> MetricPattern:
    return MetricPattern(definition["Name"], definition["Regex"].replace(_TAB, rf"(?:{_TAB}|\t)"))


def _faults(pattern: MetricPattern) -> list[str]:
    try:
        LogMetrics((pattern,))
    except ValueError as error:
        return [str(error).removeprefix("metrics: ")]
    return []
