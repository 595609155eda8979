"""Autotune: a request in which the service is to choose is replaced by one in which all is chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tunesmith.api.call import Json
from tunesmith.api.images import rule_for
from tunesmith.api.parameter_ranges import ranges_of
from tunesmith.api.requests.completion import bounds_the_job
from tunesmith.api.requests.definitions import Definition
from tunesmith.api.requests.ranges import MOST, auto_names
from tunesmith.api.requests.refusal import refuse, refuse_all, repeated, shown
from tunesmith.api.requests.xgboost import TUNABLE
from tunesmith.api.settings import ImageRule
from tunesmith.control.autotune import Chosen, choose, trials_for
from tunesmith.control.common_ranges import Framework, known_names, look_up
from tunesmith.core.space import Space

_KINDS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
_BUILTIN: Framework = "sagemaker-xgboost"
_FRAMEWORKS: Mapping[str, Framework] = {
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "scikit-learn": "sklearn",
    "pytorch|tensorflow|huggingface|keras": "neural",
}


def is_on(request: Json) -> bool:
    """Whether the service is to choose what is left open."""
    return bool(request.get("Autotune"))


def with_ranges(definition: Definition, rules: Sequence[ImageRule]) -> Definition:
    """A definition whose AutoParameters have become ranges, or static hyperparameters at their example values.

    Without any ranges at all, a built-in algorithm gets those of its most important hyperparameters. Raises
    ValidationError for an AutoParameter that has a range or a static value as well.
    """
    _check_names(definition)
    builtin = _is_builtin(definition, rules)
    chosen = _chosen(definition, builtin=builtin)
    found = ranges_of(chosen.parameters)
    ranges = {kind: [*(definition.ranges.get(kind) or ()), *found.get(kind, ())] for kind in _KINDS}
    static = {**definition.static, **{name: str(value) for name, value in chosen.fixed.items()}}
    return replace(definition, ranges=ranges, members={**definition.members, "StaticHyperParameters": static})


def with_settings(config: Json, spaces: Sequence[Space], *, several: bool) -> Json:
    """HyperParameterTuningJobConfig with the limits, early stopping and completion that it leaves open."""
    limits = config["ResourceLimits"]
    is_bounded = {"MaxNumberOfTrainingJobs", "MaxRuntimeInSeconds"} & limits.keys() or bounds_the_job(config)
    chosen: dict[str, Any] = {}
    if not is_bounded and config["Strategy"] != "Grid":
        chosen["ResourceLimits"] = {**limits, "MaxNumberOfTrainingJobs": sum(map(trials_for, spaces))}
    if config["Strategy"] != "Hyperband" and not several:
        chosen["TrainingJobEarlyStoppingType"] = config.get("TrainingJobEarlyStoppingType", "Auto")
    if config["Strategy"] == "Bayesian" and not several:
        converged = {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}
        chosen["TuningJobCompletionCriteria"] = config.get("TuningJobCompletionCriteria", converged)
    return {**config, **chosen}


def _chosen(definition: Definition, *, builtin: bool) -> Chosen:
    count = sum(len(definition.ranges.get(kind) or ()) for kind in _KINDS)
    hints = {auto["Name"]: auto["ValueHint"] for auto in definition.ranges.get("AutoParameters") or ()}
    if not builtin:
        return choose(hints, _frameworks(definition), max(0, MOST - count))
    if not hints and not count:
        hints = _examples(definition.static)
    tunable = {name: hint for name, hint in hints.items() if name in TUNABLE}
    chosen = choose(tunable, [_BUILTIN], max(0, MOST - count))
    others = {name: hint for name, hint in hints.items() if name not in tunable}
    return Chosen(chosen.proposals, {**chosen.fixed, **others})


def _examples(taken: Json) -> dict[str, str]:
    """Values inside the common ranges of the built-in algorithm, for all that its user has not set."""
    found = {name: next(look_up(name, [_BUILTIN])) for name in known_names(_BUILTIN) if name not in taken}
    return {name: str(int(common.high) if common.whole else common.high) for name, common in found.items()}


def _check_names(definition: Definition) -> None:
    names = auto_names(definition.ranges)
    field = f"{definition.ranges_field}.AutoParameters"
    refuse_all(field, [f"{shown(name)} is named more than once" for name in repeated(names)])
    tuned = {each["Name"] for kind in _KINDS for each in definition.ranges.get(kind) or ()}
    for taken, what in ((tuned, "has a range"), (definition.static, "has a static value")):
        both = [name for name in names if name in taken]
        if both:
            refuse(field, f"{', '.join(both)} {what}, too; keep one of the two")


def _is_builtin(definition: Definition, rules: Sequence[ImageRule]) -> bool:
    """Whether an image's own algorithm runs, as no script is given."""
    image = definition.members["AlgorithmSpecification"].get("TrainingImage") or ""
    rule = rule_for(image, rules)
    environment = definition.members.get("Environment") or {}
    scripted = "sagemaker_program" in definition.static or "SAGEMAKER_PROGRAM" in environment
    return rule is not None and rule.mode == "xgboost" and not scripted


def _frameworks(definition: Definition) -> list[Framework]:
    image = definition.members["AlgorithmSpecification"].get("TrainingImage") or ""
    return [framework for pattern, framework in _FRAMEWORKS.items() if re.search(pattern, image)]
