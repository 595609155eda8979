"""Ranges of hyperparameters in words."""

from __future__ import annotations

from tunesmith.core.space import Categorical, Parameter
from tunesmith.web.views import words


def range_in_words(parameter: Parameter) -> str:
    """Between which values, or among which, a hyperparameter is tuned."""
    if isinstance(parameter, Categorical):
        return ", ".join(map(words.setting, parameter.choices))
    scale = "" if parameter.resolved_scale == "Linear" else f", {parameter.resolved_scale.lower()}"
    return f"{words.setting(parameter.low)} to {words.setting(parameter.high)}{scale}"
