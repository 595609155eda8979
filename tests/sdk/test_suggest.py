from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tunesmith import Categorical, Continuous, Integer, Space, suggest
from tunesmith.strategies import registry

SPACE = Space([Continuous("x", 0, 1), Integer("n", 1, 5), Categorical("kind", ("a", "b"))])
HISTORY: list[tuple[dict[str, Any], float | None]] = [
    ({"x": 0.1 * i, "n": 1 + i % 5, "kind": "ab"[i % 2]}, (0.1 * i - 0.3) ** 2) for i in range(8)
]


@pytest.mark.parametrize("strategy", registry.names())
def test_suggestions_are_inside_distinct_and_repeatable(strategy: str) -> None:
    space = Space([Integer("n", 1, 50), Categorical("kind", ("a", "b"))])  # Grid takes no real numbers
    history = [({"n": 1 + i, "kind": "a"}, float(i)) for i in range(5)]
    proposals = suggest(space, history, count=4, strategy=strategy, seed=1)
    assert len(proposals) == 4
    for config in proposals:
        space.check(config)
    assert len({space.key(config) for config in proposals}) == 4
    assert proposals == suggest(space, history, count=4, strategy=strategy, seed=1)


def test_a_loop_of_ones_own_finds_the_minimum() -> None:
    history: list[tuple[dict[str, Any], float]] = []
    for _ in range(20):
        [config] = suggest([Continuous("x", 0, 1)], history, seed=3)
        history.append((config, (config["x"] - 0.7) ** 2))
    assert min(value for _, value in history) < 1e-3


def test_without_a_seed_one_is_drawn() -> None:
    drawn = {suggest(SPACE, [], strategy="Random")[0]["x"] for _ in range(5)}
    assert len(drawn) == 5


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, np.float32("nan")])
def test_failed_trials_are_taken_and_not_proposed_again(value: Any) -> None:
    space = [Categorical("kind", ("a", "b", "c"))]
    history = [({"kind": "a"}, 1.0), ({"kind": "b"}, value)]
    assert suggest(space, history, strategy="Bayesian", seed=1) == [{"kind": "c"}]


def test_pending_ones_are_not_proposed_again() -> None:
    space = [Categorical("kind", ("a", "b", "c"))]
    proposals = suggest(space, [({"kind": "a"}, 1.0)], count=1, seed=1, pending=[{"kind": "c"}])
    assert proposals == [{"kind": "b"}]


def test_fewer_come_when_there_are_no_more() -> None:
    space = [Integer("n", 1, 3)]
    assert len(suggest(space, [({"n": 1}, 0.0)], count=10, strategy="Grid", seed=0)) < 10


def test_numpy_values_are_taken() -> None:
    history = [({"x": np.float64(0.5), "n": np.int64(3), "kind": np.str_("a")}, np.float32(0.5))]
    assert len(suggest(SPACE, history, seed=1)) == 1


def test_the_caller_may_change_what_it_was_given() -> None:
    first = suggest(SPACE, HISTORY, count=2, seed=1)
    expected = [dict(config) for config in first]
    first[0].clear()
    assert suggest(SPACE, HISTORY, count=2, seed=1) == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"history": [({"x": 2, "n": 1, "kind": "a"}, 0.0)]}, r"history\[0\].*x: 2 is not"),
        ({"history": [({"x": 0.5}, 0.0)]}, r"history\[0\].*no value for 'n'"),
        ({"pending": [{"x": 0.5, "n": 1, "kind": "z"}]}, r"pending\[0\].*'z' is not one of"),
        ({"count": 0}, "count: must be >= 1, got 0"),
        ({"strategy": "Magic"}, "there is no 'Magic'"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        suggest(**{"space": SPACE, "history": [], **arguments})


def test_a_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match=r"history\[0\].*\[1.0\]"):
        suggest(SPACE, [({"x": 0.5, "n": 1, "kind": "a"}, [1.0])])  # type: ignore[list-item] # what is tested
