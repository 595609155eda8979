from __future__ import annotations

from collections.abc import Callable

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.price import Price
from tunesmith.core.training_job import Channel, Resources
from tunesmith.core.tuning_job import Completion, Limits, MetricPattern, ReportRange, TuningJob
from tunesmith.web.views.job_settings import job_settings


def test_everything_is_said_in_words(make_job: Callable[..., TuningJob]) -> None:
    job = make_job(
        "job",
        objective=Objective("acc", Goal.MAXIMIZE),
        limits=Limits(trials=1000, parallel=4, seconds=3600, budget=5.0),
        price=Price(cpu_hour=0.5, currency="EUR"),
        max_seconds=60,
        retries=1,
        metrics=(MetricPattern("acc", "acc=(.*)"),),
        initial=({"x": 0.5},),
        hyperparameters={"epochs": 3, "fast": True},
        channels={"train": Channel("s3://bucket/train"), "test": "/data"},
        environment={"TOKEN": "secret"},
        resources=Resources(2, 1),
        completion=Completion(target=0.9, not_improving=5, converged=True),
        resource=ReportRange(9, pause=True),
    )
    found = job_settings(job)
    search, limits = dict(found.search), dict(found.limits)
    assert search["Objective"] == "Maximize acc"
    assert search["Metric acc"] == "acc=(.*)"
    assert search["Reports of a training job"] == "1 to 9, paused ones may go on"
    assert limits["Training jobs in all"] == "1,000"
    assert limits["Budget"] == "5.00 EUR"
    assert limits["Ends when the objective reaches"] == "0.9"
    (algorithm,) = found.algorithms
    runs = dict(algorithm.runs)
    assert runs["Command"] == "true"
    assert runs["Each takes"] == "2 CPUs, 1 GPU"
    assert (runs["Channel train"], runs["Channel test"]) == ("s3://bucket/train", "/data")
    assert "secret" not in str(found)
    assert algorithm.parameters == (("x", "0 to 1", "linear"),)
    assert algorithm.fixed == (("epochs", "3"), ("fast", "true"))
