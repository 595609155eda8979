from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tunesmith import Continuous, Integer, StoreError, Tuner, TuningError, TuningInterrupted
from tunesmith.control.progress import Progress
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.store import Store

SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
parser.add_argument("--offset", type=float, default=0)
arguments = parser.parse_args()
print(f"epoch 1 accuracy={1 - (arguments.rate - 0.3) ** 2 + arguments.offset:.6f}")
"""
ACCURACY = {"accuracy": r"accuracy=([0-9.]+)"}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    return path


def tuner(script: Path | None, **options: Any) -> Tuner:
    defaults: dict[str, Any] = {
        "space": [Continuous("rate", 0, 1)],
        "objective": "accuracy",
        "metrics": ACCURACY,
        "trials": 3,
        "strategy": "Random",
        "seed": 2,
        "name": "mine",
        "cpus": 1,
    }
    return Tuner(script, **{**defaults, **options})


def test_a_script_is_tuned_and_the_same_name_goes_on(script: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    options: dict[str, Any] = {"directory": folder, "hyperparameters": {"offset": 1.0}, "parallel": 2}
    first = tuner(script, trials=3, **options).run()
    assert (first.status, len(first.trials)) == (TuningStatus.COMPLETED, 3)
    for trial in first.trials:
        assert trial.value == pytest.approx(2 - (trial.config["rate"] - 0.3) ** 2, abs=1e-6)
    assert first.best.value == max(t.value or 0 for t in first.trials)
    assert tuner(script, trials=3, **options).run() == first
    assert tuner(script, trials=4, **options).run().trials[:3] == first.trials
    with pytest.raises(ValueError, match=r"hyperparameters: .* exists with"):
        tuner(script, trials=4, directory=folder).run()
    with Store(f"sqlite:///{folder / 'tunesmith.db'}") as store:
        assert store.counts("mine")[TrialState.COMPLETED] == 4


def test_a_script_that_is_edited_meanwhile_is_not_the_one_that_runs(script: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"directory": tmp_path / "data", "trials": 2}

    def edit(_progress: Progress) -> None:
        script.write_text("raise SystemExit(1)")

    result = tuner(script, **options).run(progress=edit)
    assert [trial.state for trial in result.trials] == [TrialState.COMPLETED] * 2
    with pytest.raises(ValueError, match=r"work: .* exists with"):
        tuner(script, **options).run()


def test_a_script_inside_a_folder_and_a_command_give_the_same(script: Path, tmp_path: Path) -> None:
    inside = Tuner(
        script=script.name,
        source=tmp_path,
        space=[Continuous("rate", 0, 1)],
        objective="accuracy",
        metrics=ACCURACY,
        trials=1,
        seed=2,
        strategy="Random",
        directory=tmp_path / "data",
    ).run()
    command = [sys.executable, str(script), "--rate", "{rate}"]
    other = tuner(None, command=command, trials=1, directory=tmp_path / "data").run()
    assert [t.config for t in inside.trials] == [t.config for t in other.trials]
    assert inside.best.value == other.best.value
    assert inside.name.startswith("train-")


def test_paths_and_numbers_are_taken_as_they_come_in_python(tmp_path: Path) -> None:
    command = (
        "sh",
        "-c",
        'echo "accuracy=${EXTRA}{epochs} {rate} $(ls $SAGEMAKER_BASE_DIR/input/data/train)"',
    )
    (tmp_path / "rows.csv").touch()
    options: dict[str, Any] = {
        "hyperparameters": {"epochs": np.int64(3)},
        "environment": {"EXTRA": 1},
        "channels": {"train": tmp_path / "rows.csv"},
        "trials": np.int64(1),
    }
    assert tuner(None, command=command, directory=tmp_path / "data", **options).run().best.value == 13


def test_a_command_in_one_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="command: must be a list"):
        tuner(None, command="sh train.sh", directory=tmp_path).run()


def test_a_script_that_always_fails_is_explained_with_its_log(script: Path, tmp_path: Path) -> None:
    script.write_text("print('reading data')\nraise SystemExit('no such file: train.csv')")
    with pytest.raises(TuningError) as caught:
        tuner(script, trials=1, directory=tmp_path / "data").run()
    assert "1 of 1 trials have no value of 'accuracy'" in str(caught.value)
    assert "The log of trial 1:\nreading data\nno such file: train.csv" in str(caught.value)


def test_ctrl_c_stops_what_runs_and_says_how_to_go_on(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script.write_text("import signal\nprint('accuracy=0.5', flush=True)\nsignal.pause()")
    pressed = threading.Event()

    def press(progress: Progress) -> None:
        if any(trial.value is not None for trial in progress.open) and not pressed.is_set():
            pressed.set()
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(TuningInterrupted, match="name='mine'") as caught:
        tuner(script, directory=tmp_path / "data").run(progress=press)
    assert [t.state for t in caught.value.result.trials] == [TrialState.STOPPED]
    assert "Stopping the training jobs that run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"script": None}, "either script or command"),
        ({"command": ["true"]}, "either script or command"),
        ({"script": None, "command": []}, "command: it is empty"),
        ({"script": None, "command": ["true"], "source": "."}, "source: .* a script"),
        ({"script": "other.py"}, "script: there is no file other.py in"),
        ({"source": "nowhere"}, "source: there is no folder or tarball nowhere"),
        ({"goal": "Up"}, "goal: must be Maximize or Minimize, got 'Up'"),
        ({"trials": None}, "give trials, seconds or both"),
        ({"metrics": {"accuracy": "("}}, "accuracy"),
        ({"channels": {"train": "nowhere"}}, "channels: train: 'nowhere' does not exist"),
        ({"cpus": 0}, "cpus must be >= 1"),
        ({"strategy": "Grid"}, "rate"),
        ({"space": [Integer("rate", 1, 2)], "hyperparameters": {"rate": 1}}, "both tuned and fixed"),
    ],
    ids=str,
)
def test_wrong_fields_are_named_and_nothing_is_stored(
    script: Path, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        tuner(**{"script": script, "directory": tmp_path / "data", **options}).run()
    if (tmp_path / "data").exists():
        with Store(f"sqlite:///{tmp_path / 'data' / 'tunesmith.db'}") as store, pytest.raises(StoreError):
            store.tuning_job("mine")


def test_checkpoints_of_each_training_job_are_kept(tmp_path: Path) -> None:
    saving = "open(os.environ['TUNESMITH_CHECKPOINTS'] + '/rate', 'w').write(str(arguments.rate))"
    script = tmp_path / "train.py"
    script.write_text(f"import os\n{SCRIPT}\n{saving}")
    kept = tmp_path / "kept"
    options: dict[str, Any] = {"checkpoints": kept, "retries": 1, "directory": tmp_path / "data"}
    result = tuner(script, trials=2, **options).run()
    found = sorted(float(file.read_text()) for file in kept.glob("*/rate"))
    assert found == sorted(trial.config["rate"] for trial in result.trials)
