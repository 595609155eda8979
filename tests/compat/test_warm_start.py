"""C39: warm start."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

Tuning = Callable[..., dict[str, Any]]
Wait = Callable[..., dict[str, Any]]

IDENTICAL, TRANSFER = "IdenticalDataAndAlgorithm", "TransferLearning"
ONE = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}


def warm(kind: str, *parents: str) -> dict[str, Any]:
    named = [{"HyperParameterTuningJobName": name} for name in parents]
    return {"ParentHyperParameterTuningJobs": named, "WarmStartType": kind}


def ranges(**others: list[dict[str, Any]]) -> dict[str, Any]:
    return {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}], **others}


@pytest.fixture(scope="session")
def run(sagemaker: Any, tuning: Tuning, wait: Wait, new_name: Callable[[str], str]) -> Callable[..., Any]:
    """Create a tuning job and wait for its end."""

    def run(**changes: Any) -> dict[str, Any]:
        name = new_name("warm")
        sagemaker.create_hyper_parameter_tuning_job(**tuning(name, **{"RandomSeed": 3, **changes}))
        return wait(name)

    return run


@pytest.fixture(scope="session")
def parent(run: Callable[..., Any]) -> dict[str, Any]:
    limits = {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 4}
    described: dict[str, Any] = run(Strategy="Bayesian", ResourceLimits=limits)
    return described


def name_of(described: Mapping[str, Any]) -> str:
    return str(described["HyperParameterTuningJobName"])


def value_of(summary: Mapping[str, Any]) -> float:
    return float(summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


def test_the_best_of_an_identical_job_may_be_its_parents(
    run: Callable[..., Any], parent: dict[str, Any]
) -> None:
    static = {"x": "0.99"}
    epochs = {"IntegerParameterRanges": [{"Name": "epochs", "MinValue": "1", "MaxValue": "2"}]}
    other = run(static={"epochs": "2"}, Strategy="Bayesian", ResourceLimits=ONE)
    config = warm(IDENTICAL, name_of(other))
    child = run(static=static, ParameterRanges=epochs, ResourceLimits=ONE, WarmStartConfig=config)

    assert child["WarmStartConfig"] == config
    assert "OverallBestTrainingJob" not in parent
    own, overall = child["BestTrainingJob"], child["OverallBestTrainingJob"]
    assert "TuningJobName" not in own
    assert value_of(overall) == min(value_of(own), value_of(other["BestTrainingJob"]))
    owner = other if value_of(other["BestTrainingJob"]) <= value_of(own) else child
    assert overall == {**owner["BestTrainingJob"], "TuningJobName": name_of(owner)}


def test_an_identical_job_knows_its_parents_results(
    sagemaker: Any, run: Callable[..., Any], parent: dict[str, Any]
) -> None:
    child = run(Strategy="Bayesian", ResourceLimits=ONE, WarmStartConfig=warm(IDENTICAL, name_of(parent)))

    tried = [
        job["TunedHyperParameters"]["x"]
        for name in (name_of(parent), name_of(child))
        for job in sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        )["TrainingJobSummaries"]
    ]
    assert len(set(tried)) == 5


def test_transfer_learning_begins_with_the_parents_best(
    run: Callable[..., Any], parent: dict[str, Any]
) -> None:
    child = run(
        Strategy="Bayesian",
        ResourceLimits=ONE,
        WarmStartConfig=warm(TRANSFER, name_of(parent)),
        AlgorithmSpecification={
            "TrainingImage": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3-cpu-py311",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "obj", "Regex": r"obj=([-0-9.e+]+);"}],
        },
    )
    best = parent["BestTrainingJob"]["TunedHyperParameters"]
    assert float(child["BestTrainingJob"]["TunedHyperParameters"]["x"]) == pytest.approx(float(best["x"]))
    assert "OverallBestTrainingJob" not in child


def test_a_parent_may_be_deleted_and_its_child_is_still_described(
    sagemaker: Any, run: Callable[..., Any]
) -> None:
    parent = run(ResourceLimits=ONE)
    child = run(ResourceLimits=ONE, WarmStartConfig=warm(IDENTICAL, name_of(parent)))
    sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name_of(parent))

    again = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name_of(child))
    assert again["OverallBestTrainingJob"] == child["OverallBestTrainingJob"]


def test_a_running_parent_is_refused(
    sagemaker: Any, tuning: Tuning, wait: Wait, new_name: Callable[[str], str]
) -> None:
    running, name = new_name("running"), new_name("warm")
    slow = "import time; time.sleep(60)"
    sagemaker.create_hyper_parameter_tuning_job(**tuning(running, slow))
    try:
        with pytest.raises(
            ClientError, match=f"'{running}' is InProgress; wait until it has ended"
        ) as caught:
            sagemaker.create_hyper_parameter_tuning_job(
                **tuning(name, slow, WarmStartConfig=warm(TRANSFER, running))
            )
        assert caught.value.response["Error"]["Code"] == "ValidationException"
    finally:
        sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=running)
        wait(running)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "obj"}},
            "was to Minimize obj, and this job is to Maximize obj",
        ),
        ({"static": {"epochs": "3"}}, "has no hyperparameters epochs; leave them out"),
        (
            {
                "ParameterRanges": {
                    "IntegerParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "9"}]
                }
            },
            "x is Continuous in .* and Integer in this job",
        ),
        ({"Strategy": "Hyperband"}, "Hyperband"),
        (
            {"Environment": {"A": "1"}},
            r"TrainingJobDefinition.Environment was None in .* and is {'A': '1'} now",
        ),
        (
            {"EnableNetworkIsolation": True},
            "EnableNetworkIsolation was False in .* and is True now; make it the same",
        ),
        ({"ResourceLimits": {**ONE, "MaxNumberOfTrainingJobs": 9997}}, "random_training_jobs"),
    ],
)
def test_what_does_not_fit_the_parent_is_refused(
    sagemaker: Any,
    tuning: Tuning,
    new_name: Callable[[str], str],
    parent: dict[str, Any],
    changes: dict[str, Any],
    message: str,
) -> None:
    request = tuning(new_name("warm"), WarmStartConfig=warm(TRANSFER, name_of(parent)), **changes)
    with pytest.raises(ClientError, match=message) as caught:
        sagemaker.create_hyper_parameter_tuning_job(**request)
    assert caught.value.response["Error"]["Code"] in {"ValidationException", "ResourceLimitExceeded"}


def test_an_identical_job_has_the_same_image_and_data(
    sagemaker: Any, s3: Any, tuning: Tuning, new_name: Callable[[str], str], parent: dict[str, Any]
) -> None:
    s3.create_bucket(Bucket="warm")
    s3.put_object(Bucket="warm", Key="data/a.csv", Body=b"1")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://warm/data"}}
    data = {"InputDataConfig": [{"ChannelName": "train", "DataSource": source}]}
    other = tuning("any")["TrainingJobDefinition"]["AlgorithmSpecification"]
    image = {"AlgorithmSpecification": {**other, "TrainingImage": "another/pytorch-training:1"}}
    for changes, message in ((data, "had other input data"), (image, "TrainingImage was")):
        request = tuning(new_name("warm"), WarmStartConfig=warm(IDENTICAL, name_of(parent)), **changes)
        with pytest.raises(ClientError, match=message):
            sagemaker.create_hyper_parameter_tuning_job(**request)


def test_six_parents_or_an_unknown_one_are_refused(
    sagemaker: Any, tuning: Tuning, new_name: Callable[[str], str]
) -> None:
    names = [f"p{i}" for i in range(6)]
    for parents, message in ((names, "less than or equal to 5"), (["nobody"], "no tuning job 'nobody'")):
        request = tuning(new_name("warm"), WarmStartConfig=warm(TRANSFER, *parents))
        with pytest.raises(ClientError, match=message):
            sagemaker.create_hyper_parameter_tuning_job(**request)


JOB = """
command: [python, train.py, --x, "{{x}}"]
objective: {{metric: obj, goal: Minimize}}
metrics: {{obj: 'obj=([-0-9.e+]+)'}}
parameters: {{x: {{type: continuous, low: 0, high: 1}}}}
limits: {{trials: {trials}}}
seed: 1
{more}
"""


def test_the_same_through_a_job_file(tune: Callable[..., dict[str, Any]]) -> None:
    first = tune("first", JOB.format(trials=4, more=""))
    transfer = tune("second", JOB.format(trials=1, more="warm_start: {parents: [first]}"))
    assert transfer["best"]["config"] == first["best"]["config"]
    same = f"warm_start: {{parents: [first], type: {IDENTICAL}}}"
    known = tune("third", JOB.format(trials=1, more=same))
    assert known["best"]["config"] != first["best"]["config"]


@pytest.mark.parametrize(
    ("parents", "message"),
    [("[nobody]", "parents: no tuning job 'nobody'"), ("[a, b, c, d, e, f]", "no tuning job 'a'")],
)
def test_a_job_file_with_wrong_parents_is_refused(
    refused: Callable[[str], str], parents: str, message: str
) -> None:
    assert message in refused(JOB.format(trials=1, more=f"warm_start: {{parents: {parents}}}"))


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., Any]:
    (tmp_path / "train.py").write_text("import sys; print(f'obj={(float(sys.argv[2]) - 0.3) ** 2}')")

    def shell(name: str, text: str) -> tuple[int, str, str]:
        (tmp_path / "job.yaml").write_text(text.replace("[python,", f"[{json.dumps(sys.executable)},"))
        command = [sys.executable, "-m", "tunesmith", "tune", "job.yaml", "--name", name, "--json"]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return ended.returncode, ended.stdout, ended.stderr

    return shell


@pytest.fixture
def tune(shell: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Run a job file; give what there is to know at its end."""

    def tune(name: str, text: str) -> dict[str, Any]:
        code, out, err = shell(name, text)
        assert code == 0, out + err
        ended: dict[str, Any] = json.loads(out.splitlines()[-1])["job"]
        return ended

    return tune


@pytest.fixture
def refused(shell: Callable[..., Any]) -> Callable[[str], str]:
    """Run a job file that is refused; give the message."""

    def refused(text: str) -> str:
        code, _, err = shell("refused", text)
        assert code != 0
        return str(err)

    return refused
