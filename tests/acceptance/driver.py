"""Drive one tuning job of a fast command to its end, resuming it if it exists: a program made to be killed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from tunesmith.backends.local_process import LocalProcess
from tunesmith.control.controller import Controller
from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningJob
from tunesmith.store.store import Store
from tunesmith.strategies import registry


def main(folder: Path, strategy: str, trials: int, parallel: int) -> None:
    store = Store(f"sqlite:///{folder / 'tunesmith.db'}")
    controller = Controller(store, LocalProcess(folder, cpus=parallel))
    if not store.tuning_jobs():
        controller.create(tuning_job(folder, strategy, trials, parallel))
    registry.names()  # what takes long to import must be there before the first instant to be killed at
    print("ready", flush=True)  # noqa: T201 - to the test that kills us
    controller.run("killed")


def tuning_job(folder: Path, strategy: str, trials: int, parallel: int) -> TuningJob:
    # Each run leaves a line in `runs`, so that a training job started twice would show.
    script = f'echo "$TRAINING_JOB_NAME" >> {folder / "runs"}; echo "loss=$1"'
    return TuningJob(
        name="killed",
        work=Command(("sh", "-c", script, "sh", "{x}")),
        space=Space([Continuous("x", 0.0, 1.0), Integer("n", 1, 100), Categorical("c", ("a", "b", "c"))]),
        objective=Objective("loss"),
        metrics=(MetricPattern("loss", r"loss=(\S+)"),),
        limits=Limits(trials=trials, parallel=parallel),
        strategy=strategy,
        seed=7,
        created_at=datetime.now(UTC),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
