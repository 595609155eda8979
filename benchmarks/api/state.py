"""What the measured server holds: a tuning job that runs, and one with many training jobs that has ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from tunesmith.api.requests.context import RequestContext
from tunesmith.api.requests.tuning_job import tuning_job
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob, TuningStatus
from tunesmith.server import settings_file
from tunesmith.server.folder import Folder
from tunesmith.store.records import Change, MetricPoint, TrialRecord

RUNNING = "running"
ENDED = "ended"
CPUS = 8  # that the server believes to have, so that four training jobs, which mostly sleep, run at a time

_SETTINGS = """\
quotas: {{training_jobs: 1000000}}
images:
- pattern: sleep
  mode: command
  command: [sh, -c, 'sleep {seconds}; echo "loss=$SM_HP_RATE; time=1;"']
"""
_PARAMETERS = 8


def request(name: str, strategy: str, trials: int, parallel: int = 4) -> dict[str, Any]:
    """A request for a tuning job whose training jobs sleep and then print a loss."""
    ranges = [{"Name": f"p{n}", "MinValue": "0", "MaxValue": "1"} for n in range(1, _PARAMETERS)]
    rate = {"Name": "rate", "MinValue": "0.0001", "MaxValue": "1", "ScalingType": "Logarithmic"}
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": strategy,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": parallel},
            "ParameterRanges": {"ContinuousParameterRanges": [rate, *ranges]},
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {"epochs": "10"},
            "AlgorithmSpecification": {
                "TrainingImage": "sleep",
                "TrainingInputMode": "File",
                "MetricDefinitions": [
                    {"Name": "loss", "Regex": "loss=([-0-9.e]+);"},
                    {"Name": "time", "Regex": "time=([-0-9.e]+);"},
                ],
            },
            "RoleArn": "arn:aws:iam::000000000000:role/benchmark",
            "OutputDataConfig": {"S3OutputPath": "s3://tunesmith-default/benchmark"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        },
        "Tags": [{"Key": "team", "Value": name}, {"Key": "cost-center", "Value": "7"}],
    }


def make(data: Path, *, finished: int, ended: int, seconds: float) -> None:
    """Make the data folder of a server with a running tuning job of `finished` trials, and one of `ended`.

    Args:
        data: The folder, which is there and empty.
        finished: Trials of the running job that have ended already.
        ended: Trials of the other one.
        seconds: What a training job sleeps.
    """
    folder = Folder(data)
    folder.settings.write_text(_SETTINGS.format(seconds=seconds), encoding="utf-8")
    _store(folder, request(RUNNING, "Bayesian", finished + 100_000), finished)
    _store(folder, request(ENDED, "Random", ended), ended)
    with folder.store() as store:
        store.record(ENDED, Change(status=TuningStatus.COMPLETED, at=datetime.now(UTC)))


def _store(folder: Folder, asked: dict[str, Any], finished: int) -> None:
    context = RequestContext(
        settings=settings_file.read(folder.settings),
        now=datetime.now(UTC) - timedelta(hours=1),
        cpus=CPUS,
        gpus=0,
        inputs=lambda _: True,
    )
    job = tuning_job(asked, context)
    tags = {tag["Key"]: tag["Value"] for tag in asked["Tags"]}
    with folder.store() as store:
        store.create_tuning_job(job, request=asked, tags=tags)
        pairs = list(_trials(job, finished))
        trials, points = tuple(trial for trial, _ in pairs), tuple(p for _, found in pairs for p in found)
        store.record(job.name, Change(trials=trials, metrics=points, at=job.created_at))


def _trials(job: TuningJob, count: int) -> Iterator[tuple[TrialRecord, list[MetricPoint]]]:
    rng = np.random.default_rng(0)
    configs = job.space.decode(rng.random((count, _PARAMETERS)))
    for number, config in enumerate(configs, start=1):
        created = job.created_at + timedelta(milliseconds=number)
        loss = (float(config["p1"]) - 0.3) ** 2 + float(config["rate"]) + 0.01 * rng.standard_normal()
        trial = TrialRecord(
            number=number,
            name=f"{job.name}-{number:05d}",
            config=config,
            state=TrialState.FAILED if number % 50 == 0 else TrialState.COMPLETED,
            value=loss,
            reason="the training job ended with exit code 1" if number % 50 == 0 else None,
            exit_code=int(number % 50 == 0),
            rank=number,
            created_at=created,
            started_at=created,
            ended_at=created + timedelta(seconds=1),
        )
        points = [MetricPoint(number, "loss", loss + 1, created), MetricPoint(number, "loss", loss, created)]
        yield replace(trial, handle=trial.name), [*points, MetricPoint(number, "time", 1.0, created)]
