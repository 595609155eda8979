"""The hyperparameters of the built-in XGBoost: their names, and their values out of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tunesmith.algorithms.container import AlgorithmError
from tunesmith.algorithms.xgboost.metrics import OWN

_FLOATS = """alpha base_score colsample_bylevel colsample_bynode colsample_bytree eta gamma lambda lambda_bias
    learning_rate max_delta_step min_child_weight min_split_loss rate_drop reg_alpha reg_lambda scale_pos_weight
    skip_drop subsample tweedie_variance_power sketch_eps huber_slope quantile_alpha aft_loss_distribution_scale"""
_INTEGERS = """max_depth max_leaves num_class seed verbosity max_bin num_parallel_tree nthread one_drop
    max_cat_to_onehot refresh_leaf deterministic_histogram"""
_TEXTS = """booster grow_policy normalize_type objective process_type sample_type tree_method updater dsplit
    predictor sampling_method aft_loss_distribution device"""
_JSON = "monotone_constraints interaction_constraints"  # XGBoost reads these texts by itself

_CONVERTERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(_FLOATS.split(), float),
    **dict.fromkeys(_INTEGERS.split(), int),
    **dict.fromkeys((_TEXTS + " " + _JSON).split(), str),
}
_OURS = frozenset({"num_round", "early_stopping_rounds", "csv_weights", "eval_metric"})
_IGNORED = frozenset(
    {"dsplit", "predictor", "sketch_eps", "deterministic_histogram", "save_model_on_termination"}
)
_PLATFORM = ("sagemaker_", "_")  # beginnings of names that are not for the algorithm


@dataclass(frozen=True)
class Hyperparameters:
    """What the user asked for."""

    booster: dict[str, Any]  # XGBoost's own parameters
    rounds: int
    metrics: tuple[str, ...] = ()  # of XGBoost; none: the objective's own
    own_metrics: tuple[str, ...] = ()  # of ours
    early_stopping_rounds: int | None = None
    weighted: bool = False  # the second column of a CSV holds weights


def parse(texts: Mapping[str, str]) -> Hyperparameters:
    """Read hyperparameters. Raises AlgorithmError, naming the one that is wrong and what is allowed."""
    given = {name: text for name, text in texts.items() if not name.startswith(_PLATFORM)}
    unknown = sorted(given.keys() - _CONVERTERS.keys() - _OURS - _IGNORED)
    if unknown:
        msg = f"unknown hyperparameter {unknown[0]!r}; there are {', '.join(sorted(_CONVERTERS.keys() | _OURS))}"
        raise AlgorithmError(msg)
    if "num_round" not in given:
        msg = "the hyperparameter 'num_round', the number of boosting rounds, is required"
        raise AlgorithmError(msg)
    metrics = _metrics(given.get("eval_metric", ""), texts.get("_tuning_objective_metric", ""))
    stopping = given.get("early_stopping_rounds")
    return Hyperparameters(
        booster={
            name: _convert(name, text, _CONVERTERS[name])
            for name, text in given.items()
            if name in _CONVERTERS and name not in _IGNORED
        },
        rounds=_positive("num_round", given["num_round"]),
        metrics=tuple(name for name in metrics if name not in OWN),
        own_metrics=tuple(name for name in metrics if name in OWN),
        early_stopping_rounds=None if stopping is None else _positive("early_stopping_rounds", stopping),
        weighted=given.get("csv_weights") == "1",
    )


def _metrics(asked: str, objective: str) -> list[str]:
    """The metrics to evaluate: those asked for, and the one that a tuning job is after (`validation:NAME`)."""
    names = [name.strip(" '\"") for name in asked.strip("[] ").split(",")]
    _, _, tuned = objective.partition(":")
    return [name for name in dict.fromkeys([*names, tuned]) if name]


def _convert(name: str, text: str, kind: Callable[[str], Any]) -> Any:
    try:
        return kind(text)
    except ValueError:
        what = {float: "a number", int: "a whole number"}[kind]  # type: ignore[index]
        msg = f"the hyperparameter {name!r} must be {what}, got {text!r}"
        raise AlgorithmError(msg) from None


def _positive(name: str, text: str) -> int:
    value: int = _convert(name, text, int)
    if value < 1:
        msg = f"the hyperparameter {name!r} must be at least 1, got {value}"
        raise AlgorithmError(msg)
    return value
