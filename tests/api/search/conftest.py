"""Records made by hand, and stored ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tunesmith.api.search.properties import Property, read
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningJob
from tunesmith.store.records import Change, MetricPoint, TrialRecord
from tunesmith.store.store import Store


@dataclass(frozen=True)
class Made:
    """A record that holds what it was given."""

    members: dict[str, Any]

    def values(self, prop: Property) -> Iterable[Any]:
        return read(self.members.get(prop.head), prop.rest)


@pytest.fixture
def made() -> Callable[..., Made]:
    return lambda **members: Made(members)


START = datetime.fromisoformat("2026-03-01T12:00:00+00:00")


@pytest.fixture
def store() -> Iterator[Store]:
    """Two tuning jobs, and a training job that stands alone.

    `first` has five training jobs, of which the last is running; `second` has none.
    """
    with Store("sqlite://") as store:
        for hour, name in enumerate(("first", "second")):
            created = START + timedelta(hours=hour)
            store.create_tuning_job(tuning_job(name, created), tags={"team": name, f"of-{name}": ""})
        store.record("first", five_trials())
        alone = replace(
            tuning_job("0" * 32, START), alone=True, hyperparameters={"solo": "x"}, objective=Objective("\0")
        )
        trial = TrialRecord(number=1, name="alone", config={}, created_at=START)
        store.create_tuning_job(alone, request=ALONE, trials=(trial,), tags={"team": "solo"})
        yield store


def tuning_job(name: str, created: datetime) -> TuningJob:
    return TuningJob(
        name=name,
        work=Command(("true",)),
        space=Space([Continuous("lr", 0, 1)]),
        objective=Objective("loss", Goal.MINIMIZE),
        limits=Limits(trials=9),
        metrics=(MetricPattern("loss", "loss=(.*)"), MetricPattern("acc", "acc=(.*)")),
        hyperparameters={"epochs": 3},
        output="s3://out",
        created_at=created,
    )


def five_trials() -> Change:
    trials, points = [], []
    for number in range(1, 6):
        created = START + timedelta(minutes=number)
        trial = TrialRecord(
            number=number,
            name=f"first-{number:03d}",
            config={"lr": number / 10},
            state=TrialState.COMPLETED if number < 5 else TrialState.RUNNING,
            value=None if number == 3 else float(-number),
            rank=number if number < 5 else None,
            created_at=created,
            started_at=created,
            ended_at=created + timedelta(hours=10 - number) if number < 5 else None,
        )
        trials.append(trial)
        points += [MetricPoint(number, "acc", value, created) for value in (0.5, number / 100)]
    return Change(trials=tuple(trials), metrics=tuple(points), at=START)


ALONE = {
    "TrainingJobName": "alone",
    "HyperParameters": {"solo": "x"},
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::000000000000:role/anyone",
    "OutputDataConfig": {"S3OutputPath": "s3://out"},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
}


@pytest.fixture
def now() -> datetime:
    return START + timedelta(days=1)
