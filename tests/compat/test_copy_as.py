"""Tuning jobs, copied as texts in the languages of SageMaker's clients, are made by the clients as they were."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.core.training_job import Channel, Command, Script
from tunesmith.core.tuning_job import Completion, Definition, Limits, MetricPattern, ReportRange, TuningJob
from tunesmith.jobfile import builtin
from tunesmith.jobfile.copy_as import copy_as
from tunesmith.store.store import Store
from tunesmith.training.script_mode import decode, encode
from tunesmith.training.source import snapshot

SCRIPT = "print('loss=1;')\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copied")
    for name, text in {"code/train.py": SCRIPT, "data/rows.csv": "1,2\n0,1\n"}.items():
        (folder / name).parent.mkdir()
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def jobs(folder: Path) -> Mapping[str, TuningJob]:
    """Tuning jobs that a person or a job file has made, of each kind."""
    space = Space(
        [
            Integer("depth", 1, 9),  # in the order in which requests have them
            Continuous("lr", 1e-5, 1, "Logarithmic"),
            Categorical("opt", ("a 'b'", "sgd", "2")),
        ]
    )
    plain = TuningJob(
        name="script",
        work=Script(str(folder / "code"), "train.py"),
        space=space,
        objective=Objective("loss", Goal.MINIMIZE),
        limits=Limits(trials=2, parallel=2, seconds=900.0),
        strategy="Random",
        stopping="median",
        metrics=(MetricPattern("loss", r"loss=([-+0-9.e]+);"),),
        hyperparameters={"epochs": 3, "warm": True, "note": 'it\'s "so"'},
        channels={"train": Channel(str(folder / "data"), "text/csv")},
        output=str(folder / "out"),
        checkpoints=str(folder / "checkpoints"),
        environment={"LEVEL": "1e-3"},
        max_seconds=60.0,
        retries=2,
        completion=Completion(target=-1.5, not_improving=5, converged=True),
        seed=7,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    staged: dict[str, Any] = {"strategy": "Hyperband", "stopping": None, "resource": ReportRange(9, 2)}
    boosted: dict[str, Any] = {
        "work": builtin.WORK,
        "space": Space([Continuous("eta", 0.1, 0.5)]),
        "objective": Objective("validation:rmse"),
        "metrics": builtin.metrics(()),
        "hyperparameters": {"num_round": "2"},
        "channels": {name: Channel(str(folder / "data"), "text/csv") for name in ("train", "validation")},
    }
    own = {field.name for field in fields(Definition)} - {"name"}
    shared: dict[str, Any] = {
        f.name: getattr(plain, f.name) for f in fields(TuningJob) if f.name not in {*own, "definitions"}
    }
    several = (
        Definition(name="first", **{name: getattr(plain, name) for name in own}),
        Definition(name="second", **{name: getattr(replace(plain, **boosted), name) for name in own}),
    )
    return {
        "script": plain,
        "staged": replace(plain, **staged),
        "boosted": replace(plain, **boosted),
        "several": TuningJob.comparing(several, **shared),
    }


@pytest.fixture(scope="module")
def store(server: Any) -> Store:
    return Store(f"sqlite:///{server.data}/tunesmith.db")


@pytest.fixture(scope="module")
def clients(server: Any, client_environment: Callable[[str], Path]) -> Callable[[str, str], None]:
    """Run a text with the client that it is for."""

    def run(language: str, text: str) -> None:
        programs = client_environment("sagemaker-v2") if language != "boto3" else Path(sys.executable).parent
        command = ["sh", "-c", text] if language == "aws" else [str(programs / "python"), "-c", text]
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        ended = subprocess.run(
            command,
            env={**server.environment, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ended.returncode == 0, text + ended.stderr[-3000:]

    return run


def as_served(job: TuningJob, made: TuningJob, cache: Path) -> TuningJob:
    """A tuning job as the server would have it that has made another one of it."""
    hyperparameters = {name: encode(value) for name, value in job.hyperparameters.items()}
    hyperparameters["_tuning_objective_metric"] = job.objective.metric
    work = job.work
    if isinstance(work, Script):
        assert isinstance(made.work, Script)
        same = snapshot(work.source, cache).name == Path(made.work.source).name
        work = replace(work, source=made.work.source) if same else work
        added = {name: value for name, value in made.hyperparameters.items() if name.startswith("sagemaker_")}
        hyperparameters |= {name: str(value) for name, value in added.items()}
    channels = {
        name: replace(channel, location=f"file://{channel.location}")
        for name, channel in job.channels.items()
        if isinstance(channel, Channel)
    }
    return replace(
        job,
        name=made.name,
        work=work,
        hyperparameters=hyperparameters,
        channels=channels,
        output=f"file://{job.output}",
        checkpoints=f"file://{job.checkpoints}",
        environment={**made.environment, **job.environment},
        resources=made.resources,
        created_at=made.created_at,
    )


CASES = [
    *(("boto3", kind) for kind in ("script", "staged", "boosted", "several")),
    *(("aws", kind) for kind in ("script", "several")),
    ("sdk", "script"),
    pytest.param("sdk", "boosted", marks=pytest.mark.long),  # the SDK takes many seconds to import
]


@pytest.mark.parametrize(("language", "kind"), CASES)
def test_the_copy_makes_the_same_job(
    language: str,
    kind: str,
    jobs: Mapping[str, TuningJob],
    store: Store,
    clients: Callable[[str, str], None],
    tmp_path: Path,
) -> None:
    job = replace(jobs[kind], name=f"copy-{language}-{kind}")
    clients(language, copy_as(job, language))
    made = store.tuning_job(job.name).job
    assert made.definitions == () or [each.name for each in made.definitions] == ["first", "second"]
    for name, part in job.parts.items():
        told = made.parts[name]
        if language == "sdk":  # it writes texts as JSON, and models to S3
            plain = {key: decode(str(value)) for key, value in told.hyperparameters.items()}
            fixed = {key: decode(encode(value)) for key, value in part.hyperparameters.items()}
            assert fixed.items() <= plain.items()
            served = as_served(part, told, tmp_path)
            told = replace(told, hyperparameters=served.hyperparameters, output=served.output)
        assert told == as_served(part, told, tmp_path)


def test_a_job_of_a_client_is_copied_by_its_own_request(
    tuning: Callable[..., dict[str, Any]],
    sagemaker: Any,
    store: Store,
    clients: Callable[[str, str], None],
) -> None:
    request = tuning("copied-request")
    sagemaker.create_hyper_parameter_tuning_job(**request)
    record = store.tuning_job("copied-request")
    clients(
        "boto3",
        copy_as(record.job, "boto3", {**(record.request or {}), "HyperParameterTuningJobName": "copied-2"}),
    )
    again = store.tuning_job("copied-2")
    assert again.request == {**request, "HyperParameterTuningJobName": "copied-2"}
    changes: dict[str, Any] = {"name": "copied-2", "created_at": again.job.created_at, "seed": again.job.seed}
    assert again.job == replace(record.job, **changes)


def test_a_command_says_which_rule_it_needs(jobs: Mapping[str, TuningJob]) -> None:
    text = copy_as(replace(jobs["script"], work=Command(("./train.sh", "{lr}"), "/work")), "boto3")
    rule = 'images: [{pattern: my-image, mode: command, command: ["./train.sh", "{lr}"]}]'
    assert f"in the server's settings file, write {rule}\n" in text
    assert "# the command runs in /work; " in text
