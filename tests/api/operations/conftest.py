"""The operations over a store in memory, asked in JSON and answered as a client of AWS reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.parsers import create_parser
from sqlalchemy import event

from tunesmith.api.call import Call
from tunesmith.api.model import service_model
from tunesmith.api.operations.context import Context
from tunesmith.api.operations.operations import Operations
from tunesmith.api.settings import Quotas, Settings
from tunesmith.api.shapes import read_request, shape_answer
from tunesmith.control.service import Service
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob, TuningStatus
from tunesmith.store.records import Change, MetricPoint, TrialRecord
from tunesmith.store.store import Store

START = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.2-cpu-py310"
ROLE = "arn:aws:iam::000000000000:role/anyone"
SCRIPT = {"sagemaker_program": "train.py", "sagemaker_submit_directory": "s3://code/sourcedir.tar.gz"}
DEFINITION = {
    "StaticHyperParameters": {"epochs": "3", **SCRIPT},
    "AlgorithmSpecification": {
        "TrainingImage": IMAGE,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}, {"Name": "acc", "Regex": "acc=(.*)"}],
    },
    "RoleArn": ROLE,
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/train"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://out/"},
    "HyperParameterTuningResourceConfig": {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 5,
    },
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
}
CONFIG = {
    "Strategy": "Random",
    "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
    "ResourceLimits": {"MaxNumberOfTrainingJobs": 30, "MaxParallelTrainingJobs": 2},
    "ParameterRanges": {
        "ContinuousParameterRanges": [{"Name": "lr", "MinValue": "1e-3", "MaxValue": "1"}],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "9"}],
        "CategoricalParameterRanges": [{"Name": "opt", "Values": ['"adam"', '"sgd"']}],
    },
}
TRAINING = {
    "HyperParameters": {"epochs": "3", **SCRIPT},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
    **{
        member: DEFINITION[member]
        for member in ("AlgorithmSpecification", "RoleArn", "OutputDataConfig", "StoppingCondition")
    },
}


@dataclass
class Api:
    """A server without its sockets."""

    store: Store
    now: datetime = START
    quotas: Quotas = field(default_factory=Quotas)
    freeze: Callable[[TuningJob], TuningJob] = lambda job: job

    def ask(self, operation: str, invocation: str | None = None, **request: Any) -> dict[str, Any]:
        """Send a request and read the answer as botocore does."""
        model = service_model("sagemaker").operation_model(operation)
        read = read_request(model, json.dumps(request).encode())
        call = Call(operation=operation, request=read, invocation=invocation)
        answer = shape_answer(model, self.operations().table()[operation](call))
        if answer is None or model.output_shape is None:
            assert answer is None
            return {}
        response = {"status_code": 200, "headers": {}, "body": json.dumps(answer).encode()}
        parsed: dict[str, Any] = create_parser("json").parse(response, model.output_shape)
        del parsed["ResponseMetadata"]
        return parsed

    def pages(self, operation: str, member: str, **request: Any) -> list[Any]:
        """Everything on all the pages of a list."""
        items: list[Any] = []
        more: dict[str, str] = {}
        while True:
            page = self.ask(operation, **request, **more)
            items += page[member]
            if "NextToken" not in page:
                return items
            more = {"NextToken": page["NextToken"]}

    def tune(self, name: str, invocation: str | None = None, **members: Any) -> dict[str, Any]:
        """Create a tuning job; a member given here replaces the usual one."""
        usual = {"HyperParameterTuningJobConfig": CONFIG, "TrainingJobDefinition": DEFINITION}
        return self.ask(
            "CreateHyperParameterTuningJob", invocation, HyperParameterTuningJobName=name, **usual | members
        )

    def train(self, name: str, invocation: str | None = None, **members: Any) -> dict[str, Any]:
        """Create a training job that stands alone."""
        return self.ask("CreateTrainingJob", invocation, TrainingJobName=name, **TRAINING | members)

    def trial(
        self, job: str, number: int, state: str = "Completed", value: float | None = None, **more: Any
    ) -> str:
        """Record a trial a minute after the one before, as a controller would; give its name."""
        created = START + timedelta(minutes=number)
        trial = TrialRecord(
            number=number,
            name=f"{job}-{number:03d}-0a1b2c3d",
            config={"lr": 0.1, "depth": number, "opt": '"adam"'},
            state=TrialState(state),
            value=value,
            created_at=created,
            started_at=None if state == "Pending" else created + timedelta(seconds=2),
        )
        if trial.state.is_final:
            trial = replace(trial, rank=number, ended_at=created + timedelta(seconds=12))
        trial = replace(trial, **more)
        points = (
            () if value is None else (MetricPoint(number, "loss", value, created + timedelta(seconds=5)),)
        )
        self.store.record(job, Change(trials=(trial,), metrics=points, at=created))
        return trial.name

    def finish(self, job: str, status: str = "Completed", reason: str | None = None) -> None:
        """End a tuning job an hour after it was created."""
        self.store.record(
            job, Change(status=TuningStatus(status), reason=reason, at=START + timedelta(hours=1))
        )

    def end_training(self, name: str, state: str = "Completed", **more: Any) -> None:
        """End a training job a minute after the start of the day."""
        record = self.store.training_job(name)
        ended = replace(
            record.trial,
            state=TrialState(state),
            rank=1,
            started_at=START + timedelta(seconds=1),
            ended_at=START + timedelta(seconds=61),
            **more,
        )
        self.store.record(record.tuning.job.name, Change(trials=(ended,), at=START + timedelta(minutes=1)))

    def operations(self) -> Operations:
        def clock() -> datetime:
            return self.now

        context = Context(
            service=Service(self.store, lambda: None, clock, freeze=self.freeze),
            settings=Settings(quotas=self.quotas),
            now=clock,
            cpus=8,
            gpus=0,
            inputs=lambda _: True,
        )
        return Operations(context)


@pytest.fixture
def api() -> Iterator[Api]:
    with Store("sqlite://") as store:
        yield Api(store)


@pytest.fixture
def definition() -> dict[str, Any]:
    return DEFINITION


@pytest.fixture
def config() -> dict[str, Any]:
    return CONFIG


@pytest.fixture
def count_queries(api: Api) -> Callable[[], AbstractContextManager[list[str]]]:
    """Note the statements that the store sends to its database."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements.append(statement)

        event.listen(api.store._engine, "before_cursor_execute", note)
        yield statements
        event.remove(api.store._engine, "before_cursor_execute", note)

    return counting
