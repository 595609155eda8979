"""The commands that look at tuning jobs, and what they say when there is nothing to see."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


@pytest.fixture
def done(shell: Shell) -> Shell:
    """A shell in which a tuning job has been run."""
    assert shell.run("tune", shell.job).exit_code == 0
    return shell


@pytest.mark.parametrize("words", [["describe"], ["trials"], ["logs"], ["stop"], ["resume"], ["export"]])
def test_without_tuning_jobs_every_command_says_so_and_creates_nothing(
    shell: Shell, words: list[str]
) -> None:
    for extra in ([], ["job"] if words != ["logs"] else ["job", "1"]):
        result = shell.run(*words, *extra)

        assert result.exit_code == 1
        assert f"there are no tuning jobs in {shell.data}" in result.output
    assert not shell.data.exists()


def test_a_wrong_name_is_answered_with_a_near_one(done: Shell) -> None:
    result = done.run("describe", "jbo")

    assert result.exit_code == 1
    assert result.output == "Error: no tuning job 'jbo'; did you mean job?\n"


def test_jobs_lists_the_newest_first(done: Shell) -> None:
    done.run("tune", done.job, "--name", "second", "--trials", "1")
    heading, *rows = done.run("jobs").stdout.splitlines()

    assert heading.split() == ["NAME", "STATUS", "FINISHED", "FAILED", "BEST", "METRIC", "CREATED"]
    assert [row.split()[:3] for row in rows] == [["second", "Completed", "1/1"], ["job", "Completed", "3/3"]]
    assert [facts["name"] for facts in json.loads(done.run("jobs", "--json").stdout)] == ["second", "job"]


def test_jobs_without_any_is_an_empty_list(shell: Shell) -> None:
    assert json.loads(shell.run("jobs", "--json").stdout) == []
    assert "there are no tuning jobs" in shell.run("jobs").stderr


def test_describe_shows_settings_state_and_best(done: Shell) -> None:
    text = done.run("describe").stdout

    assert "Completed: the limit of 3 training jobs was reached" in text
    assert "continuous 0 to 1, Linear" in text
    assert "Best loss: " in text


def test_describe_as_json_is_whole(done: Shell) -> None:
    facts = json.loads(done.run("describe", "job", "--json").stdout)

    assert facts["status"] == "Completed"
    assert facts["counts"]["Completed"] == 3
    assert facts["limits"] == {"trials": 3, "parallel": 2, "seconds": None, "budget": None}
    assert facts["parameters"] == [{"type": "continuous", "name": "x", "low": 0, "high": 1, "scale": "Auto"}]
    assert facts["work"]["script"]["entry"] == "train.py"


def test_trials_are_sorted_by_value_or_number(done: Shell) -> None:
    by_number = done.trials()
    by_value = json.loads(done.run("trials", "job", "--sort", "value", "--json").stdout)

    assert [trial["number"] for trial in by_number] == [1, 2, 3]
    assert by_value == sorted(by_number, key=lambda trial: float(trial["value"]))
    heading, *rows = done.run("trials", "--sort", "value").stdout.splitlines()
    assert heading.split() == ["#", "STATE", "loss", "TIME", "x", "REASON"]
    assert [int(row.split()[0]) for row in rows] == [trial["number"] for trial in by_value]


def test_trials_in_one_state(done: Shell) -> None:
    assert len(json.loads(done.run("trials", "--state", "completed", "--json").stdout)) == 3
    assert json.loads(done.run("trials", "--state", "failed", "--json").stdout) == []


def test_logs_are_the_output_as_it_was(shell: Shell) -> None:
    shell.write_script(
        "import sys; print('loss=1'); sys.stdout.flush(); sys.stdout.buffer.write(b'\\xff\\x00end')"
    )
    shell.run("tune", shell.job)

    for words in (["job", "2"], ["2"], ["job"], [], ["2", "--follow"]):
        assert shell.run("logs", *words).stdout_bytes == b"loss=1\n\xff\x00end"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["9"], 1, "no trial 9 in the tuning job 'job': its trials are 1 to 3"),
        (["job", "x"], 2, "give the NAME of a tuning job and the NUMBER of a training job"),
        (["job", "1", "2"], 2, "give the NAME"),
    ],
)
def test_logs_of_what_is_not_there(done: Shell, words: list[str], code: int, message: str) -> None:
    result = done.run("logs", *words)

    assert result.exit_code == code
    assert message in result.output


def test_export_as_csv_has_exact_values(done: Shell) -> None:
    rows = [*csv.DictReader(io.StringIO(done.run("export").stdout))]

    for row, trial in zip(rows, done.trials(), strict=True):
        assert int(row["number"]) == trial["number"]
        assert float(row["value"]) == float(row["metric.loss"]) == trial["value"]
        assert float(row["config.x"]) == trial["config"]["x"]


def test_export_as_json_has_every_value(done: Shell) -> None:
    target = done.folder / "out.json"
    result = done.run("export", "job", "--format", "json", "-o", str(target))
    document = json.loads(target.read_text())

    assert result.stdout == ""
    assert document["job"]["name"] == "job"
    assert [len(trial["metrics"]["loss"]) for trial in document["trials"]] == [2, 2, 2]


def test_export_to_where_nothing_can_be_written(done: Shell) -> None:
    result = done.run("export", "-o", str(done.folder / "no" / "out.csv"))

    assert result.exit_code == 1
    assert "cannot write" in result.output


def test_resume_of_what_is_done_asks_for_more(done: Shell) -> None:
    result = done.run("resume")

    assert result.exit_code == 1
    assert "all of its 3 training jobs are done; give it more with --trials N, N > 3" in result.output


def test_resume_with_more_goes_on(done: Shell) -> None:
    first = done.trials()
    result = done.run("resume", "job", "--trials", "5", "--parallel", "1")

    assert result.exit_code == 0
    assert done.trials()[:3] == first
    assert len(done.trials()) == 5
    assert json.loads(done.run("describe", "--json").stdout)["limits"]["parallel"] == 1


def test_resume_after_the_time_limit_asks_for_more_time(shell: Shell) -> None:
    shell.write_job(("trials: 3, ", "seconds: 1e-3, "))
    shell.run("tune", shell.job)
    result = shell.run("resume")

    assert "its limit of 0.001 seconds has passed; give it more with --seconds" in result.output
    assert shell.run("resume", "--seconds", "100", "--trials", "1").exit_code == 0


def test_resume_of_what_has_only_failed_is_refused(shell: Shell) -> None:
    shell.write_script("raise SystemExit(1)")
    shell.write_job(("trials: 3", "trials: 9"))
    shell.run("tune", shell.job)
    result = shell.run("resume", "--trials", "20")

    assert result.exit_code == 1
    assert "none of its training jobs has succeeded" in result.output


@pytest.mark.long
def test_resume_of_a_stopped_job_goes_on(shell: Shell) -> None:
    shell.write_job(gated=True)
    process = shell.start("tune", shell.job)
    shell.read_until(process, "training job 2 started")
    shell.run("stop", "job")
    shell.finish(process)
    shell.gate.touch()

    assert shell.run("resume").exit_code == 0
    assert [trial["state"] for trial in shell.trials()] == ["Stopped", "Stopped", "Completed"]


def test_stop_of_what_has_ended_says_so(done: Shell) -> None:
    result = done.run("stop", "job")

    assert result.exit_code == 1
    assert "has ended already (Completed)" in result.output


def test_the_commands_to_type_next_name_the_data_folder(done: Shell) -> None:
    other = done.folder / "other data"
    output = done.run("tune", done.job, "--data", str(other)).output

    assert f"tunesmith resume job --trials N --data '{other}'" in output
