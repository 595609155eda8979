from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.budget import TAG, with_money
from tunesmith.core.objective import Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Limits, TuningJob

JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("loss"),
    limits=Limits(trials=3),
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)
PRICE = Price(cpu_hour=1.0)


def test_a_tag_is_the_budget() -> None:
    job = with_money(JOB, {TAG: "25.5", "team": "a"}, PRICE)
    assert (job.limits, job.price) == (Limits(trials=3, budget=25.5), PRICE)


def test_without_the_tag_there_is_no_budget() -> None:
    assert with_money(JOB, {}, PRICE).limits == JOB.limits
    assert with_money(JOB, {"team": "a"}, None) == JOB


@pytest.mark.parametrize("value", ["", "much", "0", "-1", "nan", "inf"])
def test_a_budget_that_is_no_amount_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match=f"{TAG}.*is no number above 0"):
        with_money(JOB, {TAG: value}, PRICE)


def test_a_budget_needs_a_price() -> None:
    with pytest.raises(ValidationError, match="there is no price in the settings"):
        with_money(JOB, {TAG: "25"}, None)
