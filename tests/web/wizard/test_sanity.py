from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Parameter, Space
from tunesmith.core.training_job import Command, Resources
from tunesmith.core.tuning_job import Limits, MetricPattern, ReportRange, TuningJob
from tunesmith.testing.jobs import CREATED
from tunesmith.web.wizard.sanity import doubts, slots

MACHINE = Resources(8, 2)
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=Space([Continuous("x", 0, 1)]),
    objective=Objective("loss"),
    metrics=(MetricPattern("loss", "(.*)"),),
    limits=Limits(20, 2),
    created_at=CREATED,
)


def test_a_usual_job_raises_none() -> None:
    assert doubts(JOB, MACHINE) == []


@pytest.mark.parametrize(
    ("parameter", "place", "message"),
    [
        (
            Continuous("x", 1e-4, 1, "Linear"),
            "scale",
            "99.9 % of the values tried are above 0.001; choose Logarithmic",
        ),
        (Continuous("x", 1, 1), "high", "there is a single value to try"),
        (Categorical("x", ("a",)), "choices", "there is a single value to try"),
        (Categorical("x", tuple(range(11))), "choices", "11 choices are too many for 20 training jobs"),
        (Continuous("lr", 0, 0.1), "low", "lr is usually searched on a logarithmic scale, which needs a low"),
    ],
)
def test_ranges(parameter: Parameter, place: str, message: str) -> None:
    first = doubts(replace(JOB, space=Space([parameter])), MACHINE)[0]
    assert first.field == ("parameters", 0, place)
    assert message in first.message


@pytest.mark.parametrize(
    "parameter",
    [
        Continuous("x", 2e-4, 1, "Linear"),
        Continuous("x", 1e-5, 1),
        Categorical("x", tuple(range(10))),
        Continuous("lr", 1e-3, 0.1, "Linear"),
        Integer("n", 1, 2),
    ],
)
def test_nearly_such_ranges_raise_none(parameter: Parameter) -> None:
    assert [
        d for d in doubts(replace(JOB, space=Space([parameter])), MACHINE) if d.field[0] == "parameters"
    ] == []


FIVE = Space([Continuous(name, 0, 1) for name in "vwxyz"])
NINE = Space([Categorical("a", (1, 2, 3)), Categorical("b", (1, 2, 3))])


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"resources": Resources(9)}, "gpus", "needs 9 CPUs and 0 GPUs, and there are 8 and 2"),
        ({"resources": Resources(1, 2)}, "parallel", "2 at a time do not fit; 1 will run"),
        ({"limits": Limits(20, 6)}, "parallel", "with 6 at a time, 20 training jobs leave no time to learn"),
        ({"limits": Limits(5, 6), "strategy": "Random"}, "parallel", "more at a time than the 5"),
        ({"space": NINE, "strategy": "Random"}, "trials", "only 9 different configurations"),
        (
            {"space": NINE, "strategy": "Grid", "limits": Limits(8)},
            "trials",
            "the grid has 9 configurations; 8 training jobs try a part",
        ),
        ({"space": FIVE}, "trials", "20 training jobs are few for 5 hyperparameters; make at least 25"),
        ({"metrics": ()}, "metric", "no expression finds loss in the log"),
    ],
)
def test_the_rest(changes: dict[str, Any], field: str, message: str) -> None:
    found = doubts(replace(JOB, **changes), MACHINE)
    assert [doubt.field for doubt in found] == [(field,)]
    assert message in found[0].message


@pytest.mark.parametrize(
    "changes",
    [
        {"resources": Resources(4, 1)},
        {"limits": Limits(20, 5)},
        {"space": NINE, "strategy": "Grid", "limits": Limits(9)},
        {"space": FIVE, "limits": Limits(25)},
        {"space": FIVE, "strategy": "Random"},
        {"limits": Limits(None, 2, 60)},
    ],
)
def test_nearly_such_settings_raise_none(changes: dict[str, Any]) -> None:
    assert doubts(replace(JOB, **changes), MACHINE) == []


@pytest.mark.parametrize("strategy", ["Hyperband", "HyperbandBayesian"])
def test_training_jobs_that_end_before_the_most_reports(strategy: str) -> None:
    job = replace(
        JOB, strategy=strategy, resource=ReportRange(9), hyperparameters={"num_epochs": "3", "steps": 100}
    )
    (doubt,) = doubts(job, MACHINE)
    assert doubt.field == ("most_reports",)
    assert doubt.message == (
        "with num_epochs fixed at 3 and a report in each, no training job can make the 9 reports that "
        f"{strategy} hands out; allow at most 3, or fix num_epochs at 9 or more"
    )
    for epochs in (9, 10):
        assert doubts(replace(job, hyperparameters={"num_epochs": epochs}), MACHINE) == []
    for resource in (ReportRange(3), ReportRange(2)):
        assert doubts(replace(job, resource=resource), MACHINE) == []
    assert doubts(replace(job, hyperparameters={"depth": 3}), MACHINE) == []
    assert doubts(replace(job, strategy="Random", resource=None), MACHINE) == []


def test_slots_are_what_fits_at_a_time() -> None:
    assert slots(replace(JOB, resources=Resources(3)), MACHINE) == 2
    assert slots(replace(JOB, resources=Resources(1, 1)), MACHINE) == 2
