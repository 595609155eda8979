"""Ranges that are commonly searched, by the name of a hyperparameter: a table, and where its figures come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tunesmith.core.space import Scale

Framework: TypeAlias = Literal["sagemaker-xgboost", "xgboost", "lightgbm", "sklearn", "neural"]
"""Who gives a name its meaning: `neural` stands for Keras and PyTorch, the first for the built-in algorithm."""

SAGEMAKER = "SageMaker's page 'Tune an XGBoost Model', recommended ranges"
AUTO_SKLEARN = "the search spaces of auto-sklearn (Feurer et al. 2015)"
LCBENCH = "LCBench / Auto-PyTorch (Zimmer, Lindauer, Hutter 2021)"
HPOBENCH = "HPOBench (Eggensperger et al. 2021)"
OPTUNA_LIGHTGBM = "Optuna's LightGBM tuner and its examples"
PROBST = "Probst, Boulesteix, Bischl: Tunability (2019)"
BENGIO = "Bengio: Practical recommendations for gradient-based training (2012)"
ADAM = "around the defaults of Kingma, Ba: Adam (2015)"


@dataclass(frozen=True)
class CommonRange:
    """The range in which a hyperparameter is commonly searched."""

    low: float
    high: float
    scale: Scale
    whole: bool  # whole numbers
    source: str


def look_up(name: str, frameworks: Sequence[Framework] = ()) -> Iterator[CommonRange]:
    """Give what a name stands for: first in these frameworks, then in the others, in the order of the table.

    Names are compared without case, and with `-`, `.` and `_` alike. The built-in algorithm's are not for others.
    """
    key = normal(name)
    others = [f for f in _TABLE if f not in frameworks and f != "sagemaker-xgboost"]
    for framework in (*frameworks, *others):
        if key in _TABLE[framework]:
            yield _TABLE[framework][key]


def known_names(framework: Framework) -> list[str]:
    """The names that the table has for a framework."""
    return list(_TABLE[framework])


def normal(name: str) -> str:
    """A name as the table spells it."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"[-. ]+", "_", words).strip("_").lower()


def _linear(low: float, high: float, source: str) -> CommonRange:
    return CommonRange(low, high, "Linear", whole=False, source=source)


def _log(low: float, high: float, source: str) -> CommonRange:
    return CommonRange(low, high, "Logarithmic", whole=False, source=source)


def _whole(low: int, high: int, source: str) -> CommonRange:
    return CommonRange(low, high, "Linear", whole=True, source=source)


def _log_whole(low: int, high: int, source: str) -> CommonRange:
    return CommonRange(low, high, "Logarithmic", whole=True, source=source)


def _named(*rows: tuple[str, CommonRange]) -> dict[str, CommonRange]:
    return {name: found for names, found in rows for name in names.split()}


_TABLE: dict[Framework, dict[str, CommonRange]] = {
    # The most influential first: where there are too many, the last ones are left out. Wider than recommended only
    # where noted.
    "sagemaker-xgboost": _named(
        ("eta", _log(0.01, 0.5, f"{SAGEMAKER}; from 0.01 instead of 0.1, as few steps of 0.1 overshoot")),
        ("max_depth", _whole(1, 10, f"{SAGEMAKER}; without 0, which is no limit")),
        ("min_child_weight", _linear(0, 120, SAGEMAKER)),
        ("subsample", _linear(0.5, 1, SAGEMAKER)),
        ("alpha", _linear(0, 1000, SAGEMAKER)),
        ("lambda", _linear(0, 1000, SAGEMAKER)),
        ("gamma", _linear(0, 5, SAGEMAKER)),
        ("colsample_bytree", _linear(0.5, 1, SAGEMAKER)),
        ("colsample_bylevel colsample_bynode", _linear(0.1, 1, SAGEMAKER)),
        ("max_delta_step", _linear(0, 10, SAGEMAKER)),
        ("num_round", _log_whole(10, 1000, f"{SAGEMAKER}; 10 to 1000 of 1 to 4000, which cost too much")),
    ),
    "neural": _named(
        ("learning_rate lr init_lr base_lr initial_lr max_lr", _log(1e-5, 1e-1, f"{LCBENCH}; down to 1e-5")),
        ("weight_decay wd l2 l2_reg l2_regularization", _log(1e-6, 1e-1, f"{LCBENCH}; down to 1e-6")),
        ("batch_size train_batch_size per_device_train_batch_size bs", _log_whole(16, 512, LCBENCH)),
        ("momentum", _linear(0.1, 0.99, LCBENCH)),
        ("dropout dropout_rate drop_rate dropout_prob p_dropout max_dropout", _linear(0, 0.8, LCBENCH)),
        ("num_layers n_layers layers depth hidden_layers num_hidden_layers", _whole(1, 5, LCBENCH)),
        (
            "hidden hidden_size hidden_dim hidden_units units num_units n_units width max_units embedding_dim",
            _log_whole(16, 1024, HPOBENCH),
        ),
        ("beta1 beta_1 adam_beta1", _linear(0.8, 0.99, ADAM)),
        (
            "beta2 beta_2 adam_beta2",
            CommonRange(0.9, 0.9999, "ReverseLogarithmic", whole=False, source=ADAM),
        ),
        ("epsilon eps adam_epsilon", _log(1e-9, 1e-5, ADAM)),
        ("label_smoothing", _linear(0, 0.3, "around 0.1 of Szegedy et al.: Rethinking Inception (2016)")),
        ("warmup_ratio", _linear(0, 0.2, "around 0.06 to 0.1 of Liu et al.: RoBERTa (2019)")),
        ("lr_decay lr_gamma", _linear(0.1, 0.99, BENGIO)),
        ("clip grad_clip max_grad_norm clip_norm", _log(0.1, 10, "around 1 of Pascanu et al. (2013)")),
    ),
    "xgboost": _named(
        ("eta learning_rate", _log(0.001, 1, PROBST)),
        ("max_depth", _whole(1, 15, PROBST)),
        ("min_child_weight", _log(1, 128, PROBST)),
        ("subsample", _linear(0.1, 1, PROBST)),
        ("colsample_bytree colsample_bylevel colsample_bynode", _linear(0.1, 1, PROBST)),
        ("lambda reg_lambda", _log(2**-10, 2**10, PROBST)),
        ("alpha reg_alpha", _log(2**-10, 2**10, PROBST)),
        ("gamma min_split_loss", _linear(0, 5, SAGEMAKER)),
        ("num_round num_boost_round n_estimators nrounds rounds", _log_whole(10, 2000, PROBST)),
        ("max_delta_step", _linear(0, 10, SAGEMAKER)),
        ("max_leaves", _log_whole(2, 256, OPTUNA_LIGHTGBM)),
    ),
    "lightgbm": _named(
        ("learning_rate shrinkage_rate eta", _log(0.005, 0.3, OPTUNA_LIGHTGBM)),
        ("num_leaves max_leaves", _log_whole(2, 256, OPTUNA_LIGHTGBM)),
        ("feature_fraction colsample_bytree", _linear(0.4, 1, OPTUNA_LIGHTGBM)),
        ("bagging_fraction subsample", _linear(0.4, 1, OPTUNA_LIGHTGBM)),
        ("bagging_freq subsample_freq", _whole(1, 7, OPTUNA_LIGHTGBM)),
        ("lambda_l1 lambda_l2 reg_alpha reg_lambda", _log(1e-8, 10, OPTUNA_LIGHTGBM)),
        ("min_child_samples min_data_in_leaf", _log_whole(5, 100, OPTUNA_LIGHTGBM)),
        ("num_iterations num_boost_round n_estimators num_round", _log_whole(10, 2000, PROBST)),
        ("max_depth", _whole(1, 15, PROBST)),
    ),
    "sklearn": _named(
        ("c", _log(2**-5, 2**15, AUTO_SKLEARN)),
        ("gamma", _log(2**-15, 2**3, AUTO_SKLEARN)),
        ("alpha", _log(1e-7, 1e-1, AUTO_SKLEARN)),
        ("learning_rate_init", _log(1e-4, 0.5, AUTO_SKLEARN)),
        ("learning_rate", _log(0.01, 1, AUTO_SKLEARN)),
        ("eta0", _log(1e-7, 1e-1, AUTO_SKLEARN)),
        ("l1_ratio", _linear(0, 1, AUTO_SKLEARN)),
        ("power_t", _linear(0.01, 1, AUTO_SKLEARN)),
        ("n_estimators num_trees n_trees", _log_whole(10, 1000, PROBST)),
        ("max_depth", _whole(1, 20, AUTO_SKLEARN)),
        ("min_samples_split", _whole(2, 20, AUTO_SKLEARN)),
        ("min_samples_leaf", _whole(1, 20, AUTO_SKLEARN)),
        ("max_features", _linear(0.05, 1, AUTO_SKLEARN)),
        ("max_samples", _linear(0.1, 1, PROBST)),
        ("max_leaf_nodes", _log_whole(3, 2047, AUTO_SKLEARN)),
        ("subsample", _linear(0.1, 1, PROBST)),
        ("l2_regularization", _log(1e-10, 1, AUTO_SKLEARN)),
        ("n_neighbors k", _log_whole(1, 100, AUTO_SKLEARN)),
        ("degree", _whole(2, 5, AUTO_SKLEARN)),
        ("coef0", _linear(-1, 1, AUTO_SKLEARN)),
        ("tol", _log(1e-5, 1e-1, AUTO_SKLEARN)),
        ("ccp_alpha", _log(1e-6, 1e-1, "below the errors of small trees, Breiman et al.: CART (1984)")),
        ("hidden_layer_size", _log_whole(16, 264, AUTO_SKLEARN)),
    ),
}
