from __future__ import annotations

import math
from typing import Any

import pytest

from tunesmith.core.price import Price
from tunesmith.core.training_job import Resources


def test_slots_cost_by_the_second() -> None:
    assert Price(3600.0, 7200.0).per_second(Resources(cpus=2, gpus=3)) == 2 * 1.0 + 3 * 2.0


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (25.0, "EUR", "25.00 EUR"),
        (0.0, "EUR", "0.00 EUR"),
        (0.00123, "", "0.0012"),
        (1234.567, "$", "1234.57 $"),
    ],
)
def test_an_amount_is_shown_with_its_currency(amount: float, currency: str, text: str) -> None:
    assert Price(1.0, currency=currency).show(amount) == text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "price: give cpu_hour, gpu_hour or both, above 0"),
        ({"cpu_hour": -0.01}, "price: cpu_hour must be a number >= 0, got -0.01"),
        ({"gpu_hour": math.inf}, "price: gpu_hour must be a number >= 0, got inf"),
        ({"cpu_hour": math.nan}, "price: cpu_hour must be a number >= 0, got nan"),
        ({"cpu_hour": 1.0, "currency": "x" * 9}, "price: currency must be at most 8 letters"),
        ({"cpu_hour": 1.0, "currency": "\n"}, "price: currency must be at most 8 letters"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Price(**fields)


def test_the_nearest_prices_are_accepted() -> None:
    assert Price(gpu_hour=0.01, currency="x" * 8).cpu_hour == 0.0
