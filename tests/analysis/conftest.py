from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
import pytest

from tunesmith.core.history import History
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import Limits, TuningJob

Seen: TypeAlias = Callable[..., History]
Plane: TypeAlias = Space
NewJob: TypeAlias = Callable[..., TuningJob]


@pytest.fixture
def plane() -> Space:
    return Space([Continuous("x", 0.5, 1.5), Continuous("y", 1e-4, 1e-1)])


@pytest.fixture
def seen() -> Seen:
    def seen(space: Space, points: np.ndarray, losses: Sequence[float] | np.ndarray) -> History:
        """A history of completed trials at points of the unit cube; those whose loss is NaN have failed."""
        trials = []
        for number, (config, loss) in enumerate(zip(space.decode(points), losses, strict=True), start=1):
            state = TrialState.COMPLETED if np.isfinite(loss) else TrialState.FAILED
            trials.append(Trial(number, config, state, (float(loss),) if np.isfinite(loss) else ()))
        return History.of(space, trials)

    return seen


@pytest.fixture
def new_job(plane: Space) -> NewJob:
    def new_job(**changes: Any) -> TuningJob:
        usual: dict[str, Any] = {
            "name": "job",
            "work": Command(("true",)),
            "space": plane,
            "objective": Objective("loss", Goal.MINIMIZE),
            "limits": Limits(trials=100),
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
        return TuningJob(**{**usual, **changes})

    return new_job
