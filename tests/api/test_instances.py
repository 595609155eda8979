from __future__ import annotations

import pytest

from tunesmith.api import instances
from tunesmith.core.training_job import Resources


@pytest.mark.parametrize(
    ("name", "cpus", "gpus"),
    [
        ("ml.t3.medium", 2, 0),
        ("ml.m4.xlarge", 4, 0),
        ("ml.m5.large", 2, 0),
        ("ml.m5.24xlarge", 96, 0),
        ("ml.m6i.2xlarge", 8, 0),
        ("ml.c4.8xlarge", 36, 0),
        ("ml.c5.9xlarge", 36, 0),
        ("ml.c7i.48xlarge", 192, 0),
        ("ml.r5.4xlarge", 16, 0),
        ("ml.g4dn.xlarge", 4, 1),
        ("ml.g4dn.12xlarge", 48, 4),
        ("ml.g5.16xlarge", 64, 1),
        ("ml.g5.48xlarge", 192, 8),
        ("ml.g6.24xlarge", 96, 4),
        ("ml.p2.16xlarge", 64, 16),
        ("ml.p3.2xlarge", 8, 1),
        ("ml.p3.8xlarge", 32, 4),
        ("ml.p4d.24xlarge", 96, 8),
        ("ml.p5.48xlarge", 192, 8),
        ("ml.p6-b200.48xlarge", 192, 8),
        ("ml.new.small", 1, 0),
        ("ml.new.3xlarge", 12, 0),
        ("ml.new.0xlarge", 1, 0),
    ],
)
def test_sizes(name: str, cpus: int, gpus: int) -> None:
    assert instances.size(name) == Resources(cpus, gpus)


@pytest.mark.parametrize(
    "name", ["", "m5.large", "ml.m5", "ml..large", "local", "ML.m5.large", "ml.m5.large\n"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"no instance type; give one such as ml\.m5\.xlarge"):
        instances.size(name)


def test_an_instance_becomes_at_most_the_machine() -> None:
    machine = Resources(4, 1)
    assert instances.on_machine("ml.m5.large", machine) == Resources(2, 0)
    assert instances.on_machine("ml.m5.24xlarge", machine) == Resources(4, 0)
    assert instances.on_machine("ml.g4dn.12xlarge", machine) == Resources(4, 1)
    assert instances.on_machine("ml.g5.xlarge", Resources(2, 0)) == Resources(2, 0)


def test_what_fits() -> None:
    assert instances.fits("ml.g5.xlarge", Resources(4, 1))
    assert not instances.fits("ml.g5.xlarge", Resources(8, 0))
    assert not instances.fits("ml.m5.2xlarge", Resources(4, 1))
