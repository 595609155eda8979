"""Tunesmith: hyperparameter tuning on your own machines."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tunesmith.version import __version__

if TYPE_CHECKING:
    from tunesmith.core.price import Price
    from tunesmith.core.space import Categorical, Continuous, Integer, Space
    from tunesmith.sdk.algorithm import Algorithm
    from tunesmith.sdk.chosen import auto
    from tunesmith.sdk.errors import TuningError, TuningInterrupted
    from tunesmith.sdk.optimize import maximize, minimize
    from tunesmith.sdk.suggest import suggest
    from tunesmith.sdk.tuner import Tuner
    from tunesmith.store.errors import StoreError
    from tunesmith.training.checkpoint_folder import checkpoints
    from tunesmith.training.report import report

__all__ = [
    "Algorithm",
    "Categorical",
    "Continuous",
    "Integer",
    "Price",
    "Space",
    "StoreError",
    "Tuner",
    "TuningError",
    "TuningInterrupted",
    "__version__",
    "auto",
    "checkpoints",
    "maximize",
    "minimize",
    "report",
    "suggest",
]

_HOMES = {
    "Algorithm": "sdk.algorithm",
    "Categorical": "core.space",
    "Continuous": "core.space",
    "Integer": "core.space",
    "Price": "core.price",
    "Space": "core.space",
    "StoreError": "store.errors",
    "Tuner": "sdk.tuner",
    "TuningError": "sdk.errors",
    "TuningInterrupted": "sdk.errors",
    "auto": "sdk.chosen",
    "checkpoints": "training.checkpoint_folder",
    "maximize": "sdk.optimize",
    "minimize": "sdk.optimize",
    "report": "training.report",
    "suggest": "sdk.suggest",
}
"""Where the public names live. They are loaded when first used: a training script that wants nothing but
`tunesmith.report` should not wait for the optimizer and the database."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value  # the next time it is found at once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
