"""Parameters of a space as ParameterRanges, in which numbers are strings."""

from __future__ import annotations

from collections.abc import Iterable

from tunesmith.api.call import Json
from tunesmith.core.space import Categorical, Parameter
from tunesmith.training.script_mode import encode


def ranges_of(parameters: Iterable[Parameter]) -> dict[str, list[Json]]:
    """The lists of ranges of ParameterRanges that have at least one."""
    ranges: dict[str, list[Json]] = {}
    for parameter in parameters:
        ranges.setdefault(f"{type(parameter).__name__}ParameterRanges", []).append(_range(parameter))
    return ranges


def _range(parameter: Parameter) -> Json:
    if isinstance(parameter, Categorical):
        return {"Name": parameter.name, "Values": [encode(choice) for choice in parameter.choices]}
    return {
        "Name": parameter.name,
        "MinValue": encode(parameter.low),
        "MaxValue": encode(parameter.high),
        "ScalingType": parameter.scale,
    }
