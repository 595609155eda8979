from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.control.autotune import choose, frameworks_of, propose, strategy_for, trials_for
from tunesmith.control.common_ranges import Framework
from tunesmith.core.space import Categorical, Continuous, Integer, Parameter, Space, Value


def proposed(name: str, example: Value, *frameworks: Framework) -> Parameter | None:
    proposal = propose(name, example, frameworks)
    return None if proposal is None else proposal.parameter


@pytest.mark.parametrize(
    ("name", "example", "expected"),
    [
        ("lr", "0.001", Continuous("lr", 1e-5, 0.1, "Logarithmic")),
        ("batch-size", "64", Integer("batch-size", 16, 512, "Logarithmic")),
        ("C", "1.0", Continuous("C", 2**-5, 2**15, "Logarithmic")),
        ("max_depth", 6, Integer("max_depth", 1, 15, "Linear")),
        ("weight_decay", "0", Continuous("weight_decay", 1e-6, 0.1, "Logarithmic")),  # 0 is where it leads
    ],
)
def test_a_common_name_has_a_common_range(name: str, example: Value, expected: Parameter) -> None:
    assert proposed(name, example) == expected


@pytest.mark.parametrize(
    ("name", "example", "expected"),
    [
        ("lr", "5.0", Continuous("lr", 0.5, 50.0, "Logarithmic")),  # outside the common range
        ("mine", 2.5, Continuous("mine", 0.25, 25.0, "Logarithmic")),
        ("mine", 20, Integer("mine", 2, 200, "Logarithmic")),
        ("mine", "3", Integer("mine", 1, 30, "Logarithmic")),
        ("mine", "0.0", Continuous("mine", 0.0, 1.0, "Linear")),
        ("mine", 0, Integer("mine", 0, 1)),
        ("my_rate", 0.5, Continuous("my_rate", 0.05, 0.9999, "Logarithmic")),
        ("my_rate", 0.02, Continuous("my_rate", 0.002, 0.2, "Logarithmic")),
        ("my_fraction", "1.0", Continuous("my_fraction", 0.1, 1.0, "Logarithmic")),
        ("nesterov", True, Categorical("nesterov", (True, False))),
        ("nesterov", "true", Categorical("nesterov", ("true", "false"))),
        ("nesterov", "False", Categorical("nesterov", ("True", "False"))),
    ],
)
def test_another_name_has_a_range_around_its_example(name: str, example: Value, expected: Parameter) -> None:
    assert proposed(name, example) == expected


@pytest.mark.parametrize("name", ["epochs", "n-epochs", "seed", "random_state", "num_workers", "logInterval"])
def test_how_much_and_where_is_not_tuned(name: str) -> None:
    assert proposed(name, "10") is None


@pytest.mark.parametrize("example", ["adam", "", "-1", -0.5, math.inf, "nan", "1_0", 10**30, 1e-305, "٣"])
def test_what_is_no_number_from_zero_on_is_not_tuned(example: Value) -> None:
    assert proposed("mine", example) is None


def test_where_only_whole_numbers_will_do_a_common_range_of_others_will_not() -> None:
    whole = propose("momentum", 1, whole=True)
    assert whole is not None
    assert whole.parameter == Integer("momentum", 1, 10, "Logarithmic")


def test_the_framework_decides_what_a_name_means() -> None:
    assert proposed("gamma", "0.1", "sklearn") == Continuous("gamma", 2**-15, 8.0, "Logarithmic")
    assert proposed("gamma", "0.1", "sagemaker-xgboost") == Continuous("gamma", 0.0, 5.0, "Linear")


@given(st.text(max_size=12), st.one_of(st.integers(), st.floats(), st.booleans(), st.text(max_size=8)))
def test_every_proposal_is_a_range_with_its_example(name: str, example: Value) -> None:
    proposal = propose(name, example)
    if proposal is None:
        return
    parameter = proposal.parameter
    assert parameter.name == name
    assert proposal.source
    if not isinstance(parameter, Categorical):
        value = float(example)
        assert parameter.low < parameter.high
        assert value == 0 or parameter.low <= value <= parameter.high


def test_what_is_not_tuned_stays_as_it_was_given() -> None:
    chosen = choose({"epochs": "10", "lr": "0.01", "optimizer": "adam"})
    assert [parameter.name for parameter in chosen.parameters] == ["lr"]
    assert chosen.fixed == {"epochs": "10", "optimizer": "adam"}


def test_common_names_come_first_where_there_are_too_many() -> None:
    chosen = choose({"mine": "1", "lr": "0.01", "yours": "2", "dropout": "0.1"}, most=3)
    assert [parameter.name for parameter in chosen.parameters] == ["mine", "lr", "dropout"]
    assert chosen.fixed == {"yours": "2"}


def space(count: int) -> Space:
    return Space(Continuous(f"x{number}", 0.0, 1.0) for number in range(count))


def test_training_jobs_grow_with_the_parameters_within_bounds() -> None:
    assert [trials_for(space(count)) for count in (1, 2, 5, 30)] == [20, 20, 50, 100]
    assert trials_for(Space([Categorical("a", (1, 2, 3))])) == 3


def test_a_small_grid_is_searched_whole() -> None:
    small = Space([Categorical("a", (1, 2, 3))])
    assert strategy_for(small, 3) == "Grid"
    assert strategy_for(small, 2) == "Bayesian"
    assert strategy_for(space(2), None) == "Bayesian"


def test_frameworks_are_told_by_modules() -> None:
    assert frameworks_of({"sklearn.svm", "torch.nn", "os"}) == ["neural", "sklearn"]
