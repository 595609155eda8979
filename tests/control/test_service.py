from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tunesmith.control.service import AlreadyEnded, NotFinal, Service
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Channel, Command, Resources, Script, TrainingJob
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningJob, TuningStatus
from tunesmith.store.errors import NameTaken, NotFound
from tunesmith.store.listing import Listing
from tunesmith.store.records import Change
from tunesmith.store.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
JOB = TuningJob(
    name="job",
    work=Script("src", "train.py"),
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("loss"),
    limits=Limits(trials=3),
    created_at=NOW,
)
SOLO = TrainingJob(
    name="Solo",
    work=Script("src", "train.py", python="python3.11"),
    hyperparameters={"epochs": "3"},
    channels={"train": Channel("s3://bucket/train", content_type="text/csv")},
    output="s3://bucket/out",
    environment={"A": "b"},
    resources=Resources(cpus=2),
    max_seconds=60.0,
    grace_seconds=5.0,
    isolation="bubblewrap",
)


def frozen(job: TuningJob) -> TuningJob:
    return replace(job, work=Script("frozen", "train.py"))


class Office:
    """A service, and what it did to the outside."""

    def __init__(self) -> None:
        self.wakes = 0
        self.discarded: list[str] = []
        self.store = Store()
        self.service = Service(
            self.store, self._wake, lambda: LATER, freeze=frozen, discard=self.discarded.append
        )

    def _wake(self) -> None:
        self.wakes += 1

    def end(self, name: str, state: TrialState = TrialState.COMPLETED) -> None:
        """End a training job alone as its controller would."""
        found = self.store.training_job(name)
        ended = replace(found.trial, state=state, handle="h", rank=1)
        self.store.record(
            found.tuning.job.name, Change(trials=(ended,), status=TuningStatus.COMPLETED, at=LATER)
        )


def test_a_tuning_job_is_stored_with_its_request_and_frozen() -> None:
    office = Office()
    office.service.create_tuning_job(JOB, {"Name": "job"}, "7", {"a": "b"})
    record = office.service.store.tuning_job("job")
    assert record.job == frozen(JOB)
    assert (record.request, record.token) == ({"Name": "job"}, "7")
    assert office.store.tags(("tuning", "job")) == {"a": "b"}
    assert office.wakes == 1


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"strategy": "Magic"}, "Bayesian"),
        ({"strategy": "Grid"}, "x"),
        ({"metrics": (MetricPattern("score", "("),)}, "score"),
    ],
)
def test_what_cannot_work_is_refused_before_it_is_stored(change: dict[str, Any], fault: str) -> None:
    office = Office()
    with pytest.raises(ValueError, match=fault):
        office.service.create_tuning_job(replace(JOB, **change))
    with pytest.raises(ValueError, match="score"):
        office.service.create_training_job(SOLO, (MetricPattern("score", "("),))
    assert office.store.open_jobs() == []
    assert office.wakes == 0


def test_a_training_job_alone_keeps_all_that_it_was_asked_with() -> None:
    office = Office()
    metrics = (MetricPattern("loss", "loss=(.*)"),)
    office.service.create_training_job(SOLO, metrics, {"Name": "Solo"}, "7", {"a": "b"})
    found = office.store.training_job("solo")
    job = found.tuning.job
    for field in ("hyperparameters", "channels", "output", "environment", "resources", "max_seconds"):
        assert getattr(job, field) == getattr(SOLO, field), field
    assert (job.grace_seconds, job.isolation, job.metrics) == (5.0, "bubblewrap", metrics)
    assert (job.alone, job.work, job.created_at) == (True, Script("frozen", "train.py"), LATER)
    assert (found.tuning.request, found.tuning.token) == ({"Name": "Solo"}, "7")
    assert (found.trial.name, found.trial.state, found.trial.config) == ("Solo", TrialState.PENDING, {})
    assert office.store.tags(("training", "solo")) == {"a": "b"}
    assert office.store.tuning_jobs() == []
    assert office.wakes == 1
    with pytest.raises(NameTaken, match="training job named 'SOLO'"):
        office.service.create_training_job(replace(SOLO, name="SOLO"))


def test_stopping_is_for_what_has_not_ended() -> None:
    office = Office()
    office.service.create_tuning_job(JOB)
    office.service.create_training_job(SOLO)
    for _ in range(2):  # it may be asked again
        office.service.stop_tuning_job("job")
        office.service.stop_training_job("solo")
    assert office.store.status("job") is TuningStatus.STOPPING
    assert office.store.training_job("solo").trial.state is TrialState.STOPPING
    assert office.wakes == 6
    office.store.record("job", Change(status=TuningStatus.STOPPED, at=LATER))
    office.end("solo", TrialState.FAILED)
    with pytest.raises(AlreadyEnded, match="'job' is Stopped: it cannot be stopped any more") as tuning:
        office.service.stop_tuning_job("job")
    assert tuning.value.status is TuningStatus.STOPPED
    with pytest.raises(AlreadyEnded) as training:
        office.service.stop_training_job("solo")
    assert training.value.status is TrialState.FAILED
    for stop in (office.service.stop_tuning_job, office.service.stop_training_job):
        with pytest.raises(NotFound):
            stop("unknown")
    assert office.wakes == 6


def test_deleting_is_for_what_has_ended() -> None:
    office = Office()
    office.service.create_tuning_job(JOB)
    office.service.create_training_job(SOLO)
    with pytest.raises(NotFinal, match="'job' is InProgress: it can be deleted when it has ended"):
        office.service.delete_tuning_job("job")
    with pytest.raises(NotFinal) as refused:
        office.service.delete_training_job("solo")
    assert refused.value.status is TrialState.PENDING
    office.store.record("job", Change(status=TuningStatus.COMPLETED, at=LATER))
    office.end("solo")
    office.service.delete_tuning_job("job")
    office.service.delete_training_job("SOLO")
    assert office.discarded == ["h"]
    assert office.store.tuning_jobs() == []
    assert office.store.list_training_jobs(Listing()).items == []
    office.service.create_tuning_job(JOB)  # the names are free again
    office.service.create_training_job(SOLO)


def test_a_command_can_be_a_training_job() -> None:
    with Store() as store:
        Service(store).create_training_job(TrainingJob(name="solo", work=Command(("true",))))
        assert store.training_job("solo").tuning.job.work == Command(("true",))
