from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Continuous, Integer, Space
from tunesmith.core.training_job import Channel, Function, Script
from tunesmith.core.tuning_job import (
    Definition,
    Limits,
    MetricPattern,
    ReportRange,
    Transfer,
    TuningJob,
)
from tunesmith.jobfile import builtin
from tunesmith.jobfile.file import parse
from tunesmith.jobfile.write import text_of, unsaid
from tunesmith.testing.jobs import comparisons, tuning_jobs

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a script and data."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "train.py").touch()
        (Path(name) / "data").mkdir()
        yield Path(name)


def again(job: TuningJob, folder: Path) -> TuningJob:
    """The job that is read from what is written of a job."""
    return parse(text_of(job), folder / "job.yaml", created_at=NOW, cpus=8)


@given(data=st.data())
def test_what_is_written_is_read_as_the_same_job(data: st.DataObject, folder: Path) -> None:
    job = data.draw(tuning_jobs(folder))
    assert again(job, folder) == job


@given(data=st.data())
def test_so_are_several_algorithms(data: st.DataObject, folder: Path) -> None:
    job = data.draw(comparisons(folder))
    assert again(job, folder) == job
    assert list(unsaid(job)) == []


@pytest.fixture
def job(folder: Path) -> TuningJob:
    return TuningJob(
        name="job",
        work=Script(str(folder), "train.py"),
        space=Space([Continuous("lr", 1e-5, 1, "Logarithmic"), Integer("depth", 1, 9)]),
        objective=Objective("loss"),
        limits=Limits(trials=20),
        created_at=NOW,
    )


def test_reads_well(job: TuningJob, folder: Path) -> None:
    assert (
        text_of(replace(job, hyperparameters={"epochs": 3}, max_seconds=60.0))
        == f"""\
name: job
script: {{source: '{folder}', entry: 'train.py'}}
objective: {{metric: loss, goal: Minimize}}
parameters:
  lr: {{type: continuous, low: 1e-05, high: 1, scale: Logarithmic}}
  depth: {{type: integer, low: 1, high: 9}}
hyperparameters: {{epochs: 3}}
resources: {{cpus: 1, gpus: 0}}
limits: {{trials: 20, parallel: 1, job_seconds: 60, grace_seconds: 120}}
strategy: Bayesian
seed: 0
"""
    )


def test_hyperband_and_warm_start_are_said(job: TuningJob, folder: Path) -> None:
    staged = replace(job, strategy="Hyperband", resource=ReportRange(81, 3))
    learning = replace(job, parents=("one", "two"), transfer=Transfer.IDENTICAL)
    for each in (staged, learning):
        assert again(each, folder) == each


def test_the_built_in_algorithm_has_a_key_of_its_own(job: TuningJob, folder: Path) -> None:
    own = (MetricPattern("mine", "mine=(.*)"),)
    boosted = replace(
        job,
        work=builtin.WORK,
        space=Space([Continuous("eta", 0.01, 1)]),
        objective=Objective("validation:auc", Goal.MAXIMIZE),
        metrics=builtin.metrics(own),
        hyperparameters=builtin.hyperparameters({"num_round": 10}, "validation:auc"),
        channels={"train": Channel(str(folder / "data"), "text/csv")},
    )
    text = text_of(boosted)
    assert "algorithm: xgboost\n" in text
    assert "metrics: {mine: 'mine=(.*)'}\n" in text
    assert "hyperparameters: {num_round: 10}\n" in text
    assert f"  train: {{location: '{folder}/data', content_type: 'text/csv'}}\n" in text
    assert again(boosted, folder) == boosted


def test_the_file_may_give_another_name(job: TuningJob) -> None:
    assert text_of(job, name="next").startswith("name: next\n")


def test_what_cannot_be_said_is_a_comment(job: TuningJob, folder: Path) -> None:
    names = [f.name for f in fields(Definition) if f.name != "name"]
    own = [Definition(name=name, **{f: getattr(job, f) for f in names}) for name in ("a", "b")]
    limits = {"name": job.name, "limits": job.limits, "created_at": job.created_at}
    waiting = TuningJob.comparing((own[0], replace(own[1], max_wait_seconds=90.0)), **limits)
    assert text_of(waiting).startswith(
        f"# Not said in this file: training jobs of b have job_seconds, retries and wait_seconds of "
        f"{job.max_seconds}, {job.retries}, 90.0.\n"
    )
    assert again(waiting, folder).definitions[0] == own[0]


def test_money_and_waiting_are_said(job: TuningJob, folder: Path) -> None:
    limits, price = replace(job.limits, budget=9.5), Price(0.05, 1.2, "EUR")
    priced = replace(job, limits=limits, price=price, max_wait_seconds=90.0)
    assert "price: {cpu_hour: 0.05, gpu_hour: 1.2, currency: EUR}\n" in text_of(priced)
    assert again(priced, folder) == priced


def test_functions_and_single_training_jobs_are_refused(job: TuningJob) -> None:
    with pytest.raises(ValueError, match="it runs a Python function, which a job file cannot name"):
        text_of(replace(job, work=Function(len)))
    with pytest.raises(ValueError, match="this is a training job by itself"):
        text_of(replace(job, alone=True))
