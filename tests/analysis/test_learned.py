from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.analysis.finding import Kind
from tunesmith.analysis.learned import Asked, Learned, learn
from tunesmith.core.history import History
from tunesmith.core.space import Continuous, Space
from tunesmith.core.tuning_job import TuningJob

Seen = Callable[..., History]
NewJob = Callable[..., TuningJob]
SPACE = Space([Continuous("rate", 0.0, 2.0), Continuous("idle", 0.0, 2.0)])


@pytest.fixture(scope="module")
def losses() -> np.ndarray:
    points = np.random.default_rng(0).random((30, 2))
    return np.column_stack([points, 1.0 + (points[:, 0] - 1.3) ** 2])


@pytest.fixture
def learned(losses: np.ndarray, new_job: NewJob, seen: Seen) -> Learned:
    job, history = new_job(space=SPACE), seen(SPACE, losses[:, :2], losses[:, 2])
    asked = Asked(number=30, config=history.finished[-1].config, before=history.prefix(29))
    return learn(job, history, asked=asked, left=10)


def test_it_finds_the_end_that_matters_and_not_the_one_that_does_not(learned: Learned) -> None:
    found = [(finding.kind, finding.parameter) for finding in learned.findings]
    assert found[0] == (Kind.BOUNDARY, "rate")
    assert (Kind.NO_EFFECT, "idle") in found
    assert (Kind.BOUNDARY, "idle") not in found
    assert {kind for kind, _ in found} >= {
        Kind.FAILURES,
        Kind.CERTAINTY,
        Kind.FIT,
        Kind.OUTLOOK,
        Kind.SUGGESTION,
    }


def test_the_most_important_comes_first(learned: Learned) -> None:
    assert learned.importance is not None
    assert learned.importance.ranked[0].name == "rate"
    assert learned.effects[0].name == "rate"


def test_before_the_first_result_there_is_little_to_say(new_job: NewJob) -> None:
    learned = learn(new_job(), History(new_job().space))
    assert [finding.kind for finding in learned.findings] == [Kind.FAILURES]
    assert learned.importance is None
    assert learned.among_best is None
    assert learned.effects == ()


def test_findings_say_which_algorithm_they_are_about(losses: np.ndarray, new_job: NewJob, seen: Seen) -> None:
    learned = learn(new_job(space=SPACE), seen(SPACE, losses[:, :2], losses[:, 2]), algorithm="forest")
    assert {finding.algorithm for finding in learned.findings} == {"forest"}
