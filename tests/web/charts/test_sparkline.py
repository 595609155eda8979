from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tunesmith.web.charts.sparkline import HEIGHT, WIDTH, sparkline

finite = some.floats(allow_nan=False, allow_infinity=False)


def test_a_falling_best_value_steps_down_to_the_bottom_right() -> None:
    line = sparkline([(1, 4.0), (3, 2.0), (5, 0.0)], 11)
    assert line is not None
    assert line.path == "M3.0 3.0H24.2V14.0H45.4V25.0H109.0"
    assert (line.x, line.y) == (109.0, 25.0)


def test_nothing_found_is_no_line() -> None:
    assert sparkline([], 3) is None


def test_one_value_is_a_line_in_the_middle() -> None:
    line = sparkline([(1, 7.0)], 1)
    assert line is not None
    assert (line.x, line.y) == (WIDTH / 2, HEIGHT / 2)


@given(values=some.lists(finite, min_size=1, max_size=20), more=some.integers(0, 10**6))
@pytest.mark.filterwarnings("error")
def test_every_line_stays_in_its_box(values: list[float], more: int) -> None:
    line = sparkline(list(enumerate(values, start=1)), len(values) + more)
    assert line is not None
    numbers = [float(each) for each in re.findall(r"[-\d.]+", line.path)]
    assert all(math.isfinite(each) and 0 <= each <= WIDTH for each in numbers)
    assert 0 <= line.y <= HEIGHT
