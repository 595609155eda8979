"""Drive a tuning job whose training jobs are paused and go on, resuming it if it exists: made to be killed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from tunesmith.backends.local_process import LocalProcess
from tunesmith.control.controller import Controller
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Limits, ReportRange, TuningJob
from tunesmith.store.store import Store
from tunesmith.strategies import registry

# It leaves a line for each epoch that it trains, saves a checkpoint, and reports; asked to stop, it ends after that.
# Where it is judged, it gives a controller the time to do so, also to one that is just being replaced.
PROGRAM = """
import json, os, signal, sys, time
from pathlib import Path
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
x, most, runs = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
file = Path(os.environ["TUNESMITH_CHECKPOINTS"], "state.json")
epoch = json.loads(file.read_text())["epoch"] if file.exists() else 0
while epoch < most and not asked:
    epoch += 1
    with open(runs, "a") as lines:
        lines.write(f"{os.environ['TRAINING_JOB_NAME']} {epoch}\\n")
    file.with_suffix(".partial").write_text(json.dumps({"epoch": epoch}))
    file.with_suffix(".partial").replace(file)
    line = {"time": time.time(), "metrics": {"loss": abs(x - 0.3) + x / epoch, "epoch": epoch}}
    with open(os.environ["TUNESMITH_REPORTS"], "a") as reports:
        reports.write(json.dumps(line) + "\\n")
    until = time.monotonic() + 5
    while epoch in (1, 3) and not asked and time.monotonic() < until:
        time.sleep(0.02)
"""


def main(folder: Path, trials: int, parallel: int, most: int) -> None:
    store = Store(f"sqlite:///{folder / 'tunesmith.db'}")
    controller = Controller(store, LocalProcess(folder, cpus=parallel))
    if not store.tuning_jobs():
        controller.create(tuning_job(folder, trials, parallel, most))
    registry.names()  # what takes long to import must be there before the first instant to be killed at
    print("ready", flush=True)  # noqa: T201 - to the test that kills us
    controller.run("paused")


def tuning_job(folder: Path, trials: int, parallel: int, most: int) -> TuningJob:
    return TuningJob(
        name="paused",
        work=Command((sys.executable, "-S", "-E", "-c", PROGRAM, "{x}", str(most), str(folder / "runs"))),
        space=Space([Continuous("x", 0.0, 1.0)]),
        objective=Objective("loss"),
        limits=Limits(trials=trials, parallel=parallel),
        strategy="Hyperband",
        resource=ReportRange(least=1, most=most, pause=True),
        hyperparameters={"epochs": most},  # so that the last epoch is the training job's own end
        checkpoints=str(folder / "kept"),
        seed=7,
        created_at=datetime.now(UTC),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
