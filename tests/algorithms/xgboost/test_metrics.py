from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics as reference

from tunesmith.algorithms.xgboost.metrics import CLASSIFICATION, REGRESSION, classes

Score = Callable[..., float]
RNG = np.random.default_rng(0)
BINARY = RNG.integers(2, size=50).astype(float), RNG.integers(2, size=50).astype(float)
MULTI = RNG.integers(4, size=80).astype(float), RNG.integers(4, size=80).astype(float)


@pytest.mark.parametrize(
    ("name", "function", "options"),
    [
        ("accuracy", reference.accuracy_score, {}),
        ("balanced_accuracy", reference.balanced_accuracy_score, {}),
        ("f1", reference.f1_score, {"average": "macro"}),
        ("f1_macro", reference.f1_score, {"average": "macro"}),
        ("precision_macro", reference.precision_score, {"average": "macro"}),
        ("precision_micro", reference.precision_score, {"average": "micro"}),
        ("recall_macro", reference.recall_score, {"average": "macro"}),
        ("recall_micro", reference.recall_score, {"average": "micro"}),
    ],
)
def test_agrees_with_scikit_learn(name: str, function: Score, options: dict[str, str]) -> None:
    for labels, predicted in (BINARY, MULTI):
        assert CLASSIFICATION[name](labels, predicted) == pytest.approx(
            function(labels, predicted, **options)
        )


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("f1_binary", reference.f1_score),
        ("precision", reference.precision_score),
        ("recall", reference.recall_score),
    ],
)
def test_of_class_one_agrees_with_scikit_learn(name: str, function: Score) -> None:
    assert CLASSIFICATION[name](*BINARY) == pytest.approx(function(*BINARY))


def test_a_class_that_nobody_predicts_or_has_counts_zero() -> None:
    labels, predicted = np.array([0.0, 0.0, 1.0]), np.zeros(3)
    assert CLASSIFICATION["precision"](labels, predicted) == 0.0
    assert CLASSIFICATION["f1_binary"](labels, predicted) == 0.0
    assert CLASSIFICATION["recall"](np.zeros(2), np.zeros(2)) == 0.0


def test_regression_agrees_with_scikit_learn() -> None:
    labels, predicted = RNG.normal(size=30), RNG.normal(size=30)
    assert REGRESSION["mse"](labels, predicted) == pytest.approx(
        reference.mean_squared_error(labels, predicted)
    )
    assert REGRESSION["r2"](labels, predicted) == pytest.approx(reference.r2_score(labels, predicted))


def test_classes_of_probabilities_and_of_columns() -> None:
    assert classes(np.array([0.2, 0.5, 0.7])).tolist() == [0.0, 0.0, 1.0]
    assert classes(np.array([[0.1, 0.9, 0.0], [0.5, 0.2, 0.3]])).tolist() == [1.0, 0.0]
