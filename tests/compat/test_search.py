"""Conformance C11 to C14 and C38: what the strategies propose."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from scipy import stats

from tunesmith.core.history import History
from tunesmith.core.space import Continuous, Integer, Space
from tunesmith.strategies import registry

Build = Callable[..., dict[str, Any]]
NewName = Callable[..., str]

INSTANT = "print('obj=1;')"
CHOICES = {
    "CategoricalParameterRanges": [
        {"Name": "a", "Values": ["p", "q"]},
        {"Name": "b", "Values": ["1", "2", "3"]},
    ]
}


def children(sagemaker: Any, name: str) -> list[dict[str, Any]]:
    """All training jobs, in the order of their numbers."""
    paginator = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    pages = paginator.paginate(
        HyperParameterTuningJobName=name,
        SortBy="Name",
        SortOrder="Ascending",
        PaginationConfig={"PageSize": 100},
    )
    return [summary for page in pages for summary in page["TrainingJobSummaries"]]


def configs(sagemaker: Any, name: str) -> list[dict[str, str]]:
    return [child["TunedHyperParameters"] for child in children(sagemaker, name)]


def test_c11_a_grid_tries_every_combination_once(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    name = new_name("grid")
    limits = {"MaxParallelTrainingJobs": 3}
    request = tuning(name, INSTANT, Strategy="Grid", ParameterRanges=CHOICES, ResourceLimits=limits)
    sagemaker.create_hyper_parameter_tuning_job(**request)
    assert wait(name)["HyperParameterTuningJobStatus"] == "Completed"
    tried = [(config["a"], config["b"]) for config in configs(sagemaker, name)]
    assert tried == [(a, b) for a in "pq" for b in "123"]


def test_c12_a_seed_gives_the_same_configurations_whatever_runs_at_a_time(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    names = []
    for seed, parallel in ((7, 1), (7, 4), (8, 4)):
        names.append(new_name("seed"))
        limits = {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": parallel}
        request = tuning(names[-1], INSTANT, RandomSeed=seed, ResourceLimits=limits)
        sagemaker.create_hyper_parameter_tuning_job(**request)
    for name in names:
        wait(name)
    first, again, other = (configs(sagemaker, name) for name in names)
    assert first == again
    assert len(first) == 6
    assert all(config not in first for config in other)


def test_c14_values_are_strings_as_they_were_given(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    name = new_name("strings")
    ranges = {
        "IntegerParameterRanges": [
            {"Name": "layers", "MinValue": "1", "MaxValue": "64", "ScalingType": "Logarithmic"}
        ],
        "ContinuousParameterRanges": [{"Name": "rate", "MinValue": "1e-5", "MaxValue": "1"}],
        "CategoricalParameterRanges": [{"Name": "optimizer", "Values": ['"adam"', '"s g d"']}],
    }
    limits = {"MaxNumberOfTrainingJobs": 8, "MaxParallelTrainingJobs": 4}
    sagemaker.create_hyper_parameter_tuning_job(
        **tuning(name, INSTANT, ParameterRanges=ranges, ResourceLimits=limits)
    )
    wait(name)
    for config in configs(sagemaker, name):
        assert 1 <= int(config["layers"]) <= 64
        assert "." not in config["layers"]
        assert config["rate"] == repr(float(config["rate"]))
        assert config["optimizer"] in {'"adam"', '"s g d"'}


def test_c13_draws_follow_the_scaling() -> None:
    """The strategy that the server uses, without 500 processes."""
    space = Space(
        [
            Continuous("log", 1e-5, 1.0, "Logarithmic"),
            Continuous("reverse", 0.1, 0.999, "ReverseLogarithmic"),
            Integer("integer", 1, 3),
        ]
    )
    drawn = registry.get("Random").suggest(space, History(space), 500, 0)
    log = [(math.log10(float(config["log"])) + 5) / 5 for config in drawn]
    assert stats.kstest(log, "uniform").pvalue > 0.01
    span = math.log(0.9) - math.log(0.001)
    reverse = [(math.log(0.9) - math.log(1 - float(config["reverse"]))) / span for config in drawn]
    assert stats.kstest(reverse, "uniform").pvalue > 0.01
    counts = [sum(config["integer"] == value for config in drawn) for value in (1, 2, 3)]
    assert stats.chisquare(counts).pvalue > 0.01


BRANIN = """
import json, math, os
hp = json.loads(os.environ["SM_HPS"])
x, y = float(hp["x"]), float(hp["y"])
value = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
print(f"obj={value + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10};")
"""


def test_c38_bayesian_search_beats_random_search_on_branin(
    sagemaker: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    """One run of each through the API; the statistics over many seeds are in benchmarks/search."""
    best = {}
    for strategy in ("Bayesian", "Random"):
        name = new_name("branin")
        ranges = {
            "ContinuousParameterRanges": [
                {"Name": "x", "MinValue": "-5", "MaxValue": "10"},
                {"Name": "y", "MinValue": "0", "MaxValue": "15"},
            ]
        }
        limits = {"MaxNumberOfTrainingJobs": 30, "MaxParallelTrainingJobs": 2}
        request = tuning(
            name, BRANIN, Strategy=strategy, RandomSeed=1, ParameterRanges=ranges, ResourceLimits=limits
        )
        sagemaker.create_hyper_parameter_tuning_job(**request)
        described = wait(name)
        metric = described["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
        best[strategy] = metric["Value"]
        assert json.dumps(metric)
    assert best["Bayesian"] < best["Random"]
    assert best["Bayesian"] < 0.5  # the minimum is 0.398
