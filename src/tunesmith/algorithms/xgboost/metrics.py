"""Metrics that SageMaker's XGBoost has and XGBoost itself has not, computed from predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Metric: TypeAlias = Callable[[Array, Array], float]
"""From labels (n,) and predictions (n,), classes or values, to a number."""


def classes(predictions: Array) -> Array:
    """Turn what a booster predicts into classes: probabilities of class 1, or one column for each class."""
    if predictions.ndim == 2:
        best: Array = np.argmax(predictions, axis=1).astype(np.float64)
        return best
    return (predictions > 0.5).astype(np.float64)


def _accuracy(labels: Array, predicted: Array) -> float:
    return float(np.mean(labels == predicted))


def _precisions(labels: Array, predicted: Array) -> Array:
    """For each class that occurs, the share of its predictions that are right; 0 if there are none."""
    return np.array([_share(labels[predicted == c] == c) for c in np.union1d(labels, predicted)])


def _recalls(labels: Array, predicted: Array) -> Array:
    """For each class that occurs, the share of its rows that were found; 0 if there are none."""
    return np.array([_share(predicted[labels == c] == c) for c in np.union1d(labels, predicted)])


def _f1s(labels: Array, predicted: Array) -> Array:
    precision, recall = _precisions(labels, predicted), _recalls(labels, predicted)
    both = precision + recall
    return np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)


def _balanced_accuracy(labels: Array, predicted: Array) -> float:
    return float(np.mean([_share(predicted[labels == c] == c) for c in np.unique(labels)]))


def _of_class_one(scores: Callable[[Array, Array], Array]) -> Metric:
    def metric(labels: Array, predicted: Array) -> float:
        (positive,) = np.nonzero(np.union1d(labels, predicted) == 1.0)
        return float(scores(labels, predicted)[positive[0]]) if len(positive) else 0.0

    return metric


def _mean(scores: Callable[[Array, Array], Array]) -> Metric:
    return lambda labels, predicted: float(scores(labels, predicted).mean())


def _mse(labels: Array, predicted: Array) -> float:
    return float(np.mean((labels - predicted) ** 2))


def _r2(labels: Array, predicted: Array) -> float:
    spread = float(np.mean((labels - labels.mean()) ** 2))
    return 1.0 - _mse(labels, predicted) / spread if spread > 0 else 0.0


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if len(hits) else 0.0


CLASSIFICATION: dict[str, Metric] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _mean(_f1s),
    "f1_binary": _of_class_one(_f1s),
    "f1_macro": _mean(_f1s),
    "precision": _of_class_one(_precisions),
    "precision_macro": _mean(_precisions),
    "precision_micro": _accuracy,  # over all classes the two are the same
    "recall": _of_class_one(_recalls),
    "recall_macro": _mean(_recalls),
    "recall_micro": _accuracy,
}
"""Metrics of predicted classes."""

REGRESSION: dict[str, Metric] = {"mse": _mse, "r2": _r2}
"""Metrics of predicted values."""

OWN = CLASSIFICATION.keys() | REGRESSION.keys()
"""The names of all of them."""
