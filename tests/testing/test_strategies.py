"""Strategies with one fault each: the contract suite must find every one of them."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.core.history import History
from tunesmith.core.space import Config, Space
from tunesmith.strategies.random import Random
from tunesmith.strategies.registry import Strategy
from tunesmith.testing.strategies import SPACES, StrategyContract, accepts

Suggest = Callable[[Space, History, int, int], list[Config]]
CONTRACT = StrategyContract()
SPACE = SPACES["mixed"]


class Faulty:
    def __init__(self, suggest: Suggest) -> None:
        self._suggest = suggest

    def suggest(self, space: Space, history: History, count: int, seed: int) -> list[Config]:
        return self._suggest(space, history, count, seed)

    def check(self, space: Space) -> None:
        Random().check(space)


def outside(space: Space, history: History, count: int, seed: int) -> list[Config]:
    return [{**config, "depth": 13} for config in Random().suggest(space, history, count, seed)]


def too_many(space: Space, history: History, count: int, seed: int) -> list[Config]:
    return Random().suggest(space, history, count + 1, seed)


def always_the_same(space: Space, history: History, count: int, seed: int) -> list[Config]:  # noqa: ARG001 - the fault
    return list(space.decode([[0.5] * len(space)] * count))


def global_randomness(space: Space, history: History, count: int, seed: int) -> list[Config]:  # noqa: ARG001 - the fault
    return list(space.decode(np.random.random((count, len(space)))))  # noqa: NPY002 - the fault


def seeds_the_world(space: Space, history: History, count: int, seed: int) -> list[Config]:
    random.seed(seed)
    return Random().suggest(space, history, count, seed)


def wrong_types(space: Space, history: History, count: int, seed: int) -> list[Config]:
    return [
        {name: float(v) if isinstance(v, int) else v for name, v in config.items()}
        for config in Random().suggest(space, history, count, seed)
    ]


def shared_state() -> Suggest:
    kept: list[Config] = []

    def suggest(space: Space, history: History, count: int, seed: int) -> list[Config]:
        kept.extend(Random().suggest(space, history, count, seed) if not kept else [])
        return kept[:count]

    return suggest


@pytest.mark.parametrize(
    ("suggest", "test"),
    [
        (outside, CONTRACT.test_suggests_as_many_as_asked_for_inside_the_space),
        (wrong_types, CONTRACT.test_suggests_as_many_as_asked_for_inside_the_space),
        (too_many, CONTRACT.test_suggests_nothing_when_asked_for_nothing),
        (always_the_same, CONTRACT.test_runs_of_parallel_trials_try_nothing_twice),
        (global_randomness, CONTRACT.test_same_arguments_same_answer),
        (global_randomness, CONTRACT.test_leaves_the_global_random_states_alone),
        (seeds_the_world, CONTRACT.test_leaves_the_global_random_states_alone),
        (shared_state(), CONTRACT.test_changing_a_suggestion_changes_no_later_one),
    ],
)
def test_a_fault_is_found(suggest: Suggest, test: Callable[[Strategy, Space], None]) -> None:
    test(Random(), SPACE)
    with pytest.raises((AssertionError, ValueError)):
        test(Faulty(suggest), SPACE)


def test_a_strategy_that_refuses_a_space_does_not_accept_it() -> None:
    class Picky(Faulty):
        def check(self, space: Space) -> None:
            msg = f"{space.names[0]}: no"
            raise ValueError(msg)

    assert accepts(Random(), SPACE)
    assert not accepts(Picky(outside), SPACE)
