"""What may be tuned of the built-in XGBoost algorithm.

Names and ranges are those that SageMaker's algorithm declares (github.com/aws/sagemaker-xgboost-container).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tunesmith.algorithms.container import AlgorithmError
from tunesmith.algorithms.xgboost.hyperparameters import parse
from tunesmith.api.requests.refusal import refuse, refuse_all
from tunesmith.core.space import Categorical, Integer, Parameter


@dataclass(frozen=True)
class _Declared:
    low: float
    high: float = math.inf
    above_low: bool = False  # the low end itself is not allowed
    whole: bool = False

    def __str__(self) -> str:
        kind = "integer" if self.whole else "continuous"
        end = "" if math.isinf(self.high) else f" and <= {self.high:g}"
        return f"{kind} {'>' if self.above_low else '>='} {self.low:g}{end}"

    def holds(self, low: float, high: float) -> bool:
        """Whether a range lies inside."""
        return (low > self.low if self.above_low else low >= self.low) and high <= self.high


_SHARE = _Declared(0, 1, above_low=True)
TUNABLE = {
    "alpha": _Declared(0),
    "colsample_bylevel": _SHARE,
    "colsample_bynode": _SHARE,
    "colsample_bytree": _SHARE,
    "eta": _Declared(0, 1),
    "gamma": _Declared(0),
    "lambda": _Declared(0),
    "max_delta_step": _Declared(0),
    "max_depth": _Declared(0, whole=True),
    "min_child_weight": _Declared(0),
    "num_round": _Declared(1, whole=True),
    "subsample": _SHARE,
}
"""The hyperparameters that may have a range, and which."""


def check_ranges(parameters: Iterable[Parameter], field: str) -> None:
    """Raise ValidationError that tells of all the ranges which the algorithm does not take."""
    refuse_all(field, [fault for parameter in parameters if (fault := _fault(parameter)) is not None])


def check_hyperparameters(texts: Mapping[str, str], parameters: Iterable[Parameter], field: str) -> None:
    """Raise ValidationError if the algorithm does not take the static hyperparameters beside the tuned ones."""
    numbers = {p.name: str(p.low) for p in parameters if not isinstance(p, Categorical)}
    try:
        parse({**texts, **numbers})
    except AlgorithmError as error:
        refuse(field, str(error))


def _fault(parameter: Parameter) -> str | None:
    declared = TUNABLE.get(parameter.name)
    if declared is None:
        return f"{parameter.name}: is not tunable in the built-in XGBoost; these are: {', '.join(TUNABLE)}"
    if isinstance(parameter, Categorical) or (declared.whole and not isinstance(parameter, Integer)):
        return f"{parameter.name}: must have a range that is {declared}"
    if not declared.holds(parameter.low, parameter.high):
        return f"{parameter.name}: [{parameter.low}, {parameter.high}] must be {declared}"
    return None
