from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tunesmith.backends import shim
from tunesmith.backends.shim.record import read_record, write_record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of a job that adds a line to `runs`."""
    (tmp_path / "wake").mkdir()
    folder = tmp_path / "jobs" / "job"
    folder.mkdir(parents=True)
    lay_out(folder, f"echo run >> {tmp_path / 'runs'}")
    return folder


def lay_out(run: Path, script: str, /, **fields: str) -> None:
    spec = {"max_seconds": "60", "grace_seconds": "5", "directory": str(run), **fields}
    arguments = [("argument", argument) for argument in ("/bin/sh", "-c", script)]
    environment = [("environment", f"TUNESMITH_REPORTS={run / 'reports.jsonl'}")]
    write_record(str(run / "spec"), [*spec.items(), *arguments, *environment])


def launch(folder: Path, gpus: str = "", slots: int = 0) -> subprocess.Popen[bytes]:
    """Launch a supervisor; its output closes when it has ended."""
    return subprocess.Popen(shim.command(str(folder), gpus, slots), stdout=subprocess.PIPE, close_fds=False)


def run(folder: Path, gpus: str = "", slots: int = 0) -> dict[str, list[str]]:
    with launch(folder, gpus, slots) as process:
        process.communicate(timeout=60)
    record = read_record(str(folder / "exit"))
    assert record is not None
    return record


def test_it_imports_little() -> None:
    code = "import sys; sys.path.append(sys.argv[1]); import shim; print(*sys.modules)"
    here = str(Path(shim.__file__).parents[1])
    command = [sys.executable, "-I", "-S", "-c", code, here]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "shim" in loaded
    assert not {"collections", "enum", "pathlib", "re", "subprocess", "tunesmith", "typing"} & set(loaded)


def test_it_runs_the_work_once(folder: Path, tmp_path: Path) -> None:
    first = run(folder)
    assert first["why"] == ["exited"]
    assert first["exit_code"] == ["0"]
    assert run(folder) == first
    assert (tmp_path / "runs").read_text() == "run\n"


def test_of_several_one_runs_the_work(folder: Path, tmp_path: Path) -> None:
    processes = [launch(folder) for _ in range(5)]
    for process in processes:
        with process:
            process.communicate(timeout=60)
    assert (tmp_path / "runs").read_text() == "run\n"
    assert not list(folder.glob("*.partial"))


def test_work_that_was_begun_by_another_is_lost(folder: Path, tmp_path: Path) -> None:
    write_record(str(folder / "started"), [("pid", "1"), ("at", "0")])
    assert run(folder)["why"] == ["lost"]
    assert not (tmp_path / "runs").exists()


def test_lost_work_ended_when_it_was_last_heard_of(folder: Path) -> None:
    write_record(str(folder / "started"), [("pid", "1"), ("at", "0")])
    os.utime(folder / "started", (1_000.0, 1_000.0))
    (folder / "output.log").touch()
    os.utime(folder / "output.log", (1_007.5, 1_007.5))
    assert run(folder)["at"] == ["1007.5"]


def test_work_that_was_stopped_before_is_not_begun(folder: Path, tmp_path: Path) -> None:
    (folder / "stop").touch()
    assert run(folder)["why"] == ["stopped"]
    assert not (tmp_path / "runs").exists()


def test_without_a_spec_there_is_nothing_to_do(folder: Path) -> None:
    (folder / "spec").unlink()
    with launch(folder) as process:
        process.communicate(timeout=60)
    assert not (folder / "started").exists()
    assert not (folder / "exit").exists()


@pytest.mark.parametrize("directory", ["/no/such/folder", "/dev/null"])
def test_a_folder_that_cannot_be_entered_is_named(folder: Path, directory: str) -> None:
    lay_out(folder, "true", directory=directory)
    record = run(folder)
    assert record["why"] == ["unstartable"]
    assert f"in '{directory}'" in record["problem"][0]


def test_the_gpus_are_those_of_the_launch(folder: Path) -> None:
    lay_out(folder, "echo $CUDA_VISIBLE_DEVICES")
    run(folder, gpus="2,5")
    assert (folder / "output.log").read_text() == "2,5\n"


def test_an_empty_folder_is_not_packed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    lay_out(folder, "true", folder=str(tmp_path / "empty"), archive=str(tmp_path / "archive"))
    assert "problem" not in run(folder)
    assert not (tmp_path / "archive").exists()


def test_links_and_special_files_are_packed_or_left_out(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "link").symlink_to("/no/such/file")
    os.mkfifo(source / "pipe")
    lay_out(folder, "true", folder=str(source), archive=str(tmp_path / "archive"))
    assert "problem" not in run(folder)
    assert (tmp_path / "archive").stat().st_size > 0


def finishing(folder: Path, tmp_path: Path, script: str, finish: str) -> dict[str, list[str]]:
    """Run a job whose results are packed and then brought away by a second script."""
    source = tmp_path / "source"
    source.mkdir()
    lay_out(folder, script.format(source=source), folder=str(source), archive=str(tmp_path / "archive"))
    with (folder / "spec").open("ab") as spec:
        for argument in ("/bin/sh", "-c", finish):
            spec.write(f"finish={argument}".encode() + b"\0\n")
    return run(folder)


def test_the_finish_comes_after_the_packing_and_before_the_end(folder: Path, tmp_path: Path) -> None:
    finish = (
        f"test -s {tmp_path}/archive && test ! -e {folder}/exit && echo ok > {tmp_path}/finished; echo said"
    )
    record = finishing(folder, tmp_path, "touch {source}/x", finish)
    assert (tmp_path / "finished").read_text() == "ok\n"
    assert (record["why"], record.get("problem")) == (["exited"], None)
    assert (folder / "output.log").read_bytes() == b""


@pytest.mark.parametrize(
    ("script", "finish", "why", "problem"),
    [
        ("true", "echo first; echo no network >&2; echo; exit 1", "undelivered", "no network"),
        ("true", "exit 3", "undelivered", "'/bin/sh' ended with 3"),
        ("true", "kill -9 $$", "undelivered", "'/bin/sh' ended with -9"),
        ("exit 1", "echo no network; exit 1", "exited", "no network"),
    ],
)
def test_a_finish_that_fails_is_told(
    script: str, finish: str, why: str, problem: str, folder: Path, tmp_path: Path
) -> None:
    record = finishing(folder, tmp_path, script, finish)
    assert (record["why"], record["problem"]) == ([why], [problem])


def test_a_finish_that_cannot_run_is_told(folder: Path) -> None:
    with (folder / "spec").open("ab") as spec:
        spec.write(b"finish=/no/such/program\0\n")
    record = run(folder)
    assert record["why"] == ["undelivered"]
    assert "'/no/such/program'" in record["problem"][0]


def test_work_that_never_ran_has_nothing_to_finish(folder: Path, tmp_path: Path) -> None:
    (folder / "stop").touch()
    record = finishing(folder, tmp_path, "true", f"touch {tmp_path}/finished")
    assert record["why"] == ["stopped"]
    assert not (tmp_path / "finished").exists()
