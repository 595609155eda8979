"""How long a training job trains, as far as a fixed hyperparameter such as `epochs` tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunesmith.control.common_ranges import normal
from tunesmith.control.early_stop import EPOCHS
from tunesmith.core.space import Value

_USUAL = (
    *map(normal, EPOCHS),
    "epoch",
    "nepochs",
    "max_epochs",
    "total_epochs",
    "train_epochs",
    "training_epochs",
    "num_train_epochs",
    "max_iter",
    "max_iters",
    "max_iterations",
    "num_iterations",
    "n_iter",
    "num_iter",
    "iterations",
    "max_steps",
    "num_steps",
    "total_steps",
    "steps",
    "num_round",
    "num_rounds",
    "num_boost_round",
    "nrounds",
    "rounds",
    "n_estimators",
    "num_trees",
    "n_trees",
)  # epochs first


@dataclass(frozen=True)
class TrainingLength:
    """How many epochs, or iterations of another kind, a training job makes."""

    name: str  # of the hyperparameter
    count: float


def training_length(fixed: Mapping[str, Value]) -> TrainingLength | None:
    """What fixed hyperparameters tell of the length; epochs tell it better than steps, of which an epoch may have many.

    None if there is none of the usual names with a number from 1 on: 0 and -1 often stand for no limit.
    """
    named = {normal(name): name for name in fixed}
    for usual in _USUAL:
        if usual in named:
            count = _number(fixed[named[usual]])
            if count >= 1:
                return TrainingLength(named[usual], count)
    return None


def _number(value: Value) -> float:
    """A value as a number; SageMaker's SDK sends numbers as texts, and some in quotes."""
    try:
        return 0.0 if isinstance(value, bool) else float(str(value).strip('"'))
    except ValueError:
        return 0.0
