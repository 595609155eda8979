from __future__ import annotations

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.xgboost import check_hyperparameters, check_ranges
from tunesmith.core.space import Categorical, Continuous, Integer, Parameter


@pytest.mark.parametrize(
    ("wrong", "words", "right"),
    [
        (Continuous("learning", 0, 1), "learning: is not tunable .* eta", Continuous("eta", 0, 1)),
        (
            Continuous("eta", 0, 1.5),
            r"eta: \[0.0, 1.5\] must be continuous >= 0 and <= 1",
            Integer("eta", 0, 1),
        ),
        (Continuous("subsample", 0, 1), "continuous > 0 and <= 1", Continuous("subsample", 0.01, 1)),
        (
            Continuous("max_depth", 1, 9),
            "max_depth: must have a range that is integer",
            Integer("max_depth", 0, 9),
        ),
        (Integer("num_round", 0, 9), "integer >= 1", Integer("num_round", 1, 5000)),
        (Categorical("alpha", ("1", "2")), "alpha: must have a range", Integer("alpha", 1, 2)),
        (Continuous("lambda", -1, 9), r"lambda: \[-1.0, 9.0\]", Continuous("lambda", 0, 1e6)),
    ],
)
def test_ranges_are_those_of_the_algorithm(wrong: Parameter, words: str, right: Parameter) -> None:
    with pytest.raises(ValidationError, match=f"^R: .*{words}"):
        check_ranges([wrong], "R")
    check_ranges([right], "R")


def test_all_wrong_ranges_are_told_of() -> None:
    with pytest.raises(ValidationError, match=r"a: .*; b: "):
        check_ranges([Continuous("a", 0, 1), Continuous("b", 0, 1)], "R")


def test_hyperparameters_are_those_of_the_algorithm() -> None:
    check_hyperparameters({"max_depth": "3"}, [Integer("num_round", 1, 9)], "H")
    with pytest.raises(ValidationError, match=r"H: .*'num_round'.* is required"):
        check_hyperparameters({"max_depth": "3"}, [], "H")
    with pytest.raises(ValidationError, match="'max_depht'"):
        check_hyperparameters({"max_depht": "3", "num_round": "1"}, [], "H")
