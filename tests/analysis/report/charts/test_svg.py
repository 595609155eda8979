from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.analysis.report.charts import svg

NUMBERS = st.floats(-1e12, 1e12)


def test_a_scale_maps_its_ends() -> None:
    scale = svg.Scale(10.0, 20.0, 100.0, 200.0)
    assert [scale.at(v) for v in (10.0, 15.0, 20.0, 25.0)] == [100.0, 150.0, 200.0, 200.0]
    assert svg.Scale(1e-4, 1.0, 0.0, 100.0, log=True).at(1e-2) == 50.0
    assert svg.Scale(3.0, 3.0, 0.0, 100.0).at(3.0) == 50.0


@given(NUMBERS, st.floats(1e-6, 1e12))
def test_ticks_are_few_round_and_inside(low: float, width: float) -> None:
    scale = svg.Scale(low, low + width, 0.0, 100.0)
    ticks = [value for value, _ in scale.ticks()]
    assert 1 <= len(ticks) <= 12
    slack = 1e-6 * (abs(low) + width)
    assert all(scale.low - slack <= tick <= scale.high + slack for tick in ticks)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [(1e-4, 1e-1, ["0.0001", "0.001", "0.01", "0.1"]), (2.0, 5.0, ["2", "5"]), (1e-12, 1.0, None)],
)
def test_ticks_of_a_logarithmic_scale_are_decades(low: float, high: float, labels: list[str] | None) -> None:
    ticks = svg.Scale(low, high, 0.0, 100.0, log=True).ticks()
    if labels is not None:
        assert [label for _, label in ticks] == labels
    assert all(
        math.log10(value) == pytest.approx(round(math.log10(value))) for value, _ in ticks if labels is None
    )
    assert len(ticks) <= 7


def test_padding_leaves_room_even_of_one_value() -> None:
    assert svg.padded([1.0, 2.0]) == (0.94, 2.06)
    low, high = svg.padded([5.0])
    assert low < 5.0 < high
    assert svg.padded([0.0]) == (-0.05, 0.05)


def test_words_are_escaped() -> None:
    assert (
        svg.text(1.0, 2.0, "<a&b>") == '<text class="" x="1" y="2" text-anchor="start">&lt;a&amp;b&gt;</text>'
    )
    assert 'aria-label="&quot;x&quot;"' in svg.picture(10, 10, '"x"', [])
