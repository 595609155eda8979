from __future__ import annotations

import pytest

from tunesmith.algorithms.container import AlgorithmError
from tunesmith.algorithms.xgboost.hyperparameters import parse


def test_values_get_the_types_that_xgboost_wants() -> None:
    parsed = parse({"num_round": "7", "eta": "0.3", "max_depth": "5", "objective": "binary:logistic"})
    assert parsed.rounds == 7
    assert parsed.booster == {"eta": 0.3, "max_depth": 5, "objective": "binary:logistic"}


def test_what_the_platform_adds_is_left_out() -> None:
    parsed = parse({"num_round": "1", "sagemaker_region": "x", "_tuning_objective_metric": "validation:auc"})
    assert parsed.booster == {}
    assert parsed.metrics == ("auc",)


@pytest.mark.parametrize(
    ("text", "metrics", "own"),
    [("auc,error", ("auc", "error"), ()), ("['auc', 'f1']", ("auc",), ("f1",)), ("", (), ())],
)
def test_metrics_may_be_a_list(text: str, metrics: tuple[str, ...], own: tuple[str, ...]) -> None:
    parsed = parse({"num_round": "1", "eval_metric": text})
    assert (parsed.metrics, parsed.own_metrics) == (metrics, own)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({}, "'num_round'.*required"),
        ({"num_round": "0"}, "'num_round' must be at least 1, got 0"),
        ({"num_round": "many"}, "'num_round' must be a whole number, got 'many'"),
        ({"num_round": "1", "eta": "fast"}, "'eta' must be a number, got 'fast'"),
        ({"num_round": "1", "etta": "1"}, "unknown hyperparameter 'etta'; there are .*eta"),
    ],
)
def test_mistakes_are_named(texts: dict[str, str], message: str) -> None:
    with pytest.raises(AlgorithmError, match=message):
        parse(texts)
