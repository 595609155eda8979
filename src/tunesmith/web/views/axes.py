"""Hyperparameters as axes of charts."""

from __future__ import annotations

from dataclasses import dataclass

from tunesmith.core.space import Categorical, Integer, Parameter
from tunesmith.web.views import words


@dataclass(frozen=True)
class Axis:
    """A hyperparameter as the axis of a chart."""

    name: str
    kind: str  # `value`, `log` or `category`
    low: float
    high: float
    choices: tuple[str, ...] = ()  # of a category
    is_whole: bool = False


def axis_of(parameter: Parameter) -> Axis:
    """The axis that suits a hyperparameter; a reverse logarithm is shown as it is."""
    if isinstance(parameter, Categorical):
        choices = tuple(words.setting(choice) for choice in parameter.choices)
        return Axis(parameter.name, "category", 0, len(choices) - 1, choices)
    kind = "log" if parameter.resolved_scale == "Logarithmic" and parameter.low < parameter.high else "value"
    return Axis(parameter.name, kind, parameter.low, parameter.high, is_whole=isinstance(parameter, Integer))
