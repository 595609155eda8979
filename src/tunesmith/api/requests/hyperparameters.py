"""Hyperparameters by name: the ones that stay the same, and how they go together with the tuned ones."""

from __future__ import annotations

from collections.abc import Iterable

from tunesmith.api.call import Json
from tunesmith.api.requests.definitions import Definition
from tunesmith.api.requests.ranges import auto_names
from tunesmith.api.requests.refusal import refuse, refusing
from tunesmith.core.space import Categorical, Parameter
from tunesmith.training import process_text
from tunesmith.training.script_mode import OBJECTIVE_KEY

MOST = 100
"""Hyperparameters of a training job, tuned, static and added ones together."""


def static_hyperparameters(definition: Definition, parameters: Iterable[Parameter]) -> dict[str, str]:
    """Give the hyperparameters that all training jobs of a definition share, with the one that is added."""
    tuned = [parameter.name for parameter in parameters]
    given = {**definition.static, OBJECTIVE_KEY: definition.objective.metric}
    field = f"{definition.field}.StaticHyperParameters"
    _check_overlap(field, [*tuned, *auto_names(definition.ranges)], given)
    total = len(tuned) + len(auto_names(definition.ranges)) + len(given)
    if total > MOST:
        message = (
            f"{total} hyperparameters (tuned, static and {OBJECTIVE_KEY}) are more than the {MOST} allowed"
        )
        refuse(field, message)
    check_texts(field, given)
    for parameter in parameters:
        _check_tuned(definition.ranges_field, parameter)
    return given


def check_texts(field: str, hyperparameters: Json) -> None:
    """Raise ValidationError for hyperparameters that a process cannot be given."""
    with refusing(field):
        process_text.check_variables("hyperparameters", hyperparameters)


def _check_overlap(field: str, tuned: list[str], given: Json) -> None:
    if OBJECTIVE_KEY in tuned:
        refuse(field, f"{OBJECTIVE_KEY} is set by the service and cannot be tuned")
    both = [name for name in tuned if name in given]
    if both:
        refuse(field, f"{', '.join(both)} cannot be both tuned and static; keep one of the two")


def _check_tuned(field: str, parameter: Parameter) -> None:
    values = parameter.choices if isinstance(parameter, Categorical) else ("",)
    for value in values:
        check_texts(field, {parameter.name: str(value)})
