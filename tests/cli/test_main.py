from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tunesmith.cli import main
from tunesmith.version import __version__


def run(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int | str | None:
    """Run the command line as the shell does; give its exit code."""
    monkeypatch.setattr(sys, "argv", ["tunesmith", *arguments])
    with pytest.raises(SystemExit) as left:
        main.main()
    return left.value.code


def test_help_and_version_load_nothing_heavy() -> None:
    heavy = "{'numpy', 'scipy', 'sqlalchemy', 'alembic', 'rich', 'yaml', 'msgspec'}"
    program = f"""
import sys
from click.testing import CliRunner
from tunesmith.cli.main import tunesmith
for words in (['--help'], ['--version'], *([name, '--help'] for name in tunesmith.commands)):
    assert CliRunner().invoke(tunesmith, words).exit_code == 0, words
assert not {heavy} & sys.modules.keys(), {heavy} & sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_python_m_is_the_same_command() -> None:
    words = [sys.executable, "-m", "tunesmith", "--version"]

    assert subprocess.check_output(words, text=True) == f"tunesmith, version {__version__}\n"


def test_commands_are_listed_with_the_first_one_first() -> None:
    commands = CliRunner().invoke(main.tunesmith, ["--help"]).output.partition("Commands:")[2].split("\n")

    assert [line.split()[0] for line in commands if line.strip()] == list(main.tunesmith.commands)


def test_a_fault_of_usage_has_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tune"], monkeypatch) == 2
    assert "Missing argument 'FILE'" in capsys.readouterr().err


def test_success_has_exit_code_0(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert run(["jobs", "--data", str(tmp_path)], monkeypatch) in {0, None}


def test_an_interrupt_has_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(main.tunesmith.commands, "interrupted", interrupted)
    assert run(["interrupted"], monkeypatch) == 130


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "Error: No space left on device\n"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "data"), "Error: data: Read-only file system\n"),
    ],
)
def test_a_fault_of_the_machine_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError, shown: str
) -> None:
    @click.command()
    def unlucky() -> None:
        raise error

    monkeypatch.setitem(main.tunesmith.commands, "unlucky", unlucky)
    assert run(["unlucky"], monkeypatch) == 1
    assert capsys.readouterr().err == shown


def test_a_bug_is_reported_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    @click.command()
    def broken() -> None:
        message = "oh no"
        raise RuntimeError(message)

    monkeypatch.setitem(main.tunesmith.commands, "broken", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run(["broken"], monkeypatch) == main.BUG_EXIT_CODE

    shown = capsys.readouterr().err
    (report,) = tmp_path.iterdir()
    assert "this is a bug in Tunesmith: RuntimeError: oh no" in shown
    assert str(report) in shown
    assert "Traceback" not in shown
    assert "Traceback" in report.read_text()
