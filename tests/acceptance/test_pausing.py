"""Training jobs are paused and go on from their checkpoints, and no killed controller loses or doubles an epoch."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tunesmith.control.early_stop import EARLY
from tunesmith.core.training_job import Ending
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.store import Store

DRIVER = Path(__file__).with_name("pausing_driver.py")
TRIALS, PARALLEL, MOST = 9, 2, 9


def drive(folder: Path, seconds: float | None) -> None:
    """Drive the tuning job to its end, or for a time after which the controller is killed."""
    command = [sys.executable, str(DRIVER), str(folder), *map(str, (TRIALS, PARALLEL, MOST))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if seconds is None:
            process.wait(timeout=120)
        else:
            time.sleep(seconds)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.long
@pytest.mark.parametrize("kills", [0, 8])
def test_nothing_is_lost_or_doubled(tmp_path: Path, kills: int) -> None:
    rng = random.Random(kills)
    for _ in range(kills):
        drive(tmp_path, rng.uniform(0.0, 1.5))
    drive(tmp_path, None)
    with Store(f"sqlite:///{tmp_path / 'tunesmith.db'}") as store:
        assert store.status("paused") is TuningStatus.COMPLETED
        trials = store.trials("paused")
        epochs = store.metric_points("paused", metric="epoch")
        losses = Counter(point.trial for point in store.metric_points("paused", metric="loss"))
    assert len(trials) == TRIALS
    trained = Counter((tmp_path / "runs").read_text().splitlines())
    assert set(trained.values()) == {1}
    for trial in trials:
        seen = [point.value for point in epochs if point.trial == trial.number]
        assert seen == list(range(1, len(seen) + 1))
        assert losses[trial.number] == len(seen)
        assert sum(line.startswith(f"{trial.name} ") for line in trained) == len(seen)
        kept = json.loads((tmp_path / "kept" / trial.name / "state.json").read_text())
        assert kept == {"epoch": len(seen)}
        if trial.state is TrialState.STOPPED:
            assert trial.reason is not None
            assert trial.reason.startswith(f"{EARLY}report ")
        else:
            assert (trial.state, len(seen)) == (TrialState.COMPLETED, MOST)
    assert any(trial.state is TrialState.COMPLETED for trial in trials)
    assert {run.ending for trial in trials for run in trial.earlier} == {Ending.PAUSED}
