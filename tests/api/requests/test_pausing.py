from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.pausing import TAG, with_pausing
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Definition, Limits, ReportRange, TuningJob

PART = {
    "work": Command(("true",)),
    "space": Space([Continuous("x", 0.0, 1.0)]),
    "objective": Objective("loss"),
    "resource": ReportRange(most=9),
}
OTHERS = {
    "name": "job",
    "limits": Limits(trials=3),
    "strategy": "Hyperband",
    "created_at": datetime(2026, 1, 1, tzinfo=UTC),
}
JOB = TuningJob(**PART, **OTHERS)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["true", "True"])
def test_a_tag_asks_for_it(value: str) -> None:
    assert with_pausing(JOB, {TAG: value}).resource == ReportRange(most=9, pause=True)


@pytest.mark.parametrize("tags", [{}, {"team": "a"}, {TAG: "false"}])
def test_without_it_training_jobs_are_stopped(tags: dict[str, str]) -> None:
    assert with_pausing(JOB, tags) == JOB


def test_every_definition_is_told() -> None:
    parts = tuple(Definition(name=name, **PART) for name in ("a", "b"))  # type: ignore[arg-type]
    job = with_pausing(TuningJob.comparing(parts, **OTHERS), {TAG: "true"})
    assert [part.resource for part in job.parts.values()] == [ReportRange(most=9, pause=True)] * 2


@pytest.mark.parametrize("value", ["", "yes", "1"])
def test_a_value_that_says_neither_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match=f"{TAG}.*is neither true nor false"):
        with_pausing(JOB, {TAG: value})


def test_other_strategies_cannot_pause() -> None:
    job = replace(JOB, strategy="Bayesian", resource=None)
    with pytest.raises(ValidationError, match="goes with strategy Hyperband only"):
        with_pausing(job, {TAG: "true"})
