from __future__ import annotations

import pytest

from tunesmith.core.space import Continuous, Integer
from tunesmith.core.tuning_job import MetricPattern
from tunesmith.jobfile import builtin


def test_the_users_own_metrics_win() -> None:
    own = [MetricPattern("validation:auc", "auc=(.*)"), MetricPattern("mine", "mine=(.*)")]
    found = builtin.metrics(own)
    assert [each for each in found if each.name == "validation:auc"] == own[:1]
    assert {"train:auc", "validation:rmse"} <= {each.name for each in found}
    assert builtin.own_metrics(found) == own


def test_it_is_told_which_metric_to_print() -> None:
    given = builtin.hyperparameters({"num_round": 3}, "validation:auc")

    assert given == {"num_round": 3, "_tuning_objective_metric": "validation:auc"}
    assert builtin.own_hyperparameters(given) == {"num_round": 3}


def test_ranges_and_fixed_values_are_checked() -> None:
    builtin.check([Continuous("eta", 0.1, 1), Integer("num_round", 1, 9)], {"max_depth": 3})
    with pytest.raises(ValueError, match=r"parameters: eta: \[0.1, 2.0\] must be continuous >= 0 and <= 1"):
        builtin.check([Continuous("eta", 0.1, 2)], {"num_round": 3})
    with pytest.raises(ValueError, match=r"hyperparameters: the hyperparameter 'num_round'.* is required"):
        builtin.check([Continuous("eta", 0.1, 1)], {})
