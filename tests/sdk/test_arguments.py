from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith import Continuous, Space
from tunesmith.core.tuning_job import _NAME, Transfer
from tunesmith.sdk.arguments import configs_of, draw_seed, fresh_name, plain, space_of, warm_start_of

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)


@given(st.text())
def test_a_fresh_name_is_a_valid_one(stem: str) -> None:
    assert _NAME.fullmatch(fresh_name(stem, NOW))


def test_a_fresh_name_starts_with_what_it_is_for() -> None:
    assert re.fullmatch(r"my-loss-20261125-123000-[0-9a-f]{4}", fresh_name("my_loss", NOW))
    assert fresh_name("", NOW).startswith("tuning-")


def test_a_list_of_parameters_is_a_space() -> None:
    parameters = [Continuous("x", 0, 1)]
    assert space_of(parameters) == space_of(Space(parameters)) == Space(parameters)


@pytest.mark.parametrize("space", [Continuous("x", 0, 1), {"x": (0, 1)}, len])
def test_something_else_than_a_space_is_named(space: Any) -> None:
    with pytest.raises(TypeError, match="space: must be a Space, or a list of"):
        space_of(space)


def test_initial_configurations_are_a_list() -> None:
    config = {"x": 1.0}
    assert configs_of([config]) == (config,)
    with pytest.raises(TypeError, match="initial: must be a list"):
        configs_of(config)  # type: ignore[arg-type] # the mistake


@pytest.mark.parametrize(
    ("value", "same"), [(np.int64(3), 3), (np.float32(0.5), 0.5), (np.True_, True), (7, 7), (None, None)]
)
def test_values_of_numpy_become_pythons_own(value: Any, same: Any) -> None:
    assert type(plain(value)) is type(same)
    assert plain(value) == same


def test_a_warm_start_needs_parents_and_a_known_kind() -> None:
    assert warm_start_of((), Transfer.RELATED) == {}
    identical = warm_start_of(["may"], "IdenticalDataAndAlgorithm")
    assert identical == {"parents": ("may",), "transfer": Transfer.IDENTICAL}
    with pytest.raises(
        ValueError, match="transfer: must be IdenticalDataAndAlgorithm or TransferLearning, got 'Same'"
    ):
        warm_start_of(["may"], "Same")
    with pytest.raises(TypeError, match="parents: must be a list of names, got the text 'may'"):
        warm_start_of("may", Transfer.RELATED)


def test_drawn_seeds_differ() -> None:
    assert len({draw_seed() for _ in range(10)}) == 10
