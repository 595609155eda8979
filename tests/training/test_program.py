from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tunesmith.core.training_job import Command, Function, Script, TrainingJob, Work
from tunesmith.training.layout import Layout, Place
from tunesmith.training.program import Program, of_job


@pytest.fixture
def place(tmp_path: Path) -> Place:
    disk = Layout(tmp_path / "job")
    disk.create()
    return Place(disk=disk, seen=disk, host="localhost")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    (folder / "sub").mkdir(parents=True)
    for name in ("train.py", "sub/main.py", "run.sh"):
        (folder / name).touch()
    return folder


def program(work: Work, place: Place, **hyperparameters: str) -> Program:
    job = TrainingJob(name="j", work=work)
    return of_job(job, hyperparameters, place, place.disk.base.parent / "cache")


def test_a_script_runs_in_its_own_copy_of_the_code(place: Place, source: Path) -> None:
    made = program(Script(str(source), "train.py"), place, lr="0.1", sagemaker_region="x")
    assert made.command == (sys.executable, "train.py", "--lr", "0.1")
    assert made.arguments == ("--lr", "0.1")
    assert made.directory == place.disk.code
    assert (place.disk.code / "sub" / "main.py").exists()
    assert made.overlay is None


def test_a_shell_script_becomes_executable(place: Place, source: Path) -> None:
    program(Script(str(source), "run.sh"), place)
    assert os.access(place.disk.code / "run.sh", os.X_OK)
    assert not os.access(source / "run.sh", os.X_OK)


@pytest.mark.parametrize("entry", ["", "missing.py", "../src/train.py", "/bin/sh", "sub"])
def test_an_entry_outside_of_the_source_is_refused(entry: str, place: Place, source: Path) -> None:
    with pytest.raises(ValueError, match=r"entry: '.*src', which holds run.sh, train.py") as caught:
        program(Script(str(source), entry), place)
    assert repr(entry) in str(caught.value)
    assert not place.disk.code.exists()


def test_requirements_bring_their_own_interpreter(place: Place, source: Path) -> None:
    (source / "requirements.txt").write_text("numpy\n")
    made = program(Script(str(source), "sub/main.py"), place)
    assert made.overlay is not None
    assert made.command == (str(made.overlay / "bin" / "python"), "sub/main.py")


def test_a_package_runs_as_a_module(place: Place, source: Path) -> None:
    (source / "setup.py").touch()
    made = program(Script(str(source), "sub/main.py"), place)
    assert made.command[1:] == ("-m", "sub.main")
    assert made.overlay is not None


def test_a_command_is_filled_in_once(place: Place) -> None:
    words = ("sh", "-c", "echo {lr} {missing} {} ${HOME} {{lr}} '{a b}'")
    made = program(Command(words), place, **{"lr": "{missing}", "a b": "1"})
    assert made.command == ("sh", "-c", "echo {missing} {missing} {} ${HOME} {{missing}} '1'")
    assert made.directory == place.disk.base


def test_a_literal_command_stays_as_it_is(place: Place) -> None:
    words = ("sh", "-c", "lr=1; echo ${lr} {lr}")
    assert program(Command(words, literal=True), place, lr="2").command == words


def test_a_command_runs_where_it_says(place: Place, source: Path) -> None:
    (source / "run.sh").chmod(0o755)
    assert program(Command(("./run.sh",), str(source)), place).directory == source
    with pytest.raises(ValueError, match=r"directory: '/nowhere' is not a folder"):
        program(Command(("sh",), "/nowhere"), place)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ((), "the command is empty"),
        (("",), "the command is empty"),
        (("no-such-program",), "'no-such-program' is not an executable program on the PATH"),
        (("./train.py",), "'./train.py' is not an executable program in "),
    ],
)
def test_a_command_that_cannot_start_is_refused(command: tuple[str, ...], why: str, place: Place) -> None:
    with pytest.raises(ValueError, match=f"arguments: .*{why}"):
        program(Command(command), place)


def test_the_jobs_own_path_is_the_one_that_is_searched(place: Place, source: Path) -> None:
    (source / "run.sh").chmod(0o755)
    job = TrainingJob(name="j", work=Command(("run.sh",)), environment={"PATH": str(source)})
    assert of_job(job, {}, place, source).command == ("run.sh",)


def test_a_function_is_refused(place: Place) -> None:
    with pytest.raises(ValueError, match="work: a Python function is no program"):
        program(Function(len), place)


def test_a_script_runs_with_the_interpreter_that_it_asks_for(place: Place, source: Path) -> None:
    python = source / "python"
    python.symlink_to(sys.executable)
    made = program(Script(str(source), "train.py", str(python)), place)
    assert made.command == (str(python), "train.py")
    job = TrainingJob(
        name="j", work=Script(str(source), "train.py", "python"), environment={"PATH": str(source)}
    )
    assert of_job(job, {}, place, source.parent / "cache").command == (str(python), "train.py")


@pytest.mark.parametrize("python", ["/no/such/python", "no-such-python", "{source}/train.py"])
def test_an_interpreter_that_is_none_is_refused(python: str, place: Place, source: Path) -> None:
    with pytest.raises(ValueError, match=r"^python: .* is no executable program; give the path of a Python"):
        program(Script(str(source), "train.py", python.format(source=source)), place)
