"""A training job whose supervisor is killed goes on from its last checkpoint, whatever becomes of its controller."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tunesmith.backends.local_process import LocalProcess
from tunesmith.backends.run_folder import RunFolder
from tunesmith.control.controller import Controller
from tunesmith.control.plan import Pause
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command, Ending
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningJob
from tunesmith.store.records import TrialRecord
from tunesmith.store.store import Store

PROGRAM = """
import json, os, sys, time
from pathlib import Path
file = Path(os.environ["TUNESMITH_CHECKPOINTS"], "state.json")
state = json.loads(file.read_text()) if file.exists() else {"epoch": 0, "runs": 0}
state["runs"] += 1
while state["epoch"] < 4:
    state["epoch"] += 1
    file.with_suffix(".partial").write_text(json.dumps(state))
    file.with_suffix(".partial").replace(file)
    print(f"loss={10 - state['epoch']}", flush=True)
    while state["epoch"] == 2 and state["runs"] == 1:
        time.sleep(0.02)
"""


def tuning_job(kept: Path | None, retries: int, work: str = PROGRAM) -> TuningJob:
    return TuningJob(
        name="retried",
        work=Command((sys.executable, "-c", work)),
        space=Space([Continuous("x", 0.0, 1.0)]),
        objective=Objective("loss"),
        metrics=(MetricPattern("loss", r"loss=(\S+)"),),
        limits=Limits(trials=1),
        strategy="Random",
        retries=retries,
        checkpoints=None if kept is None else str(kept),
        created_at=datetime.now(UTC),
    )


class Machine:
    """A store and a backend in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(f"sqlite:///{folder / 'tunesmith.db'}")

    def drive(self, until: Callable[[TrialRecord], bool] = lambda _: False) -> TrialRecord:
        """Drive to the end, or leave the job alone when something is so of its trial, which is returned."""
        deadline = time.monotonic() + 60

        def pause() -> Pause:
            assert time.monotonic() < deadline, self.store.trials("retried")
            found = self.store.trials("retried")
            return Pause.LEAVE if found and until(found[0]) else Pause.GO

        Controller(self.store, LocalProcess(self.folder)).run("retried", pause=pause)
        return self.store.trials("retried")[0]

    def kill_supervisor(self, trial: TrialRecord) -> None:
        assert trial.handle is not None
        shim = RunFolder.of(self.folder, trial.handle).shim()
        assert shim is not None
        os.kill(shim, signal.SIGKILL)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_lost_job_goes_on_from_its_checkpoint(machine: Machine, tmp_path: Path) -> None:
    Controller(machine.store, LocalProcess(tmp_path)).create(tuning_job(tmp_path / "kept", retries=1))
    trial = machine.drive(until=lambda trial: trial.value == 8)
    machine.kill_supervisor(trial)
    machine.drive(until=lambda trial: trial.attempt == 2)  # the controller that retries leaves at once
    ended = machine.drive()
    assert (ended.state, ended.value, ended.attempt) == (TrialState.COMPLETED, 6, 2)
    assert ended.earlier[0].ending is Ending.LOST
    assert [point.value for point in machine.store.metric_points("retried")] == [9, 8, 7, 6]
    kept = json.loads((tmp_path / "kept" / ended.name / "state.json").read_text())
    assert kept == {"epoch": 4, "runs": 2}
    assert ended.handle == f"{ended.name}~2"
    lines = ["loss=9", "loss=8", "loss=7", "loss=6"]
    assert list(LocalProcess(tmp_path).logs(ended.handle)) == lines
    assert list(LocalProcess(tmp_path).logs(ended.name)) == lines


def test_a_lost_job_without_retries_has_failed(machine: Machine, tmp_path: Path) -> None:
    Controller(machine.store, LocalProcess(tmp_path)).create(tuning_job(tmp_path / "kept", retries=0))
    machine.kill_supervisor(machine.drive(until=lambda trial: trial.value == 8))
    ended = machine.drive()
    assert (ended.state, ended.ending, ended.attempt) == (TrialState.FAILED, Ending.LOST, 1)
    assert json.loads((tmp_path / "kept" / ended.name / "state.json").read_text())["epoch"] == 2


def test_without_checkpoints_it_begins_anew(machine: Machine, tmp_path: Path) -> None:
    work = PROGRAM.replace('state["runs"] == 1', f"not os.path.exists({str(tmp_path / 'go')!r})")
    Controller(machine.store, LocalProcess(tmp_path)).create(tuning_job(None, retries=1, work=work))
    machine.kill_supervisor(machine.drive(until=lambda trial: trial.value == 8))
    machine.drive(until=lambda trial: trial.attempt == 2)
    (tmp_path / "go").touch()
    ended = machine.drive()
    assert (ended.state, ended.value) == (TrialState.COMPLETED, 6)
    assert [point.value for point in machine.store.metric_points("retried")] == [9, 8, 9, 8, 7, 6]
    assert ended.earlier[0].forgotten == 2


def test_an_interruption_leaves_a_moment_to_save(machine: Machine, tmp_path: Path) -> None:
    saving = (
        "import signal\nsignal.signal(signal.SIGTERM, lambda *_: (file.with_name('last').touch(), exit(1)))\n"
    )
    work = PROGRAM.replace('state["runs"] += 1', f'state["runs"] += 1\n{saving}')
    Controller(machine.store, LocalProcess(tmp_path)).create(
        tuning_job(tmp_path / "kept", retries=1, work=work)
    )
    trial = machine.drive(until=lambda trial: trial.value == 8)
    backend = LocalProcess(tmp_path)
    assert backend.interrupt(trial.name)
    ended = machine.drive()
    assert ended.state is TrialState.COMPLETED
    assert ended.earlier[0].ending is Ending.INTERRUPTED
    assert (tmp_path / "kept" / ended.name / "last").exists()
    assert not backend.interrupt(trial.name)
