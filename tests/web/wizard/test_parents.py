from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Integer, Space
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Limits, Transfer, TuningJob, TuningStatus
from tunesmith.store.records import Change
from tunesmith.store.store import Store
from tunesmith.testing.jobs import CREATED
from tunesmith.web.wizard.parents import candidates, obstacle

JOB = TuningJob(
    name="new",
    work=Command(("true",)),
    space=Space([Continuous("x", 0, 1)]),
    objective=Objective("loss"),
    limits=Limits(20, 2),
    created_at=CREATED,
)


@pytest.fixture
def store() -> Iterator[Store]:
    """A store with some tuning jobs that have ended, and one that has not."""
    jobs = (
        replace(JOB, name="other-metric", objective=Objective("accuracy")),
        replace(JOB, name="other-type", space=Space([Integer("x", 0, 9)])),
        replace(JOB, name="running"),
        replace(JOB, name="alike"),
    )
    with Store("sqlite://") as store:
        for job in jobs:
            store.create_tuning_job(job)
            if job.name != "running":
                store.record(job.name, Change(status=TuningStatus.COMPLETED, at=CREATED))
        yield store


def test_those_that_fit_come_first_and_the_others_say_why_not(store: Store) -> None:
    found = candidates(store, JOB, Transfer.RELATED)
    assert [each.name for each in found] == ["alike", "running", "other-type", "other-metric"]
    assert [each.fits for each in found] == [True, False, False, False]
    reasons = {each.name: str(each.obstacle) for each in found}
    assert reasons["running"] == "'running' is InProgress; wait until it has ended, or stop it"
    assert "x is Integer in 'other-type' and Continuous in this job" in reasons["other-type"]
    assert (
        "'other-metric' was to Minimize accuracy, and this job is to Minimize loss" in reasons["other-metric"]
    )


def test_the_job_itself_may_be_in_the_way(store: Store) -> None:
    grid = replace(JOB, strategy="Sobol")
    assert not any(each.fits for each in candidates(store, grid, Transfer.RELATED))
    six = replace(JOB, parents=tuple("abcdef"), transfer=Transfer.RELATED)
    assert obstacle(six) == "6 are more than the 5 that can be learned from; name the best of them"
    assert obstacle(JOB) is None
