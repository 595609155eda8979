"""Real training on the data sets that scikit-learn brings: cross-validated losses, cached on disk."""

# ruff: noqa: PLC0415 - packages are imported only where they are used

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.search.problems import Problem

from tunesmith.core.space import Categorical, Config, Continuous, Integer, Space

_CACHE = Path(__file__).parent / ".cache" / "training"

Build = Callable[[Config], Any]


def problems(*, short: bool) -> Iterator[Problem]:
    """Support vector machines, perceptrons, forests and boosted trees, each on its data set."""
    yield _problem("svm digits", "digits", _SVM, _svm, short=short)
    yield _problem("xgboost cancer", "breast_cancer", _XGBOOST, _xgboost, short=short)
    if short:
        return
    yield _problem("lightgbm wine", "wine", _LIGHTGBM, _lightgbm, short=short)
    yield _problem("elastic net diabetes", "diabetes", _ELASTIC, _elastic, short=short)
    yield _problem("perceptron cancer", "breast_cancer", _PERCEPTRON, _perceptron, short=short)
    yield _problem("svm cancer", "breast_cancer", _SVM, _svm, short=short)


def _problem(name: str, dataset: str, space: Space, build: Build, *, short: bool) -> Problem:
    cache = _Cache(_CACHE / f"{name.replace(' ', '-')}.jsonl")

    def truth(config: Config) -> float:
        return cache.get(space.key(config), lambda: _cross_validated(build(config), *_data(dataset)))

    return Problem(name, "training", space, truth, 20 if short else 50)


class _Cache:
    """A file of evaluations, one JSON line each, so that no configuration is ever trained twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self._known: dict[str, float] = dict(json.loads(line) for line in lines)

    def get(self, key: tuple[Any, ...], compute: Callable[[], float]) -> float:
        text = json.dumps(key)
        if text not in self._known:
            self._known[text] = compute()
            with self._path.open("a", encoding="utf-8") as file:
                print(json.dumps([text, self._known[text]]), file=file)
        return self._known[text]


@lru_cache
def _data(name: str) -> tuple[np.ndarray, np.ndarray]:
    from sklearn import datasets

    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    chosen = np.random.default_rng(0).permutation(len(x))[:300]
    return x[chosen], y[chosen]


def _cross_validated(model: Any, x: np.ndarray, y: np.ndarray) -> float:
    """The error over three folds: squared and relative to the variance, or the logarithm of the likelihood."""
    from sklearn.base import is_classifier
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scoring = "neg_log_loss" if is_classifier(model) else "neg_mean_squared_error"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some configurations do not converge: that is part of the problem
        scores = cross_val_score(make_pipeline(StandardScaler(), model), x, y, cv=3, scoring=scoring)
    return float(-scores.mean()) / (1.0 if is_classifier(model) else float(y.var()))


_SVM = Space(
    [
        Continuous("C", 1e-3, 1e3, "Logarithmic"),
        Continuous("gamma", 1e-5, 10.0, "Logarithmic"),
        Categorical("kernel", ("rbf", "poly", "sigmoid")),
        Integer("degree", 2, 5, "Linear"),
        Continuous("coef0", 0.0, 1.0, "Linear"),
    ]
)


def _svm(config: Config) -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import SVC

    return CalibratedClassifierCV(SVC(**config, max_iter=3000), cv=2, ensemble=False)


_XGBOOST = Space(
    [
        Continuous("learning_rate", 1e-3, 1.0, "Logarithmic"),
        Integer("max_depth", 1, 10, "Linear"),
        Continuous("min_child_weight", 1e-2, 30.0, "Logarithmic"),
        Continuous("subsample", 0.2, 1.0, "Linear"),
        Continuous("colsample_bytree", 0.2, 1.0, "Linear"),
        Continuous("reg_lambda", 1e-3, 100.0, "Logarithmic"),
        Continuous("gamma", 1e-4, 10.0, "Logarithmic"),
        Integer("n_estimators", 10, 150, "Logarithmic"),
    ]
)


def _xgboost(config: Config) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(**config, n_jobs=1, random_state=0)


_LIGHTGBM = Space(
    [
        Continuous("learning_rate", 1e-3, 1.0, "Logarithmic"),
        Integer("num_leaves", 2, 64, "Logarithmic"),
        Integer("min_child_samples", 1, 40, "Logarithmic"),
        Continuous("subsample", 0.3, 1.0, "Linear"),
        Continuous("colsample_bytree", 0.3, 1.0, "Linear"),
        Continuous("reg_alpha", 1e-4, 10.0, "Logarithmic"),
        Categorical("boosting_type", ("gbdt", "dart")),
        Integer("n_estimators", 10, 120, "Logarithmic"),
    ]
)


def _lightgbm(config: Config) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(**config, subsample_freq=1, n_jobs=1, random_state=0, verbose=-1)


_ELASTIC = Space(
    [
        Continuous("alpha", 1e-4, 10.0, "Linear"),  # a user who forgot that it wants a logarithm
        Continuous("l1_ratio", 0.0, 1.0, "Linear"),
        Categorical("fit_intercept", (True, False)),
        Categorical("selection", ("cyclic", "random")),
    ]
)


def _elastic(config: Config) -> Any:
    from sklearn.linear_model import ElasticNet

    return ElasticNet(**config, random_state=0)


_PERCEPTRON = Space(
    [
        Continuous("learning_rate_init", 1e-5, 1.0, "Logarithmic"),
        Continuous("alpha", 1e-7, 10.0, "Logarithmic"),
        Integer("hidden_layer_sizes", 2, 64, "Logarithmic"),
        Integer("batch_size", 8, 128, "Logarithmic"),
        Categorical("activation", ("relu", "tanh", "logistic")),
        Categorical("solver", ("adam", "sgd")),
        Continuous("momentum", 0.0, 0.99, "Linear"),
    ]
)


def _perceptron(config: Config) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(**config, max_iter=15, random_state=0)
