from typing import get_args

import pytest

from tunesmith.control.common_ranges import CommonRange, Framework, known_names, look_up, normal
from tunesmith.core.space import Continuous, Integer

EVERY = [
    (f, name, found) for f in get_args(Framework) for name in known_names(f) for found in look_up(name, [f])
]


@pytest.mark.parametrize("framework", get_args(Framework))
def test_every_framework_is_in_the_table(framework: Framework) -> None:
    assert known_names(framework)


@pytest.mark.parametrize(("framework", "name", "found"), EVERY)
def test_every_range_is_one_and_has_a_source(framework: Framework, name: str, found: CommonRange) -> None:
    kind = Integer if found.whole else Continuous
    assert kind(name, found.low, found.high, found.scale).low < found.high  # type: ignore[arg-type]
    assert found.source
    assert normal(name) == name
    assert framework in get_args(Framework)


def test_names_are_compared_without_their_spelling() -> None:
    assert normal("learning-rate") == normal("learningRate") == normal("LEARNING_RATE") == "learning_rate"
    assert list(look_up("Batch-Size")) == list(look_up("batch_size"))
    assert list(look_up("no such name")) == []


def test_a_framework_comes_first_and_the_others_after_it() -> None:
    first, *others = look_up("learning_rate", ["lightgbm"])
    assert first.high == 0.3
    assert len(others) == 3


def test_the_built_in_algorithm_has_its_names_for_itself() -> None:
    assert next(look_up("alpha", ["sagemaker-xgboost"])).high == 1000
    assert all(found.high < 1000 or found.scale == "Logarithmic" for found in look_up("alpha"))
