from __future__ import annotations

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tunesmith import Continuous, Space
from tunesmith.core.tuning_job import _NAME
from tunesmith.sdk.arguments import draw_seed, fresh_name, space_of

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


def test_drawn_seeds_differ() -> None:
    assert len({draw_seed() for _ in range(10)}) == 10
