"""What is chosen when it is left open."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import tunesmith
from tunesmith import Categorical, Continuous, Integer, Price, Tuner, auto
from tunesmith.core.tuning_job import Limits
from tunesmith.sdk.chosen import searched


def test_a_range_is_chosen_by_name_and_example() -> None:
    assert auto("learning_rate", 0.1).name == "learning_rate"
    assert auto("bumps", 50) == Integer("bumps", 5, 500, "Logarithmic")
    assert auto("shuffle", True) == Categorical("shuffle", (True, False))  # noqa: FBT003 -- an example
    with pytest.raises(ValueError, match="seed: there is no range to choose for the example 1"):
        auto("seed", 1)


def test_examples_give_ranges_and_the_rest_stays() -> None:
    found = searched({"learning_rate": 0.1, "width": 50, "seed": 7})
    assert found.space.names == ("learning_rate", "width")
    assert found.fixed == {"seed": 7}
    assert found.limits(None, 2, None, None) == Limits(20, 2)
    assert found.limits(5, 2, None, None) == Limits(5, 2)
    assert (found.strategy(None, Limits(20)), found.strategy("Random", Limits(20))) == ("Bayesian", "Random")
    assert (found.stopping(None, is_staged=False), found.stopping(None, is_staged=True)) == ("median", None)


def test_a_small_grid_is_gone_through() -> None:
    found = searched({"shuffle": True, "augment": False})
    limits = found.limits(None, 1, None, None)
    assert (limits.trials, found.strategy(None, limits)) == (4, "Grid")


def test_nothing_is_chosen_for_a_space() -> None:
    found = searched([Continuous("x", 0.0, 1.0)])
    assert (found.strategy(None, Limits(20)), found.stopping(None, is_staged=False)) == ("Bayesian", None)
    with pytest.raises(ValueError, match="give trials, seconds or both"):
        found.limits(None, 1, None, None)


@pytest.mark.parametrize(
    ("space", "error", "message"),
    [
        ({}, ValueError, "no range to choose for any of no examples"),
        ({"seed": 1}, ValueError, "no range to choose for any of seed"),
        ({"x": Continuous("x", 0.0, 1.0)}, TypeError, "the values of a mapping must be examples"),
        ({"x": (0.0, 1.0)}, TypeError, "the values of a mapping must be examples"),
    ],
)
def test_what_is_no_example_is_refused(space: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        searched(space)


def test_a_function_is_tuned_from_examples_alone() -> None:
    seen: list[dict[str, Any]] = []

    def function(config: dict[str, Any]) -> float:
        seen.append(config)
        return float(config["dropout"])

    result = tunesmith.minimize(function, {"dropout": 0.2, "epochs": 3}, seed=1)
    assert (len(result.trials), result.strategy) == (20, "Bayesian")
    assert result.space is not None
    assert result.space.names == ("dropout",)
    assert {config["epochs"] for config in seen} == {3}


def test_a_budget_bounds_processes_and_needs_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "priced.py").write_text("def train(config):\n    return config['x']\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    train = importlib.import_module("priced").train
    space = [Continuous("x", 0.0, 1.0)]
    budget: dict[str, Any] = {"budget": 1.0, "price": Price(cpu_hour=1.0)}
    with pytest.raises(ValueError, match="budget: needs workers='processes'"):
        tunesmith.minimize(train, space, 2, **budget)
    result = tunesmith.minimize(train, space, 2, strategy="Random", workers="processes", **budget)
    assert len(result.trials) == 2


def test_a_tuner_takes_examples_money_and_waiting(tmp_path: Path) -> None:
    tuner = Tuner(
        space={"learning_rate": 0.1, "epochs": 3},
        command=["true"],
        objective="loss",
        budget=9.0,
        price=Price(cpu_hour=1.0),
        wait_seconds=60.0,
        directory=tmp_path,
    )
    job = tuner._job()
    assert (job.space.names, job.hyperparameters) == (("learning_rate",), {"epochs": 3})
    assert (job.limits, job.price) == (Limits(budget=9.0), Price(cpu_hour=1.0))
    assert (job.strategy, job.stopping, job.max_wait_seconds) == ("Bayesian", "median", 60.0)
