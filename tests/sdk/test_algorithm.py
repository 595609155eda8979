"""Several functions in one tuning job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tunesmith
from tunesmith import Algorithm, Categorical, Continuous

SVM = Algorithm(lambda c: (c["x"] - 0.3) ** 2, [Continuous("x", 0.0, 1.0)])
TREE = Algorithm(lambda c: 1.0 + c["n"], [Categorical("n", (1, 2, 3))], initial=[{"n": 2}])


def test_algorithms_are_compared_in_one_job() -> None:
    result = tunesmith.minimize({"svm": SVM, "tree": TREE}, trials=14, seed=1, strategy="Random")
    assert {trial.algorithm for trial in result.trials} == {"svm", "tree"}
    assert result.best.algorithm == "svm"
    assert set(result.best.config) == {"x"}
    first, second = result.comparison
    assert (first.name, second.name, first.trials + second.trials) == ("svm", "tree", 14)
    assert first.best == result.best.value
    assert next(t.config for t in result.trials if t.algorithm == "tree") == {"n": 2}
    assert "algorithm = svm" in repr(result)
    assert set(result.to_dataframe()["algorithm"]) == {"svm", "tree"}


@pytest.mark.parametrize(
    ("other", "most"),
    [
        (Algorithm(lambda c: 1.1 + (c["y"] - 0.2) ** 2, [Continuous("y", -1.0, 1.0)]), 40),
        (
            Algorithm(lambda c: 9.0 + c["y"] + 3 * c["z"], [Continuous("y", -1, 1), Continuous("z", -1, 1)]),
            25,
        ),
    ],
    ids=["one that comes near", "one without hope"],
)
def test_they_have_converged_when_neither_may_improve_the_best(other: Algorithm, most: int) -> None:
    line = Algorithm(lambda c: 1.0 + (c["x"] - 0.3) ** 2, [Continuous("x", 0.0, 1.0)])
    result = tunesmith.minimize({"line": line, "other": other}, trials=200, seed=1, converged=True)
    assert result.reason is not None
    assert result.reason.startswith("it has converged: the best can be improved by")
    assert result.best.algorithm == "line"
    assert 20 <= len(result.trials) < most


def test_they_go_on_where_they_were(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'a.db'}"
    arguments: dict[str, Any] = {"seed": 1, "store": store, "name": "both", "strategy": "Random"}
    tunesmith.minimize({"svm": SVM, "tree": TREE}, trials=4, **arguments)
    result = tunesmith.minimize({"svm": SVM, "tree": TREE}, trials=6, **arguments)
    assert [trial.number for trial in result.trials] == [1, 2, 3, 4, 5, 6]
    other = Algorithm(TREE.function, [Categorical("n", (1, 2))])
    with pytest.raises(ValueError, match="definitions: the tuning job 'both' exists with"):
        tunesmith.minimize({"svm": SVM, "tree": other}, trials=6, **arguments)


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        ({}, {}, ValueError, "function: there is no algorithm in the mapping"),
        ({"svm": SVM.function}, {}, TypeError, r"'svm' must be a tunesmith.Algorithm\(function, space\)"),
        ({"svm": SVM}, {"space": SVM.space}, ValueError, "space: each algorithm has its own; leave it out"),
        ({"svm": SVM}, {"initial": [{"x": 0.5}]}, ValueError, "initial: each algorithm has its own"),
        (SVM.function, {}, ValueError, "space: give the parameters to search"),
        ({"s v": SVM}, {}, ValueError, "definitions: the name 's v' must be"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    function: Any, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        tunesmith.minimize(function, trials=3, **arguments)


def test_trials_are_chosen_for_all_of_them() -> None:
    chosen = Algorithm(lambda c: float(c["learning_rate"]), {"learning_rate": 0.1})
    result = tunesmith.minimize({"svm": chosen, "tree": TREE}, seed=1, strategy="Random")
    assert len(result.trials) == 20 + 3
