"""`tunesmith tune` on real training jobs: what is shown, and what is told to the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_a_script_is_tuned(shell: Shell) -> None:
    result = shell.run("tune", shell.job)

    assert result.exit_code == 0
    assert "job: minimize loss, Random, seed 7, 3 training jobs, 2 at a time" in result.output
    assert "training job 3 finished: loss " in result.output
    best = min(shell.trials(), key=lambda trial: float(trial["value"]))
    assert f"Best loss: {best['value']:.6g} (training job {best['number']})" in result.output
    assert all(line.isprintable() for line in result.output.splitlines())


def test_the_model_and_the_next_steps_are_named(shell: Shell) -> None:
    shell.write_script(
        """\
        import os
        open(os.environ["SM_MODEL_DIR"] + "/model", "w").close()
        print("loss=1")
        """
    )
    output = shell.run("tune", shell.job, "--trials", "1").output

    (model,) = (line.split()[-1] for line in output.splitlines() if line.startswith("Model"))
    assert Path(model).name == "model.tar.gz"
    assert Path(model).exists()
    assert "tunesmith logs job 1" in output
    assert "tunesmith resume job --trials N" in output


def test_options_have_the_last_word(shell: Shell) -> None:
    options = ("--name", "other", "--trials", "2", "--parallel", "1", "--seed", "9", "--cpus", "1")
    result = shell.run("tune", shell.job, *options)

    assert "other: minimize loss, Random, seed 9, 2 training jobs, 1 at a time" in result.output
    assert len(shell.trials()) == 2


def test_json_is_a_line_for_each_event(shell: Shell) -> None:
    result = shell.run("tune", shell.job, "--json")
    events = [json.loads(line) for line in result.stdout.splitlines()]

    assert result.exit_code == 0
    assert [events[0]["event"], events[-1]["event"]] == ["begin", "end"]
    assert sorted(event["trial"]["number"] for event in events if event["event"] == "started") == [1, 2, 3]
    finished = [event["trial"] for event in events if event["event"] == "finished"]
    best = min(finished, key=lambda trial: float(trial["value"]))
    assert events[-1]["job"]["best"] == best
    assert events[-1]["job"]["status"] == "Completed"


def test_quiet_shows_the_result_only(shell: Shell) -> None:
    output = shell.run("tune", shell.job, "--quiet").output

    assert "training job 1" not in output.partition("Completed")[0]
    assert "Best loss" in output


def test_a_failing_script_is_shown_at_once_and_at_the_end(shell: Shell) -> None:
    shell.write_script("import sys; print('reading\\x1b[31m'); sys.exit('no such column: age')")
    result = shell.run("tune", shell.job)

    assert result.exit_code == 1
    at_once, _, end = result.output.partition("Failed: no training job succeeded")
    assert "training job 1 failed: The training job ended with exit code 1" in at_once
    assert at_once.count("  | no such column: age") == 1  # not again for the same reason
    assert "  | no such column: age" in end
    assert "\x1b" not in result.output


def test_a_silent_script_is_told_what_was_searched_for(shell: Shell) -> None:
    shell.write_script("print('los=0.5')")
    result = shell.run("tune", shell.job)

    assert result.exit_code == 1
    assert "'loss=([0-9.e-]+)'" in result.output
    assert "  | los=0.5" in result.output


def test_some_failures_do_not_make_the_tuning_job_fail(shell: Shell) -> None:
    shell.write_script("import os, sys; print('loss=1'); sys.exit(os.environ['SM_HP_X'] < '0.5')")
    shell.write_job(("trials: 3", "trials: 8"), ("seed: 7", "seed: 1"))
    result = shell.run("tune", shell.job)
    states = {trial["state"] for trial in shell.trials()}

    assert states == {"Completed", "Failed"}
    assert result.exit_code == 0


def test_later_changes_of_the_script_do_not_matter(shell: Shell) -> None:
    shell.run("tune", shell.job)
    shell.write_script("raise SystemExit('changed')")

    assert shell.run("resume", "--trials", "4").exit_code == 0
    assert [trial["state"] for trial in shell.trials()] == ["Completed"] * 4


def test_a_faulty_job_file_is_a_fault_of_usage(shell: Shell) -> None:
    shell.write_job(("goal: Minimize", "goal: min"))
    result = shell.run("tune", shell.job)

    assert result.exit_code == 2
    assert f"{shell.job}:3:33: objective.goal: 'min' is not one of Maximize, Minimize" in result.output
    assert not shell.data.exists()


def test_a_name_that_is_taken_is_refused(shell: Shell) -> None:
    shell.run("tune", shell.job)
    result = shell.run("tune", shell.job)

    assert result.exit_code == 1
    assert "Error: a tuning job named 'job' exists already" in result.output


@pytest.mark.parametrize("name", ["my job", "a" * 33, "-"])
def test_a_bad_name_is_refused(shell: Shell, name: str) -> None:
    result = shell.run("tune", shell.job, "--name", name)

    assert result.exit_code == 2
    assert "--name" in result.output


def test_a_large_source_is_warned_of(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunesmith.cli.commands.tune._LARGE_SOURCE", 10)
    result = shell.run("tune", shell.job)

    assert "every training job gets its own copy" in result.output
