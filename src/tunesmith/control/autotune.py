"""Choosing what the user has left open: ranges, by names and example values, and the rest of a tuning job.

A range comes from the table of common ones if the example lies inside; else it is made around the example. Names
that say how much to train, on what or with which seed are not tuned.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tunesmith.control.common_ranges import CommonRange, Framework, look_up, normal
from tunesmith.core.space import Categorical, Continuous, Integer, Parameter, Space, Value

MOST_TUNED = 30
"""Hyperparameters that are tuned at the most, as many as SageMaker takes ranges."""

_AROUND = 10.0  # a range goes from the example divided by it to the example multiplied by it
_FEWEST_TRIALS, _MOST_TRIALS, _TRIALS_EACH = 20, 100, 10
_LARGEST = 2.0**53

_BELOW_ONE = ("rate", "dropout", "momentum", "subsample", "colsample", "beta")
_AT_MOST = 1 - 1e-4
_LIKE_ONE = re.compile(r"fraction|ratio|subsample|colsample")  # such shares may be 1
_FIXED = re.compile(
    r"(?:^|_)(?:seed|random_state|epochs?|numepochs|max_iter|num_steps|max_steps|steps|num_workers|workers|n_jobs|"
    r"nthreads?|num_threads|threads|gpus?|num_gpus|cuda|device|rank|world_size|port|verbose|verbosity|log_interval|"
    r"log_every|print_every|save_every|eval_every|early_stopping_rounds|patience|num_class(?:es)?|n_class(?:es)?|"
    r"input_dim|output_dim|in_features|out_features|image_size|img_size|test_size|val_size|validation_split|"
    r"max_length|max_len|folds?|n_splits|cv|checkpoint|version|year)$"
)


@dataclass(frozen=True)
class Proposal:
    """A range, and why it is this one."""

    parameter: Parameter
    source: str
    is_common: bool  # from the table


@dataclass(frozen=True)
class Chosen:
    """What is made of example values."""

    proposals: tuple[Proposal, ...]
    fixed: Mapping[str, Value]  # the others, as they were given

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters to tune."""
        return tuple(proposal.parameter for proposal in self.proposals)


def choose(
    examples: Mapping[str, Value], frameworks: Sequence[Framework] = (), most: int = MOST_TUNED
) -> Chosen:
    """Choose ranges for hyperparameters with example values, at most so many; common names come first."""
    found = {name: propose(name, value, frameworks) for name, value in examples.items()}
    eligible = sorted(
        (name for name, proposal in found.items() if proposal is not None),
        key=lambda name: not (proposal := found[name]) or not proposal.is_common,
    )
    tuned = set(eligible[:most])
    return Chosen(
        tuple(proposal for name, proposal in found.items() if proposal is not None and name in tuned),
        {name: value for name, value in examples.items() if name not in tuned},
    )


def propose(
    name: str, example: Value, frameworks: Sequence[Framework] = (), *, whole: bool = False
) -> Proposal | None:
    """Propose a range for a hyperparameter, or None if it is better left at its example.

    Args:
        name: The hyperparameter.
        example: A value that it has, or that is known to work. A text may stand for a number or a boolean.
        frameworks: Whose names come first.
        whole: Whether only whole numbers will do.
    """
    value = _plain(example)
    if not name.strip() or _FIXED.search(normal(name)):
        return None
    if isinstance(value, bool):
        choices: tuple[Value, ...] = (True, False)
        if isinstance(example, str):
            choices = ("true", "false") if example.islower() else ("True", "False")
        return Proposal(Categorical(name, choices), "on or off", is_common=False)
    if isinstance(value, str) or not math.isfinite(value) or not 0 <= value <= _LARGEST:
        return None
    for common in look_up(name, frameworks):
        if _fits(value, common) and (common.whole or not whole):
            return Proposal(_parameter(name, common), common.source, is_common=True)
    made = _around(name, value)
    return None if made is None else Proposal(made, f"around the example {example}", is_common=False)


def trials_for(space: Space) -> int:
    """The number of training jobs to give a space: ten for each parameter, 20 to 100, no more than there are."""
    wanted = min(max(_FEWEST_TRIALS, _TRIALS_EACH * len(space)), _MOST_TRIALS)
    return wanted if space.cardinality is None else min(wanted, space.cardinality)


def strategy_for(space: Space, trials: int | None) -> str:
    """The strategy to search a space with: all of it if the training jobs suffice, else with a model."""
    is_small = space.cardinality is not None and trials is not None and space.cardinality <= trials
    is_grid = all(isinstance(parameter, Categorical) for parameter in space.parameters)
    return "Grid" if is_small and is_grid else "Bayesian"


def frameworks_of(modules: Iterable[str]) -> list[Framework]:
    """The frameworks that a program uses, by the modules that it imports, the more telling ones first."""
    tops = {module.partition(".")[0] for module in modules}
    return [framework for framework, names in _MODULES.items() if tops & names]


_MODULES: dict[Framework, set[str]] = {
    "xgboost": {"xgboost"},
    "lightgbm": {"lightgbm"},
    "neural": {
        "torch",
        "keras",
        "tensorflow",
        "pytorch_lightning",
        "lightning",
        "transformers",
        "jax",
        "flax",
    },
    "sklearn": {"sklearn"},
}


def _plain(example: Value) -> Value:
    """The value that an example stands for, if it is a text."""
    if not isinstance(example, str):
        return example
    text = example.strip().strip('"')
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text) if text.isascii() and "_" not in text else example
        except ValueError:
            continue
    return example


def _fits(value: float, common: CommonRange) -> bool:
    """Whether an example may be one of a common range; 0 is what a logarithmic one approaches."""
    if common.whole and not isinstance(value, int):
        return False
    if not common.whole and isinstance(value, int) and value > 1 and common.high <= 1:
        return False
    return common.low <= value <= common.high or (value == 0 and common.scale == "Logarithmic")


def _parameter(name: str, common: CommonRange) -> Parameter:
    if common.whole:
        return Integer(name, int(common.low), int(common.high), common.scale)
    return Continuous(name, common.low, common.high, common.scale)


def _around(name: str, value: float) -> Parameter | None:
    """A range around an example; None if there is none that makes sense."""
    if value == 0:
        return Integer(name, 0, 1) if isinstance(value, int) else Continuous(name, 0.0, 1.0, "Linear")
    if isinstance(value, int):
        most = round(value * _AROUND)
        return (
            Integer(name, max(1, round(value / _AROUND)), most, "Logarithmic") if most <= _LARGEST else None
        )
    low, high = _decades(value), _decades(value, up=True)
    if value < 1 and any(part in name.lower() for part in _BELOW_ONE):
        high = min(high, max(_AT_MOST, (1 + value) / 2))
    if value <= 1 and _LIKE_ONE.search(name.lower()):
        high = min(high, 1.0)
    usable = 0 < low < high < math.inf and low >= 1e-300
    return Continuous(name, low, high, "Logarithmic") if usable else None


def _decades(value: float, *, up: bool = False) -> float:
    """A bound of a range, rounded to the digits that a person would write."""
    return float(f"{value * _AROUND if up else value / _AROUND:.6g}")
