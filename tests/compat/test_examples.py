"""Training scripts in the style of SageMaker's public examples run as they are (`sdk_examples`)."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris

EXAMPLES = Path(__file__).parent / "sdk_examples"
BUCKET = "examples"
LINE = np.column_stack([np.arange(5) * 2.0, np.arange(5)])


@dataclass(frozen=True)
class Example:
    """How a user of an example tunes it."""

    entry: str
    goal: str
    metric: str  # a regular expression
    ranges: dict[str, list[dict[str, Any]]]
    tables: Mapping[str, Any]  # the data of each channel, the label in front
    model: str  # a file
    static: Mapping[str, str]


def table(load: Callable[..., Any], part: slice = slice(None)) -> Any:
    features, labels = load(return_X_y=True)
    return np.column_stack([labels, features])[part]


CASES = {
    "iris": Example(
        entry="iris.py",
        goal="Maximize",
        metric=r"validation-accuracy: ([0-9.]+)",
        ranges={
            "IntegerParameterRanges": [{"Name": "max_leaf_nodes", "MinValue": "2", "MaxValue": "20"}],
            "CategoricalParameterRanges": [{"Name": "criterion", "Values": ['"gini"', '"entropy"']}],
        },
        tables={"train": table(load_iris)},
        model="model.joblib",
        static={},
    ),
    "boosting": Example(
        entry="train.py",
        goal="Minimize",
        metric=r"Validation RMSE: ([0-9.]+);",
        ranges={
            "ContinuousParameterRanges": [{"Name": "learning-rate", "MinValue": "0.01", "MaxValue": "0.5"}],
            "IntegerParameterRanges": [{"Name": "num-leaves", "MinValue": "2", "MaxValue": "40"}],
        },
        tables={
            "train": table(load_diabetes, slice(0, None, 2)),
            "validation": table(load_diabetes, slice(1, None, 2)),
        },
        model="model.txt",
        static={"num-round": "20", "objective": '"regression"'},
    ),
    "shell": Example(
        entry="start.sh",
        goal="Minimize",
        metric=r"- loss: ([0-9.]+) -",
        ranges={
            "ContinuousParameterRanges": [
                {
                    "Name": "learning_rate",
                    "MinValue": "0.001",
                    "MaxValue": "0.1",
                    "ScalingType": "Logarithmic",
                }
            ]
        },
        tables={"training": LINE},
        model="line.json",
        static={"epochs": "20", "model_name": '"line"'},
    ),
}


def upload(s3: Any, name: str, example: Example) -> str:
    """Upload an example and its data as the SDK does; give the address of the source."""
    s3.create_bucket(Bucket=BUCKET)
    for channel, rows in example.tables.items():
        text = io.StringIO()
        np.savetxt(text, rows, delimiter=",")
        s3.put_object(Bucket=BUCKET, Key=f"{name}/{channel}/part.csv", Body=text.getvalue().encode())
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for file in (EXAMPLES / name).iterdir():
            archive.add(file, file.name, filter=lambda entry: None if entry.isdir() else entry)
    s3.put_object(Bucket=BUCKET, Key=f"{name}/source/sourcedir.tar.gz", Body=packed.getvalue())
    return f"s3://{BUCKET}/{name}/source/sourcedir.tar.gz"


def channel(name: str, of: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{of}/{name}"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


@pytest.mark.parametrize("name", CASES)
def test_an_example_is_tuned_as_it_is(
    s3: Any,
    sagemaker: Any,
    tuning: Callable[..., dict[str, Any]],
    wait: Callable[..., dict[str, Any]],
    unpack: Callable[[str], Mapping[str, bytes]],
    name: str,
) -> None:
    example = CASES[name]
    source = upload(s3, name, example)
    request = tuning(
        f"example-{name}",
        HyperParameterTuningJobObjective={"Type": example.goal, "MetricName": "objective"},
        ParameterRanges=example.ranges,
        RandomSeed=1,
        InputDataConfig=[channel(each, name) for each in example.tables],
        static={
            "sagemaker_program": f'"{example.entry}"',
            "sagemaker_submit_directory": f'"{source}"',
            **example.static,
        },
    )
    algorithm = request["TrainingJobDefinition"]["AlgorithmSpecification"]
    algorithm["MetricDefinitions"] = [{"Name": "objective", "Regex": example.metric}]
    sagemaker.create_hyper_parameter_tuning_job(**request)
    described = wait(f"example-{name}")
    assert described["HyperParameterTuningJobStatus"] == "Completed", described
    assert described["ObjectiveStatusCounters"]["Succeeded"] == 2
    best = described["BestTrainingJob"]["TrainingJobName"]
    job = sagemaker.describe_training_job(TrainingJobName=best)
    assert unpack(job["ModelArtifacts"]["S3ModelArtifacts"])[example.model]
