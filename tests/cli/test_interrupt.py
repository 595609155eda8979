"""Ctrl-C, SIGTERM, SIGKILL and `stop` while real training jobs run."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tunesmith.cli.interrupt import Interrupts
from tunesmith.control.plan import Pause

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def states(shell: Shell) -> list[str]:
    return [trial["state"] for trial in shell.trials()]


def test_ctrl_c_waits_for_what_runs_and_resume_goes_on(shell: Shell) -> None:
    shell.write_job(gated=True)
    process = shell.start("tune", shell.job)
    shell.read_until(process, "training job 2 started")
    process.send_signal(signal.SIGINT)
    shell.read_until(process, "press Ctrl-C again to stop it")
    shell.gate.touch()
    code, output = shell.finish(process)

    assert code == 130
    assert "tunesmith resume job" in output
    assert states(shell) == ["Completed", "Completed"]
    assert shell.run("resume").exit_code == 0
    assert states(shell) == ["Completed"] * 3


def test_ctrl_c_twice_stops_what_runs(shell: Shell) -> None:
    shell.write_job(gated=True)
    process = shell.start("tune", shell.job)
    shell.read_until(process, "training job 2 started")
    for answer in ("press Ctrl-C again", "Ctrl-C once more"):
        process.send_signal(signal.SIGINT)
        shell.read_until(process, answer)
    code, output = shell.finish(process)

    assert code == 130
    assert "Interrupted" in output
    assert states(shell) == ["Stopped", "Stopped"]


@pytest.mark.long
def test_sigterm_stops_what_runs(shell: Shell) -> None:
    shell.write_job(gated=True)
    process = shell.start("tune", shell.job)
    shell.read_until(process, "training job 2 started")
    process.send_signal(signal.SIGTERM)
    code, output = shell.finish(process)

    assert code == 128 + signal.SIGTERM
    assert "tunesmith resume job" in output
    assert states(shell) == ["Stopped", "Stopped"]


def test_resume_finds_the_training_jobs_of_a_killed_controller(shell: Shell) -> None:
    shell.write_job(gated=True)
    process = shell.start("tune", shell.job)
    shell.read_until(process, "training job 2 started")
    process.kill()
    shell.finish(process)
    before = {trial["name"] for trial in shell.trials()}
    shell.gate.touch()
    result = shell.run("resume")

    assert result.exit_code == 0
    assert states(shell) == ["Completed"] * 3
    assert before <= {trial["name"] for trial in shell.trials()}
    for trial in shell.trials():  # each was started once: it said twice what it says
        assert len(shell.run("logs", str(trial["number"])).output.splitlines()) == 2


def test_stop_from_another_process_ends_it(shell: Shell) -> None:
    shell.write_job(gated=True)
    process = shell.start("tune", shell.job)
    shell.read_until(process, "training job 2 started")
    stopping = shell.run("stop")
    code, output = shell.finish(process)

    assert stopping.exit_code == 0
    assert "Stopped: stopped by the user" in stopping.output
    assert code == 0
    assert "Stopped: stopped by the user" in output
    assert states(shell) == ["Stopped", "Stopped"]


@pytest.mark.long
def test_stop_ends_what_a_killed_controller_left(shell: Shell) -> None:
    shell.write_job(gated=True)
    process = shell.start("tune", shell.job)
    shell.read_until(process, "training job 2 started")
    process.kill()
    shell.finish(process)

    assert "Stopped: stopped by the user" in shell.run("stop").output
    assert states(shell) == ["Stopped", "Stopped"]
    assert shell.run("stop").exit_code == 1


@pytest.mark.long
def test_two_processes_cannot_drive_one_tuning_job(shell: Shell) -> None:
    shell.write_job(gated=True)
    process = shell.start("tune", shell.job)
    shell.read_until(process, "training job 2 started")
    result = shell.run("resume")

    assert result.exit_code == 1
    assert f"is being run by process {process.pid}" in result.output


def test_ctrl_c_at_a_terminal_spares_the_training_jobs(shell: Shell) -> None:
    """The terminal sends SIGINT to the whole process group: the training jobs must not be in it."""
    shell.write_job(gated=True)
    terminal, other = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tunesmith", "tune", shell.job],
        env={
            **os.environ,
            "TUNESMITH_DATA": str(shell.data),
            "TERM": "xterm",
            "COLUMNS": "120",
            "LINES": "30",
        },
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # noqa: PLW1509 - makes it the terminal
    )
    os.close(other)
    screen = read_screen(terminal, "2  running")
    os.write(terminal, b"\x03")
    screen += read_screen(terminal, "press Ctrl-C again")
    shell.gate.touch()
    screen += read_screen(terminal, "tunesmith resume job")

    assert process.wait(timeout=30) == 130
    os.close(terminal)
    assert "Best loss so far" in screen
    assert states(shell) == ["Completed", "Completed"]


def read_screen(terminal: int, text: str) -> str:
    """Read what is drawn on a terminal until a text is there."""
    seen = ""
    while text not in seen:
        seen += os.read(terminal, 65536).decode(errors="replace")
    return seen


def test_signals_become_pauses() -> None:
    with Interrupts() as interrupts:
        assert (interrupts.pause, interrupts.exit_code) == (Pause.GO, 0)
        signal.raise_signal(signal.SIGINT)
        assert (interrupts.pause, interrupts.exit_code) == (Pause.DRAIN, 130)
        assert len(interrupts.messages()) == 1
        assert interrupts.messages() == []
        signal.raise_signal(signal.SIGINT)
        assert interrupts.pause is Pause.STOP
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_signals_are_given_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupts() as interrupts:
        signal.raise_signal(signal.SIGTERM)

    assert interrupts.exit_code == 143
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
