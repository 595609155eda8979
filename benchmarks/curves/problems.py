"""Trainings whose learning curves are recorded: real ones, on the data sets that scikit-learn brings or generates."""

# ruff: noqa: PLC0415 - packages are imported only where they are used

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from tunesmith.core.space import Config, Continuous, Integer, Space

EPOCHS = 27
"""Values in every curve; rungs of successive halving with a factor of 3 fall on 1, 3, 9 and 27."""

ROUNDS = 3
"""Boosting rounds that count as an epoch."""

_WORST_LOSS = (
    10.0  # of a model that learns by epochs; a diverged one would otherwise set the scale of everything
)

Split = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Measure = Callable[[Any, np.ndarray, np.ndarray], float]  # of a model on held-out data; lower is better


@dataclass(frozen=True)
class Problem:
    """A training to tune: its losses on held-out data, lower is better."""

    name: str
    space: Space
    train: Callable[[Config, Split], list[float]]  # the loss after each epoch
    dataset: str

    def curve(self, config: Config) -> list[float]:
        """Train to the end; the loss after each of `EPOCHS` epochs."""
        return self.train(config, _split(self.dataset))


@lru_cache
def _split(name: str) -> Split:
    """The data in a fixed order, scaled: two thirds to train on, one third to validate on."""
    x, y = _data(name)
    order = np.random.default_rng(0).permutation(len(x))[:1200]
    cut = 2 * len(order) // 3
    train, test = order[:cut], order[cut:]
    mean, deviation = x[train].mean(0), x[train].std(0) + 1e-9
    if _is_regression(y):
        y = (y - y[train].mean()) / y[train].std()
    return (x[train] - mean) / deviation, y[train], (x[test] - mean) / deviation, y[test]


def _data(name: str) -> tuple[np.ndarray, np.ndarray]:
    from sklearn import datasets

    if name == "hastie":
        x, y = datasets.make_hastie_10_2(1200, random_state=0)
        return x, (y > 0).astype(int)
    if name == "friedman":
        x, y = datasets.make_friedman1(1200, noise=1.0, random_state=0)
    else:
        x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return x, y


def _is_regression(y: np.ndarray) -> bool:
    return y.dtype.kind == "f"


def _log_loss(model: Any, x: np.ndarray, labels: np.ndarray) -> float:
    """As scikit-learn computes it: no probability is closer to zero than the machine can tell from it."""
    probabilities = model.predict_proba(x)
    chosen = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chosen, np.finfo(chosen.dtype).eps)).mean())


def _error_rate(model: Any, x: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(model.predict(x) != labels))


def _squared_error(model: Any, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.sqrt(np.mean((model.predict(x) - y) ** 2)))


def _by_epochs(model: Any, split: Split, measure: Measure) -> list[float]:
    x, y, held_x, held_y = split
    losses = []
    rng = np.random.default_rng(1)
    known = {} if _is_regression(y) else {"classes": np.unique(y)}
    for _ in range(EPOCHS):
        order = rng.permutation(len(x))
        with np.errstate(all="ignore"):
            try:
                model.partial_fit(x[order], y[order], **known)
                loss = measure(model, held_x, held_y)
            except ValueError:  # its weights have overflowed
                loss = _WORST_LOSS
        losses.append(min(loss, _WORST_LOSS) if np.isfinite(loss) else _WORST_LOSS)
    return losses


def _perceptron(config: Config, split: Split, measure: Measure = _log_loss) -> list[float]:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    made = MLPRegressor if _is_regression(split[1]) else MLPClassifier
    model = made(
        hidden_layer_sizes=(int(config["width"]),),
        alpha=config["alpha"],
        learning_rate_init=config["learning_rate_init"],
        batch_size=int(config["batch_size"]),
        random_state=0,
    )
    return _by_epochs(model, split, measure)


def _perceptron_error(config: Config, split: Split) -> list[float]:
    return _perceptron(config, split, _error_rate)


def _perceptron_squared(config: Config, split: Split) -> list[float]:
    return _perceptron(config, split, _squared_error)


def _sgd(config: Config, split: Split) -> list[float]:
    from sklearn.linear_model import SGDClassifier

    model = SGDClassifier(
        loss="log_loss",
        penalty="elasticnet",
        alpha=config["alpha"],
        l1_ratio=config["l1_ratio"],
        learning_rate="invscaling",
        eta0=config["eta0"],
        power_t=config["power_t"],
        random_state=0,
    )
    return _by_epochs(model, split, _log_loss)


def _xgboost(config: Config, split: Split) -> list[float]:
    import xgboost

    x, y, held_x, held_y = split
    result: dict[str, Any] = {}
    xgboost.train(
        {**config, **_xgboost_objective(y), "nthread": 1, "seed": 0},
        xgboost.DMatrix(x, y),
        EPOCHS * ROUNDS,
        evals=[(xgboost.DMatrix(held_x, held_y), "held")],
        evals_result=result,
        verbose_eval=False,
    )
    (losses,) = result["held"].values()
    return [float(loss) for loss in losses[ROUNDS - 1 :: ROUNDS]]


def _xgboost_objective(y: np.ndarray) -> dict[str, Any]:
    if _is_regression(y):
        return {"objective": "reg:squarederror", "eval_metric": "rmse"}
    if y.max() == 1:
        return {"objective": "binary:logistic", "eval_metric": "logloss"}
    return {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": int(y.max()) + 1}


def _lightgbm(config: Config, split: Split) -> list[float]:
    import lightgbm

    x, y, held_x, held_y = split
    is_regression = _is_regression(y)
    result: dict[str, Any] = {}
    lightgbm.train(
        {
            **config,
            "objective": "regression" if is_regression else "binary",
            "metric": "rmse" if is_regression else "binary_logloss",
            "bagging_freq": 1,
            "num_threads": 1,
            "seed": 0,
            "verbosity": -1,
        },
        (data := lightgbm.Dataset(x, y, params={"verbosity": -1})),
        EPOCHS * ROUNDS,
        valid_sets=[lightgbm.Dataset(held_x, held_y, reference=data)],
        valid_names=["held"],
        callbacks=[lightgbm.record_evaluation(result)],
    )
    (losses,) = result["held"].values()
    return [float(loss) for loss in losses[ROUNDS - 1 :: ROUNDS]]


def _boosting(config: Config, split: Split) -> list[float]:
    from sklearn.ensemble import HistGradientBoostingRegressor

    x, y, held_x, held_y = split
    model = HistGradientBoostingRegressor(
        **config, max_iter=EPOCHS * ROUNDS, early_stopping=False, random_state=0
    ).fit(x, y)
    losses = [
        float(np.sqrt(np.mean((predicted - held_y) ** 2))) for predicted in model.staged_predict(held_x)
    ]
    return losses[ROUNDS - 1 :: ROUNDS]


_PERCEPTRON = Space(
    [
        Integer("width", 8, 128, "Logarithmic"),
        Continuous("alpha", 1e-6, 10.0, "Logarithmic"),
        Continuous("learning_rate_init", 1e-4, 0.3, "Logarithmic"),
        Integer("batch_size", 16, 256, "Logarithmic"),
    ]
)
_SGD = Space(
    [
        Continuous("alpha", 1e-7, 1.0, "Logarithmic"),
        Continuous("l1_ratio", 0.0, 1.0, "Linear"),
        Continuous("eta0", 1e-5, 1.0, "Logarithmic"),
        Continuous("power_t", 0.01, 0.9, "Linear"),
    ]
)
_XGBOOST = Space(
    [
        Continuous("eta", 1e-3, 1.0, "Logarithmic"),
        Integer("max_depth", 1, 10, "Linear"),
        Continuous("min_child_weight", 0.1, 100.0, "Logarithmic"),
        Continuous("subsample", 0.2, 1.0, "Linear"),
    ]
)
_LIGHTGBM = Space(
    [
        Continuous("learning_rate", 1e-3, 1.0, "Logarithmic"),
        Integer("num_leaves", 2, 64, "Logarithmic"),
        Integer("min_data_in_leaf", 1, 60, "Logarithmic"),
        Continuous("bagging_fraction", 0.2, 1.0, "Linear"),
    ]
)
_BOOSTING = Space(
    [
        Continuous("learning_rate", 1e-3, 1.0, "Logarithmic"),
        Integer("max_leaf_nodes", 2, 64, "Logarithmic"),
        Integer("min_samples_leaf", 1, 60, "Logarithmic"),
        Continuous("l2_regularization", 1e-3, 100.0, "Logarithmic"),
    ]
)

PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem("perceptron digits", _PERCEPTRON, _perceptron, "digits"),
        Problem("xgboost cancer", _XGBOOST, _xgboost, "breast_cancer"),
        Problem("lightgbm diabetes", _LIGHTGBM, _lightgbm, "diabetes"),
        Problem("sgd digits", _SGD, _sgd, "digits"),
        Problem("xgboost diabetes", _XGBOOST, _xgboost, "diabetes"),
        Problem("lightgbm cancer", _LIGHTGBM, _lightgbm, "breast_cancer"),
        Problem("perceptron cancer", _PERCEPTRON, _perceptron, "breast_cancer"),
        Problem("xgboost digits", _XGBOOST, _xgboost, "digits"),
        Problem("sgd cancer", _SGD, _sgd, "breast_cancer"),
        Problem("perceptron diabetes", _PERCEPTRON, _perceptron_squared, "diabetes"),
        Problem("lightgbm hastie", _LIGHTGBM, _lightgbm, "hastie"),
        Problem("perceptron hastie error", _PERCEPTRON, _perceptron_error, "hastie"),
        Problem("boosting friedman", _BOOSTING, _boosting, "friedman"),
    )
}
"""By name, those that `--short` takes first."""
