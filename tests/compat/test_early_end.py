"""Conformance C31 to C37: what ends training jobs and tuning jobs before they have run their course."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

Build = Callable[..., dict[str, Any]]
NewName = Callable[..., str]
Many = list[dict[str, Any]]
INSTANT = "import json, os\nprint(f\"obj={json.loads(os.environ['SM_HPS'])['x']};\")"
CONSTANT = 'print("obj=1;")'
ENDLESS = "import time\nfor step in range(10000):\n    print('obj=1;', flush=True)\n    time.sleep(0.05)"


def limits(trials: int, parallel: int = 1) -> dict[str, Any]:
    return {"ResourceLimits": {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": parallel}}


def categories(values: list[str]) -> dict[str, Any]:
    """A grid of one parameter, x, whose values are tried in this order."""
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": values}]}
    return {"Strategy": "Grid", "ParameterRanges": ranges}


@pytest.fixture
def children(sagemaker: Any) -> Callable[[str], Many]:
    """The training jobs of a tuning job in the order of creation, described."""

    def children(name: str) -> Many:
        pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
            HyperParameterTuningJobName=name, SortBy="Name", SortOrder="Ascending"
        )
        names = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
        return [sagemaker.describe_training_job(TrainingJobName=each) for each in names]

    return children


@pytest.fixture
def emitted(server: Any) -> Callable[[str], list[str]]:
    """The lines that a training job has printed."""

    def emitted(name: str) -> list[str]:
        logs, group = server.client("logs"), "/aws/sagemaker/TrainingJobs"
        (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")[
            "logStreams"
        ]
        found = logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
        )
        return [event["message"] for event in found["events"] if "obj=" in event["message"]]

    return emitted


@pytest.fixture
def tune(sagemaker: Any, tuning: Build, new_name: NewName, wait: Build) -> Callable[..., dict[str, Any]]:
    """Run a tuning job to its end and give its description."""

    def tune(base: str, script: str, **changes: Any) -> dict[str, Any]:
        name = new_name(base)
        sagemaker.create_hyper_parameter_tuning_job(**tuning(name, script, **changes))
        return wait(name)

    return tune


def test_c31_a_training_job_past_its_time_is_stopped(tune: Build, children: Callable[[str], Many]) -> None:
    described = tune("too-long", ENDLESS, StoppingCondition={"MaxRuntimeInSeconds": 2}, **limits(1))
    (child,) = children(described["HyperParameterTuningJobName"])
    assert child["TrainingJobStatus"] == "Stopped"
    assert child["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert described["ObjectiveStatusCounters"]["Succeeded"] == 1


def test_c33_the_target_ends_it_and_stops_what_runs(tune: Build, children: Callable[[str], Many]) -> None:
    script = (
        "import json, os, time\n"
        "x = json.loads(os.environ['SM_HPS'])['x']\n"
        "print(f'obj={x};', flush=True)\n"
        "time.sleep(60 if float(x) == 9 else 0)\n"
    )
    described = tune(
        "target",
        script,
        HyperParameterTuningJobObjective={"Type": "Maximize", "MetricName": "obj"},
        TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 3.0},
        **limits(6, 2),
        **categories(["9", "1", "2", "3", "4", "5"]),
    )
    jobs = children(described["HyperParameterTuningJobName"])
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert [job["TrainingJobStatus"] for job in jobs] == ["Stopped", *["Completed"] * (len(jobs) - 1)]
    assert [job["HyperParameters"]["x"] for job in jobs] == ["9", "1", "2", "3"]
    # The one that ran has a value of 9 as well, but only now that it has ended.
    assert described["BestTrainingJob"]["TrainingJobName"] == jobs[0]["TrainingJobName"]


def test_c34_a_job_that_does_not_improve_ends(tune: Build) -> None:
    described = tune(
        "flat",
        CONSTANT,
        TuningJobCompletionCriteria={"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}},
        **limits(30, 2),
    )
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert described["TuningJobCompletionDetails"]["NumberOfTrainingJobsObjectiveNotImproving"] >= 3
    assert sum(described["TrainingJobStatusCounters"].values()) <= 1 + 3 + 2


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_c35_a_job_that_has_converged_ends(tune: Build, strategy: str) -> None:
    described = tune(
        "converged",
        CONSTANT,
        Strategy=strategy,
        TuningJobCompletionCriteria={"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}},
        **limits(60, 2),
    )
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert sum(described["TrainingJobStatusCounters"].values()) < 30
    detected = described["TuningJobCompletionDetails"]["ConvergenceDetectedTime"]
    assert described["CreationTime"] < detected <= described["HyperParameterTuningEndTime"]


def test_c35_convergence_is_told_without_being_asked_for(tune: Build) -> None:
    described = tune("told", CONSTANT, **limits(22, 2))
    assert sum(described["TrainingJobStatusCounters"].values()) == 22
    assert "ConvergenceDetectedTime" in described["TuningJobCompletionDetails"]


# x decides: the first ten have the values 1 to 10 all the way; of those after, "bad" is worse than their median, 5.5,
# from the second epoch on, "good" never, and "late" when there is no time left.
CURVES = """
import json, os, time
x = str(json.loads(os.environ["SM_HPS"])["x"])
curve = {"bad": [0, 9, 9, 9], "good": [9, 5, 5, 5], "late": [5, 5, 5, 99]}.get(x) or [float(x)] * 4
for step, value in enumerate(curve):
    print(f"obj={value};", flush=True)
    time.sleep(0.02 if x.isdigit() or step == 3 else 0.6)
time.sleep(20 if x == "bad" else 0)
"""
PLANNED = [*map(str, range(1, 11)), "bad", "good", "late"]


@pytest.mark.parametrize(("early", "stopped"), [("Auto", {"bad"}), ("Off", set())])
def test_c36_exactly_those_worse_than_the_median_are_stopped(
    tune: Build, children: Callable[[str], Many], early: str, stopped: set[str]
) -> None:
    script = CURVES if early == "Auto" else CURVES.replace("time.sleep(20", "time.sleep(0")
    described = tune(
        "median", script, TrainingJobEarlyStoppingType=early, **limits(13), **categories(PLANNED)
    )
    assert described["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == early
    jobs = children(described["HyperParameterTuningJobName"])
    ends = {job["HyperParameters"]["x"]: job["TrainingJobStatus"] for job in jobs}
    assert {x for x, status in ends.items() if status == "Stopped"} == stopped
    assert len(ends) == 13


# Lower x is better from the first epoch on; nothing ends by itself.
EPOCHS = """
import json, os, time
x = float(json.loads(os.environ["SM_HPS"])["x"])
for epoch in range(10000):
    print(f"obj={x};", flush=True)
    time.sleep(0.6)
"""


def hyperband(**resources: int) -> Mapping[str, Any]:
    return {"Strategy": "Hyperband", "StrategyConfig": {"HyperbandStrategyConfig": resources}}


def test_c37_hyperband_stops_at_its_rungs_and_at_the_most(
    tune: Build, children: Callable[[str], Many], emitted: Callable[[str], list[str]]
) -> None:
    described = tune(
        "hyperband", EPOCHS, RandomSeed=3, **hyperband(MinResource=2, MaxResource=4), **limits(6, 2)
    )
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    jobs = children(described["HyperParameterTuningJobName"])
    assert {job["TrainingJobStatus"] for job in jobs} == {"Stopped"}
    counts = [len(emitted(job["TrainingJobName"])) for job in jobs]
    assert min(counts) == 2
    assert max(counts) == 4
    best = min(jobs, key=lambda job: float(job["HyperParameters"]["x"]))
    assert counts[jobs.index(best)] == 4


def test_c37_the_most_may_come_from_a_hyperparameter_and_the_model_is_kept(
    tune: Build, children: Callable[[str], Many], unpack: Callable[[str], dict[str, bytes]]
) -> None:
    script = (
        "import os, time\n"
        "for epoch in range(3):\n    print('obj=1;', flush=True)\n    time.sleep(0.1)\n"
        "time.sleep(1)\n"
        "open(os.path.join(os.environ['SM_MODEL_DIR'], 'model'), 'w').write('learned')\n"
    )
    described = tune("inferred", script, Strategy="Hyperband", static={"epochs": "3"}, **limits(1))
    (child,) = children(described["HyperParameterTuningJobName"])
    assert child["TrainingJobStatus"] == "Completed"
    assert unpack(child["ModelArtifacts"]["S3ModelArtifacts"])["model"] == b"learned"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Strategy": "Hyperband"}, "MaxResource"),
        ({**hyperband(MaxResource=9), "TrainingJobEarlyStoppingType": "Auto"}, "choose Off"),
        (hyperband(MinResource=10, MaxResource=9), "must not exceed"),
    ],
)
def test_c37_what_hyperband_cannot_work_with_is_refused(
    sagemaker: Any, tuning: Build, new_name: NewName, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        sagemaker.create_hyper_parameter_tuning_job(**tuning(new_name("refused"), INSTANT, **changes))
    assert refused.value.response["Error"]["Code"] == "ValidationException"
