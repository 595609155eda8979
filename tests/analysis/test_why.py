from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.analysis.finding import Finding
from tunesmith.analysis.why import Reason, Suggestion, why
from tunesmith.core.history import History
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Space
from tunesmith.core.tuning_job import TuningJob

Seen = Callable[..., History]
NewJob = Callable[..., TuningJob]


def found(job: TuningJob, before: History, point: list[float]) -> tuple[Finding, Suggestion]:
    (config,) = job.space.decode([point])
    finding = why(job, before, before.created + 1, config)
    assert isinstance(finding.facts, Suggestion)
    return finding, finding.facts


@pytest.fixture
def before(plane: Space, seen: Seen) -> History:
    points = 0.5 * np.random.default_rng(0).random((20, 2))
    return seen(plane, points, 0.1 + ((points - 0.25) ** 2).sum(axis=1))


def test_near_to_what_is_known_it_refines(new_job: NewJob, before: History) -> None:
    finding, facts = found(new_job(), before, [0.25, 0.25])
    assert facts.reason is Reason.REFINE
    assert facts.expected == pytest.approx(0.1, abs=0.01)
    assert facts.best is not None
    assert facts.deviation is not None
    assert facts.deviation < 0.02
    assert facts.nearest[0].distance <= facts.nearest[1].distance
    assert finding.sentence.startswith("Training job 21 refines what is good, like training jobs ")


def test_far_from_it_it_explores(new_job: NewJob, before: History) -> None:
    finding, facts = found(new_job(), before, [1.0, 1.0])
    _, near = found(new_job(), before, [0.25, 0.25])
    assert facts.reason is Reason.EXPLORE
    assert facts.deviation is not None
    assert near.deviation is not None
    assert facts.deviation > 5.0 * near.deviation
    assert finding.sentence.startswith(
        "Training job 21 explores: little is known there. The model expected loss "
    )


def test_values_are_in_the_units_of_the_metric(new_job: NewJob, before: History) -> None:
    _, facts = found(new_job(objective=Objective("score", Goal.MAXIMIZE)), before, [0.25, 0.25])
    assert facts.best is not None
    assert facts.expected is not None
    assert facts.best < 0.0
    assert facts.expected < 0.0
    assert facts.nearest[0].value < 0.0


def test_plainer_reasons(new_job: NewJob, before: History, plane: Space) -> None:
    few = before.prefix(2)
    assert found(new_job(), few, [0.7, 0.7])[1].reason is Reason.EVEN
    assert found(new_job(strategy="Random"), before, [0.7, 0.7])[1].reason is Reason.RANDOM
    assert found(new_job(strategy="Sobol"), before, [0.7, 0.7])[1].reason is Reason.EVEN
    given = new_job(initial=tuple(plane.decode([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]])))
    finding, facts = found(given, few, [0.3, 0.3])
    assert facts.reason is Reason.GIVEN
    assert finding.sentence == "Training job 3 is a configuration that you gave to begin with."
    repeated = why(new_job(), before, 21, before.finished[4].config)
    assert isinstance(repeated.facts, Suggestion)
    assert repeated.facts.reason is Reason.REPEATED
    assert repeated.facts.nearest[0].distance == pytest.approx(0.0, abs=1e-9)
