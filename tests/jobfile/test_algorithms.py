from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tunesmith.control.autotune import trials_for
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Continuous, Integer, Space
from tunesmith.core.training_job import Command, Script
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.jobfile.file import JobFileError, load

TWO = """\
script: train.py
objective: {metric: loss, goal: Minimize}
hyperparameters: {epochs: 3}
environment: {A: 1e-3}
limits: {trials: 6}
algorithms:
  svm:
    parameters: {c: {type: continuous, low: 0, high: 1}}
  forest:
    command: [sh, -c, 'echo {depth}']
    parameters: {depth: {type: integer, low: 1, high: 9}}
    hyperparameters: {trees: 7}
    environment: {B: on}
    initial: [{depth: 3}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.py").touch()
    return tmp_path


def read(folder: Path, text: str) -> TuningJob:
    (folder / "job.yaml").write_text(text)
    return load(folder / "job.yaml", created_at=datetime(2026, 1, 1, tzinfo=UTC), cpus=2)


def faults(folder: Path, old: str, new: str) -> list[str]:
    assert old in TWO
    with pytest.raises(JobFileError) as caught:
        read(folder, TWO.replace(old, new))
    return [f"{f.place.line}: {'.'.join(map(str, f.path))}: {f.message}" for f in caught.value.faults]


def test_what_an_algorithm_says_takes_the_place_of_the_top(folder: Path) -> None:
    job = read(folder, TWO)
    svm, forest = job.parts["svm"], job.parts["forest"]
    assert (svm.work, svm.space) == (Script(str(folder), "train.py"), Space([Continuous("c", 0, 1)]))
    assert (svm.hyperparameters, svm.environment, svm.initial) == ({"epochs": 3}, {"A": "1e-3"}, ())
    assert forest.work == Command(("sh", "-c", "echo {depth}"), str(folder))
    assert forest.space == Space([Integer("depth", 1, 9)])
    assert (forest.hyperparameters, forest.environment) == ({"trees": 7}, {"B": "on"})
    assert forest.initial == ({"depth": 3},)
    assert svm.objective == forest.objective == Objective("loss", Goal.MINIMIZE)
    assert (job.limits, job.tuned) == (Limits(6), ("c", "depth"))


def test_training_jobs_are_chosen_for_each_whose_ranges_are(folder: Path) -> None:
    auto = TWO.replace("limits: {trials: 6}\n", "").replace(
        "type: continuous, low: 0, high: 1", "type: auto, example: 0.1"
    )
    auto = auto.replace("type: integer, low: 1, high: 9", "type: auto, example: 3")
    job = read(folder, auto)
    assert job.limits.trials == sum(trials_for(part.space) for part in job.parts.values()) > 20


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "high: 9",
            "high: 0",
            "11: algorithms.forest.parameters.depth.low: ",
        ),
        ("command:", "comand:", "10: algorithms.forest.comand: there is no key 'comand' here"),
        ("train.py", "other.py", "1: script: there is no file or folder"),
        ("depth: 3", "depth: 30", "14: algorithms.forest.initial.0.depth: "),
        ("trees: 7", "depth: 7", "12: algorithms.forest.hyperparameters"),
        ("  svm:", "  s_vm:", "7: algorithms: definitions: the name 's_vm' must be 1 to 64"),
        ("    parameters: {c: {type: continuous, low: 0, high: 1}}", "    initial: []", "parameters: "),
        (TWO[TWO.index("  svm:") :], "  {}", "parameters: "),
    ],
)
def test_a_fault_is_found_at_its_place(folder: Path, old: str, new: str, expected: str) -> None:
    (fault,) = faults(folder, old, new)
    assert expected in fault


def test_without_algorithms_parameters_are_needed(folder: Path) -> None:
    cut = TWO.partition("algorithms:")[0]
    with pytest.raises(
        JobFileError, match="the key 'parameters' is missing; it must be a mapping from names"
    ):
        read(folder, cut)
