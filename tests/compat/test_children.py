"""Conformance C15 to C24, C31, C32, C45 to C47, C52 and C53: training jobs of a tuning job, their metrics and ends."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

Build = Callable[..., dict[str, Any]]
NewName = Callable[..., str]


def children(sagemaker: Any, name: str, **options: Any) -> list[dict[str, Any]]:
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, MaxResults=100, **options
    )
    summaries: list[dict[str, Any]] = listed["TrainingJobSummaries"]
    return summaries


def only_child(sagemaker: Any, name: str) -> dict[str, Any]:
    (child,) = children(sagemaker, name)
    described: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=child["TrainingJobName"])
    return described


def one_trial(parallel: int = 1, trials: int = 1) -> dict[str, Any]:
    return {"ResourceLimits": {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": parallel}}


@pytest.fixture
def run(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> Callable[..., tuple[str, dict[str, Any]]]:
    """Run a tuning job to its end; give its name and its description."""

    def run(base: str, *arguments: Any, **changes: Any) -> tuple[str, dict[str, Any]]:
        name = new_name(base)
        sagemaker.create_hyper_parameter_tuning_job(**tuning(name, *arguments, **changes))
        return name, wait(name)

    return run


Run = Callable[..., tuple[str, dict[str, Any]]]


def test_c15_children_are_named_linked_and_tagged(sagemaker: Any, run: Run) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    name, described = run("child", Tags=tags, static={"epochs": "3"})
    for child in children(sagemaker, name):
        assert re.fullmatch(name + r"-\d{3,4}-[0-9a-f]{8}", child["TrainingJobName"])
        job = sagemaker.describe_training_job(TrainingJobName=child["TrainingJobName"])
        assert job["TuningJobArn"] == described["HyperParameterTuningJobArn"]
        hyperparameters = job["HyperParameters"]
        assert hyperparameters.items() >= child["TunedHyperParameters"].items()
        assert hyperparameters["epochs"] == "3"
        assert hyperparameters["_tuning_objective_metric"] == "obj"
        listed = sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
        assert listed == tags


def test_c16_what_the_service_adds_is_shown(run: Run) -> None:
    _, described = run("injected")
    definition = described["TrainingJobDefinition"]
    assert definition["StaticHyperParameters"]["_tuning_objective_metric"] == "obj"
    metrics = {
        metric["Name"]: metric["Regex"]
        for metric in definition["AlgorithmSpecification"]["MetricDefinitions"]
    }
    assert metrics["ObjectiveMetric"] == metrics["obj"]
    assert definition["EnableNetworkIsolation"] is False
    assert definition["EnableManagedSpotTraining"] is False
    assert definition["EnableInterContainerTrafficEncryption"] is False
    assert described["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == "Off"


def test_c17_the_last_value_is_final(sagemaker: Any, run: Run) -> None:
    objective = {"Type": "Maximize", "MetricName": "obj"}
    script = "print('obj=0.9;'); print('obj=0.5;')"
    name, _ = run("last", script, HyperParameterTuningJobObjective=objective, **one_trial())
    (child,) = children(sagemaker, name)
    assert child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 0.5
    assert child["ObjectiveStatus"] == "Succeeded"


def test_c18_all_metrics_of_both_streams_are_read(sagemaker: Any, run: Run) -> None:
    script = "import sys; print('obj=1e-3;'); print('other: -2.5E+2', file=sys.stderr)"
    algorithm = {
        "TrainingImage": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.2-cpu-py310",
        "TrainingInputMode": "File",
        "MetricDefinitions": [
            {"Name": "obj", "Regex": r"obj=([-0-9.e+]+);"},
            {"Name": "other", "Regex": r"other: ([-+0-9.eE]+)"},
        ],
    }
    name, _ = run("metrics", script, AlgorithmSpecification=algorithm, **one_trial())
    final = {m["MetricName"]: m["Value"] for m in only_child(sagemaker, name)["FinalMetricDataList"]}
    assert final == {"obj": pytest.approx(1e-3), "other": -250.0, "ObjectiveMetric": pytest.approx(1e-3)}


def test_c19_a_silent_training_job_has_no_objective(sagemaker: Any, run: Run) -> None:
    name, described = run("silent", "print('nothing')", **one_trial())
    (child,) = children(sagemaker, name)
    assert child["TrainingJobStatus"] == "Completed"
    assert child["ObjectiveStatus"] == "Failed"
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 0, "Pending": 0, "Failed": 1}
    assert "BestTrainingJob" not in described


FAILS_ABOVE_A_HALF = """
import json, os, sys
if float(json.loads(os.environ["SM_HPS"])["x"]) > 0.5:
    folder = os.path.join(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"), "output")
    with open(os.path.join(folder, "failure"), "w") as file:
        file.write("because " * 250)
    sys.exit(3)
print("obj=1;")
"""


def test_c20_a_failure_tells_why_and_the_tuning_goes_on(sagemaker: Any, run: Run) -> None:
    name, described = run("failure", FAILS_ABOVE_A_HALF, RandomSeed=4, **one_trial(parallel=2, trials=6))
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    failed = children(sagemaker, name, StatusEquals="Failed")
    assert 0 < len(failed) < 6
    assert described["TrainingJobStatusCounters"]["NonRetryableError"] == len(failed)
    for child in failed:
        assert "because because" in child["FailureReason"]
        assert len(child["FailureReason"]) <= 1024


def test_c21_five_failures_end_it(sagemaker: Any, run: Run) -> None:
    name, described = run("failing", "raise SystemExit(1)", **one_trial(parallel=2, trials=20))
    assert described["HyperParameterTuningJobStatus"] == "Failed"
    assert "5 attempts" in described["FailureReason"]
    assert len(children(sagemaker, name)) <= 6


def test_c22_to_c24_limits_counters_and_the_best(sagemaker: Any, tuning: Build, new_name: NewName) -> None:
    name = new_name("count")
    script = (
        "import json, os, time\ntime.sleep(0.1)\nprint(f\"obj={json.loads(os.environ['SM_HPS'])['x']};\")"
    )
    sagemaker.create_hyper_parameter_tuning_job(**tuning(name, script, **one_trial(parallel=2, trials=7)))
    while True:
        described = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        assert described["TrainingJobStatusCounters"]["InProgress"] <= 2
        if described["HyperParameterTuningJobStatus"] != "InProgress":
            break
        time.sleep(0.05)
    everything = children(sagemaker, name)
    assert sum(described["TrainingJobStatusCounters"].values()) == len(everything) == 7
    assert sum(described["ObjectiveStatusCounters"].values()) == 7
    assert len(children(sagemaker, name, StatusEquals="Completed")) == 7
    ranked = children(sagemaker, name, SortBy="FinalObjectiveMetricValue", SortOrder="Ascending")
    values = [child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for child in ranked]
    assert values == sorted(values)
    assert described["BestTrainingJob"]["TrainingJobName"] == ranked[0]["TrainingJobName"]


def test_c24_training_jobs_without_objective_are_not_ranked(sagemaker: Any, run: Run) -> None:
    script = """
import json, os
x = float(json.loads(os.environ["SM_HPS"])["x"])
if x < 0.5:
    print(f"obj={x};")
"""
    name, _ = run("ranked", script, RandomSeed=4, **one_trial(parallel=2, trials=6))
    ranked = children(sagemaker, name, SortBy="FinalObjectiveMetricValue")
    assert 0 < len(ranked) < 6
    assert all("FinalHyperParameterTuningJobObjectiveMetric" in child for child in ranked)


ENDLESS = (
    "import time\nfor step in range(10000):\n    print(f'obj={step};', flush=True)\n    time.sleep(0.05)"
)


def test_c31_a_training_job_that_runs_too_long_is_stopped(sagemaker: Any, run: Run) -> None:
    name, described = run("slow", ENDLESS, StoppingCondition={"MaxRuntimeInSeconds": 2}, **one_trial())
    child = only_child(sagemaker, name)
    assert child["TrainingJobStatus"] == "Stopped"
    assert child["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert described["TrainingJobStatusCounters"]["Stopped"] == 1
    assert described["ObjectiveStatusCounters"]["Succeeded"] == 1


@pytest.mark.long
@pytest.mark.timeout(300)
def test_c32_a_tuning_job_that_runs_too_long_ends(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    name = new_name("endless")
    limits = {"MaxRuntimeInSeconds": 120, "MaxNumberOfTrainingJobs": 100, "MaxParallelTrainingJobs": 1}
    started = time.monotonic()
    sagemaker.create_hyper_parameter_tuning_job(**tuning(name, ENDLESS, ResourceLimits=limits))
    described = wait(name, seconds=200)
    assert 120 <= time.monotonic() - started < 150
    assert described["HyperParameterTuningJobStatus"] == "Completed"


DUMP = """
import json, os, sys
base = os.environ["SAGEMAKER_BASE_DIR"]
files = {
    name: json.load(open(os.path.join(base, "input/config", name + ".json")))
    for name in ("hyperparameters", "inputdataconfig", "resourceconfig")
}
channel = sorted(os.listdir(os.environ["SM_CHANNEL_TRAIN"]))
seen = {"files": files, "environment": dict(os.environ), "arguments": sys.argv[1:], "channel": channel}
with open(os.path.join(os.environ["SM_MODEL_DIR"], "seen.json"), "w") as file:
    json.dump(seen, file)
print("obj=1;")
"""


def test_c45_to_c47_a_script_sees_what_sagemaker_shows_it(
    sagemaker: Any, s3: Any, run: Run, unpack: Callable[[str], Mapping[str, bytes]]
) -> None:
    s3.create_bucket(Bucket="scripts")
    s3.put_object(Bucket="scripts", Key="data/part/a.csv", Body=b"1,2\n")
    s3.put_object(Bucket="scripts", Key="data/b.csv", Body=b"3,4\n")
    channel = {
        "ChannelName": "train",
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://scripts/data/"}},
    }
    name, described = run(
        "contract",
        DUMP,
        InputDataConfig=[channel],
        Environment={"COLOUR": "green"},
        static={"b": "2", "a": '"text"'},
        **one_trial(),
    )
    child = only_child(sagemaker, name)
    seen = json.loads(unpack(child["ModelArtifacts"]["S3ModelArtifacts"])["seen.json"])
    tuned = child["HyperParameters"]["x"]
    assert seen["files"]["hyperparameters"] == child["HyperParameters"]
    assert seen["files"]["inputdataconfig"]["train"] == {
        "ContentType": "text/csv",
        "RecordWrapperType": "None",
        "S3DistributionType": "FullyReplicated",
        "TrainingInputMode": "File",
    }
    assert seen["files"]["resourceconfig"]["current_host"] in seen["files"]["resourceconfig"]["hosts"]
    assert seen["arguments"] == ["-a", "text", "-b", "2", "-x", tuned]
    assert seen["channel"] == ["b.csv", "part"]
    assert described["TrainingJobDefinition"]["Environment"] == {"COLOUR": "green"}
    environment = seen["environment"]
    assert environment["COLOUR"] == "green"
    assert environment["TRAINING_JOB_NAME"] == child["TrainingJobName"]
    assert environment["TRAINING_JOB_ARN"] == child["TrainingJobArn"]
    assert environment["SM_HP_A"] == "text"
    assert environment["SM_CHANNELS"] == '["train"]'
    assert environment["SM_USER_ENTRY_POINT"] == "train.py"


def test_c47_too_many_variables_are_refused(sagemaker: Any, tuning: Build, new_name: NewName) -> None:
    variables = {f"V{number}": "1" for number in range(49)}
    with pytest.raises(ClientError, match=r"[Ee]nvironment") as refused:
        sagemaker.create_hyper_parameter_tuning_job(**tuning(new_name("variables"), Environment=variables))
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_c52_times_are_in_order(sagemaker: Any, run: Run) -> None:
    name, described = run("times")
    created, ended = described["CreationTime"], described["HyperParameterTuningEndTime"]
    assert isinstance(created, datetime)
    assert created <= ended == described["LastModifiedTime"]
    for child in children(sagemaker, name):
        assert (
            created
            <= child["CreationTime"]
            <= child["TrainingStartTime"]
            <= child["TrainingEndTime"]
            <= ended
        )
        job = sagemaker.describe_training_job(TrainingJobName=child["TrainingJobName"])
        transitions = job["SecondaryStatusTransitions"]
        assert transitions[0]["Status"] == "Starting"
        assert transitions[-1]["Status"] == "Completed"
        for one, following in pairwise(transitions):
            assert one["StartTime"] <= one["EndTime"] <= following["StartTime"]


def test_c53_the_run_time_grows_and_then_stands_still(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    name = new_name("consumed")
    script = "import time\ntime.sleep(2.5)\nprint('obj=1;')"
    sagemaker.create_hyper_parameter_tuning_job(**tuning(name, script, **one_trial()))
    wait(name, until=lambda described: described.get("ConsumedResources", {}).get("RuntimeInSeconds", 0) >= 1)
    ended = wait(name)["ConsumedResources"]["RuntimeInSeconds"]
    assert ended >= 2
    time.sleep(1.2)
    again = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert again["ConsumedResources"]["RuntimeInSeconds"] == ended


INSTANCE = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}


@pytest.mark.parametrize(
    "config",
    [
        INSTANCE,
        {
            "InstanceConfigs": [{**INSTANCE, "InstanceType": "ml.p5.48xlarge"}, INSTANCE],
            "AllocationStrategy": "Prioritized",
        },
    ],
    ids=["single", "fallback"],
)
def test_c42_resources_of_tuning_jobs_have_two_forms(run: Run, config: dict[str, Any]) -> None:
    """Of several configurations, one that this machine has is taken."""
    _, described = run(
        "resources", ResourceConfig={}, HyperParameterTuningResourceConfig=config, **one_trial()
    )
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    definition = described["TrainingJobDefinition"]
    assert definition["HyperParameterTuningResourceConfig"] == config
    assert definition["ResourceConfig"]["InstanceCount"] == 1


def test_c42_the_two_forms_do_not_mix(sagemaker: Any, tuning: Build, new_name: NewName) -> None:
    mixed = {**INSTANCE, "InstanceConfigs": [INSTANCE]}
    request = tuning(new_name("mixed"), ResourceConfig={}, HyperParameterTuningResourceConfig=mixed)
    with pytest.raises(ClientError, match="InstanceConfigs") as refused:
        sagemaker.create_hyper_parameter_tuning_job(**request)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
