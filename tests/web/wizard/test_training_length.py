from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.control.early_stop import EPOCHS
from tunesmith.core.space import Value
from tunesmith.web.wizard.training_length import TrainingLength, training_length


@pytest.mark.parametrize(
    "name", [*EPOCHS, "numEpochs", "num_train_epochs", "Max-Iter", "max_steps", "num_round", "n_estimators"]
)
def test_usual_names(name: str) -> None:
    assert training_length({"depth": 2, name: 3}) == TrainingLength(name, 3)


@pytest.mark.parametrize("name", ["warmup_epochs", "eval_steps", "early_stopping_rounds", "depth"])
def test_names_of_something_else(name: str) -> None:
    assert training_length({name: 3}) is None


def test_epochs_tell_more_than_steps() -> None:
    assert training_length({"steps": 5, "epochs": 50}) == TrainingLength("epochs", 50)
    assert training_length({"max_steps": 5, "epochs": -1}) == TrainingLength("max_steps", 5)


@pytest.mark.parametrize(("value", "count"), [("3", 3), ('"3"', 3), (2.5, 2.5), ("1e3", 1000)])
def test_numbers_in_any_form(value: Value, count: float) -> None:
    assert training_length({"epochs": value}) == TrainingLength("epochs", count)


@pytest.mark.parametrize("value", [True, 0, -1, "", "auto", "nan"])
def test_what_is_no_length(value: Value) -> None:
    assert training_length({"epochs": value}) is None


@given(st.text() | st.integers() | st.floats() | st.booleans())
def test_any_value_is_a_length_or_none(value: Value) -> None:
    found = training_length({"epochs": value})
    assert found is None or (found.count >= 1 and not math.isnan(found.count))
